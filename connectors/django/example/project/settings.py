"""A shop, as small as it gets. SQLite here; with PGHOST set, the PostgreSQL that libpq's variables
name.
"""
import os
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ.get("SHOP_SECRET_KEY", "only-for-trying")
DEBUG = True
USE_TZ = True
ROOT_URLCONF = "project.urls"
INSTALLED_APPS = [
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.messages", "django.contrib.sessions",
    "sinyal_django",
    "shop",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]},
}]

if "PGHOST" in os.environ:
    DATABASES = {"default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": os.environ.get("PGDATABASE", "shop"),
        "CONN_MAX_AGE": None}}
else:
    DATABASES = {"default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("SHOP_SQLITE", HERE / "shop.sqlite3"),
        "CONN_MAX_AGE": None, "OPTIONS": {"timeout": 20}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SINYAL = {
    "BOOTSTRAP_SERVERS": os.environ.get("KAFKA", "127.0.0.1:9092"),
    "GROUP": "shop",
    # where the outbox's mails go; on a terminal for trying
    "MAIL_BACKEND": os.environ.get("SHOP_MAIL", "django.core.mail.backends.console.EmailBackend"),
}
EMAIL_BACKEND = "sinyal_django.mail.OutboxBackend"
EMAIL_PORT = int(os.environ.get("SHOP_SMTP_PORT", "25"))
EMAIL_HOST, EMAIL_TIMEOUT = "127.0.0.1", 10
