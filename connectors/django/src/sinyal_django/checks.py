"""System checks: `manage.py check`, and every command, says what is wrong with the settings."""
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning as Doubt

from . import conf

OUTBOX = "sinyal_django.mail.OutboxBackend"


def check_settings(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.USE_TZ:
        found.append(Error("USE_TZ must be True: events' times are aware, and with naive ones no "
                           "event could be stored", hint="USE_TZ = True", id="sinyal_django.E004"))
    if not hasattr(settings, "SINYAL"):
        return [*found, Error(
            "the setting SINYAL is missing", id="sinyal_django.E001",
            hint='SINYAL = {"BOOTSTRAP_SERVERS": "127.0.0.1:9092", "GROUP": "shop"}')]
    found += [Error(problem, id="sinyal_django.E002")
              for problem in conf.problems(settings.SINYAL)]
    if isinstance(settings.SINYAL, dict):
        given = {str(key).lower(): value for key, value in settings.SINYAL.items()}
        found += [Doubt(each, id="sinyal_django.W001", hint="or give it to sinyal_receive")
                  for each in conf.missing(given)]
        if settings.SINYAL.get("MAIL_BACKEND") == OUTBOX:
            found.append(Error("SINYAL['MAIL_BACKEND'] is the outbox itself: no mail would leave",
                               hint="name the backend that sends", id="sinyal_django.E003"))
    return found
