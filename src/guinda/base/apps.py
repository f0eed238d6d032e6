"""Registers the room with Django (for its templates, styles and tests)."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    """The room `base`."""

    name = "guinda.base"
    label = "base"
