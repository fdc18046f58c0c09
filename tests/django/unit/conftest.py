"""Django in this process, on a SQLite file, or on the PostgreSQL that libpq's variables name; no
Kafka."""
import json
import os
import sys
import tempfile

import django
import pytest
from django.conf import settings
from records import ROOT

sys.path.insert(0, str(ROOT / "connectors" / "django" / "example"))
FILE = tempfile.NamedTemporaryFile(suffix=".sqlite3")  # pylint: disable=consider-using-with
DATABASE = {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"],
            "OPTIONS": json.loads(os.environ.get("PG_OPTIONS", "{}"))} \
    if "PGHOST" in os.environ else {"ENGINE": "django.db.backends.sqlite3", "NAME": FILE.name}

settings.configure(
    SECRET_KEY="of the tests", USE_TZ=True, ROOT_URLCONF="urls", ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.messages", "django.contrib.sessions", "sinyal_django", "shop"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                "OPTIONS": {"context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages"]}}],
    DATABASES={"default": DATABASE}, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    EMAIL_BACKEND="sinyal_django.mail.OutboxBackend",
    SINYAL={"BOOTSTRAP_SERVERS": "127.0.0.1:1", "GROUP": "shop",
            "MAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"})
django.setup()

# pylint: disable=wrong-import-position
from django.core.management import call_command  # noqa: E402
from sinyal_django.models import InboxEvent, OutboxMail  # noqa: E402
from sinyal_django.signals import SIGNALS  # noqa: E402


def forget_receivers():
    for signal in SIGNALS.values():
        signal.receivers.clear()
        signal.sender_receivers_cache.clear()


forget_receivers()  # the shop's


@pytest.fixture(scope="session", autouse=True)
def _tables():
    call_command("migrate", verbosity=0)


@pytest.fixture(autouse=True)
def _clean():
    yield
    InboxEvent.objects.all().delete()
    OutboxMail.objects.all().delete()
    forget_receivers()
