"""Registers the room with Django."""

from django.apps import AppConfig


class PanelsConfig(AppConfig):
    """The room `panels`."""

    name = "guinda.panels"
    label = "panels"
    default_auto_field = "django.db.models.BigAutoField"
