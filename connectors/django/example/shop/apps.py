from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self) -> None:
        from . import handlers  # noqa: F401  pylint: disable=import-outside-toplevel,unused-import
