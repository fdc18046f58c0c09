from django.apps import AppConfig
from django.core.checks import register

from .checks import check_settings


class SinyalConfig(AppConfig):
    name = "sinyal_django"
    verbose_name = "Sinyal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(check_settings)
