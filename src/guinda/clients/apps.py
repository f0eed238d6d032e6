"""Registers the room with Django."""

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    """The room `clients`."""

    name = "guinda.clients"
    label = "clients"
    default_auto_field = "django.db.models.BigAutoField"
