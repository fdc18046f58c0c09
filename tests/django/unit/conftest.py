"""Django in this process, on a SQLite file; no Kafka."""
import tempfile

import django
import pytest
from django.conf import settings

DATABASE = tempfile.NamedTemporaryFile(suffix=".sqlite3")  # pylint: disable=consider-using-with

settings.configure(
    SECRET_KEY="of the tests", USE_TZ=True, ROOT_URLCONF="urls", ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.messages", "django.contrib.sessions", "sinyal_django"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                "OPTIONS": {"context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages"]}}],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE.name}},
    EMAIL_BACKEND="sinyal_django.mail.OutboxBackend",
    SINYAL={"BOOTSTRAP_SERVERS": "127.0.0.1:1", "GROUP": "shop",
            "MAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"})
django.setup()

# pylint: disable=wrong-import-position
from django.core.management import call_command  # noqa: E402
from sinyal_django.models import InboxEvent, OutboxMail  # noqa: E402
from sinyal_django.signals import SIGNALS  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def _tables():
    call_command("migrate", verbosity=0)


@pytest.fixture(autouse=True)
def _clean():
    yield
    InboxEvent.objects.all().delete()
    OutboxMail.objects.all().delete()
    for signal in SIGNALS.values():
        signal.receivers.clear()
        signal.sender_receivers_cache.clear()
