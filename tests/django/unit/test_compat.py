"""django_midtrans.signals, answered by this package: on request, and never beside the real one."""
import os
import pathlib
import subprocess
import sys

import sinyal_django

SETTINGS = """
SECRET_KEY = "x"
USE_TZ = True
SINYAL = {"BOOTSTRAP_SERVERS": "127.0.0.1:1", "GROUP": "shop"}
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["sinyal_django", "sinyal_django.compat", "seed"]
"""
APPS = """
from django.apps import AppConfig

class SeedConfig(AppConfig):
    name = "seed"

    def ready(self):
        import seed.handlers
"""
HANDLERS = """
from django.dispatch import receiver
from django_midtrans.notification import NotificationHandler
from django_midtrans.signals import payment_settled, subscription_cancelled

@receiver(payment_settled, sender=NotificationHandler)
def paid(sender, payment, notification, payload, **kwargs):
    print("paid")
"""


def check(directory, real=False, settings=SETTINGS):
    """`manage.py check` of a project whose handlers name django_midtrans."""
    (directory / "seed").mkdir()
    (directory / "seed" / "__init__.py").write_text("")
    (directory / "seed" / "apps.py").write_text(APPS)
    (directory / "seed" / "handlers.py").write_text(HANDLERS)
    (directory / "project_settings.py").write_text(settings)
    if real:
        (directory / "django_midtrans").mkdir()
        (directory / "django_midtrans" / "__init__.py").write_text("")
    path = os.pathsep.join([str(directory),
                            str(pathlib.Path(sinyal_django.__file__).parent.parent)])
    done = subprocess.run(
        [sys.executable, "-c", "from django.core.management import execute_from_command_line as e;"
         "e(['manage.py', 'check']);"
         "from sinyal_django.signals import payment_settled as s; print(len(s.receivers))"],
        env={**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "project_settings"},
        capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_seeds_handlers_run_without_a_change(tmp_path):
    status, said = check(tmp_path)
    assert status == 0 and said.strip().endswith("\n1"), said


def test_beside_the_real_package_it_refuses_and_says_what_to_do(tmp_path):
    status, said = check(tmp_path, real=True)
    assert status != 0
    assert "the real django_midtrans is installed" in said
    assert "pip uninstall django-payment-midtrans" in said


def test_without_being_asked_for_it_answers_to_nothing(tmp_path):
    status, said = check(tmp_path, settings=SETTINGS.replace('"sinyal_django.compat", ', ""))
    assert status != 0 and "No module named 'django_midtrans'" in said


def test_the_app_that_is_still_in_the_settings_is_named(tmp_path):
    status, said = check(tmp_path, settings=SETTINGS.replace('"seed"', '"django_midtrans", "seed"'))
    assert status != 0 and "take django_midtrans out of INSTALLED_APPS" in said
