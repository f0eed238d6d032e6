"""Registers the room with Django."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The room `catalog`."""

    name = "guinda.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
