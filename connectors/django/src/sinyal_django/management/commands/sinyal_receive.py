"""manage.py sinyal_receive: feeds the signals' receivers from Kafka until it is told to stop."""
import logging
import signal
import sys
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sinyal_django import conf, start
from sinyal_django.receiver import Stopped

logger = logging.getLogger("sinyal_django")


class Stop:
    """Set by the first SIGTERM or SIGINT; the second one ends the process as ever."""

    def __init__(self) -> None:
        self._asked = False
        self._before = {number: signal.signal(number, self._ask)
                        for number in (signal.SIGTERM, signal.SIGINT)}

    def __call__(self) -> bool:
        return self._asked

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        for number, handler in self._before.items():
            signal.signal(number, handler)


def log_to_standard_error() -> None:
    """Unless the project's LOGGING has a place for it."""
    if not logger.hasHandlers():
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)


class Command(BaseCommand):
    help = "Feeds the receivers of sinyal_django.signals from Kafka, until SIGTERM or SIGINT."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bootstrap-servers", help="instead of SINYAL['BOOTSTRAP_SERVERS']")
        parser.add_argument("--group", help="instead of SINYAL['GROUP']")
        parser.add_argument("--topic-prefix", help="instead of SINYAL['TOPIC_PREFIX']")
        parser.add_argument("--signals", metavar="A,B", help="only these; without it, all that a "
                                                             "receiver is connected to")

    def handle(self, *_: Any, **given: Any) -> None:
        log_to_standard_error()
        overrides = {name: given[name] for name in ("bootstrap_servers", "group", "topic_prefix")}
        if given["signals"]:
            overrides["signals"] = [each.strip() for each in given["signals"].split(",")]
        stop = Stop()
        try:
            options = conf.current(**overrides)
            receiver = start.prepare(options)
            logger.info("group %s receives from %s", options.group, options.bootstrap_servers)
            receiver.run(stop)
        except (ValueError, start.CannotStart, Stopped) as error:
            raise CommandError(str(error)) from None
