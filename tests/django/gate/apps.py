"""A handler that waits until the file SHOP_GATE exists; beside it `.reached` says that it waits."""
import os
import pathlib
import time

from django.apps import AppConfig
from sinyal_django.signals import payment_settled


def wait_at_the_gate(**_):
    gate = pathlib.Path(os.environ["SHOP_GATE"])
    gate.with_suffix(".reached").touch()
    end = time.monotonic() + 60
    while not gate.exists():
        assert time.monotonic() < end
        time.sleep(0.02)


class GateConfig(AppConfig):
    name = "gate"

    def ready(self):
        payment_settled.connect(wait_at_the_gate)
