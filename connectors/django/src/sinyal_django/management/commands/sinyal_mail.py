"""manage.py sinyal_mail: sends what handlers have put into the outbox."""
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connections

from sinyal_django import conf, mail
from sinyal_django.management.commands.sinyal_receive import Stop, log_to_standard_error, logger

IDLE_S = 1.0  # between looks at an empty outbox
DATABASE_DOWN_S = 5.0


class Command(BaseCommand):
    help = "Sends the mails of the outbox, until SIGTERM or SIGINT."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="send what is due, then end")

    def handle(self, *_: Any, **given: Any) -> None:
        log_to_standard_error()
        stop = Stop()
        try:
            options = conf.current(bootstrap_servers="-", group="-")
        except ValueError as error:
            raise CommandError(str(error)) from None
        while not stop():
            try:
                if mail.send_next(options):
                    continue
                if given["once"]:
                    return
                connections[options.database].close_if_unusable_or_obsolete()
                time.sleep(IDLE_S)
            except Error as error:
                if given["once"]:
                    raise CommandError(f"the database does not answer: {error}") from None
                logger.error("the database does not answer, waiting: %s", error)
                connections[options.database].close()
                time.sleep(DATABASE_DOWN_S)
