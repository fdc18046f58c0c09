"""The example's settings, with what a test changes in SINYAL."""
import json
import os

from project.settings import *  # noqa: F403  pylint: disable=wildcard-import,unused-wildcard-import
from project.settings import DATABASES, INSTALLED_APPS, SINYAL

DEBUG = False  # as in production: it would have each query quoted and kept
SINYAL = {**SINYAL, "RETRIES": 2, "RETRY_BACKOFF_S": 0.05, "START_TIMEOUT_S": 60,
          **json.loads(os.environ.get("SHOP_SINYAL", "{}"))}
if "SHOP_PREPARED" in os.environ:  # the README's OPTIONS for PostgreSQL
    DATABASES["default"]["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 5}
if "SHOP_ECHO" in os.environ:
    INSTALLED_APPS = [*INSTALLED_APPS, "echo"]
if "SHOP_GATE" in os.environ:
    INSTALLED_APPS = ["gate", *INSTALLED_APPS]  # its handler is the first
