"""Lets `from django_midtrans.signals import payment_settled` go on working unchanged.

    INSTALLED_APPS = ["sinyal_django", "sinyal_django.compat", …, "shop"]

Only on request, and never beside the real package: two sources of one signal would be two effects.
It has to stand before the apps whose modules import django_midtrans. It answers to the modules
`django_midtrans`, `.signals` and `.notification` (NotificationHandler); the models, views and tasks
of the real package are not there, since Sinyal's broker does their work.
"""
import sys
from importlib.util import find_spec
from types import ModuleType

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from sinyal_django import senders, signals

NAME = "django_midtrans"


def install() -> None:
    """Idempotent. ImproperlyConfigured when the real package could be imported instead."""
    present = sys.modules.get(NAME)
    if present is not None and getattr(present, "__sinyal__", False):
        return
    spec = None if present is not None else find_spec(NAME)
    if present is not None or spec is not None:
        where = getattr(present, "__file__", None) or getattr(spec, "origin", None)
        raise ImproperlyConfigured(
            f"the real {NAME} is installed ({where}): which of the two should its name mean? Hint: "
            f"pip uninstall django-payment-midtrans and take {NAME} out of INSTALLED_APPS, or "
            "take sinyal_django.compat out and import sinyal_django.signals")
    if settings.configured and NAME in {each.split(".")[0] for each in settings.INSTALLED_APPS}:
        raise ImproperlyConfigured(f"take {NAME} out of INSTALLED_APPS: sinyal_django.compat "
                                   "answers to its signals, and has no app of that name")
    package, notification = ModuleType(NAME), ModuleType(f"{NAME}.notification")
    package.__path__ = []  # a package without files: any other submodule is not found
    setattr(package, "__sinyal__", True)
    setattr(package, "signals", signals)
    setattr(package, "notification", notification)
    setattr(notification, "NotificationHandler", senders.NotificationHandler)
    sys.modules.update({NAME: package, f"{NAME}.signals": signals,
                        f"{NAME}.notification": notification})


install()
