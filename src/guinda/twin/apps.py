"""Registers the room with Django."""

from django.apps import AppConfig


class TwinConfig(AppConfig):
    """The room `twin`."""

    name = "guinda.twin"
    label = "twin"
    default_auto_field = "django.db.models.BigAutoField"
