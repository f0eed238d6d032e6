"""Registers the room with Django (for its templates, styles, checks and tests)."""

from django.apps import AppConfig
from django.core import checks


class BaseConfig(AppConfig):
    """The room `base`."""

    name = "guinda.base"
    label = "base"

    def ready(self) -> None:
        """Have the settings looked at by `check --deploy`."""
        from guinda.base.checks import somebody_carries_messages  # deferred: it reads the settings

        checks.register(somebody_carries_messages, "deploy", deploy=True)
