"""Handlers of all 19 signals that write what they get to SHOP_ECHO, a JSON object a line."""
import json
import os

from django.apps import AppConfig
from sinyal_django.signals import SIGNALS, kind_of


class EchoConfig(AppConfig):
    name = "echo"

    def ready(self):
        for name, signal in SIGNALS.items():
            self.connect(name, signal)

    def connect(self, name, signal):
        def write(sender, event, notification, **arguments):
            line = {"signal": name, "event": event.signal, "sender": str(sender),
                    "subject": arguments[kind_of(name)].__class__.__name__,
                    "notification": notification is not None,
                    "beside": sorted(set(arguments) & {"refund", "chargeback", "charge"})}
            with open(os.environ["SHOP_ECHO"], "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")

        signal.connect(write, weak=False)
