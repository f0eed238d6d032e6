"""Registers the room with Django."""

from django.apps import AppConfig


class StockConfig(AppConfig):
    """The room `stock`."""

    name = "guinda.stock"
    label = "stock"
    default_auto_field = "django.db.models.BigAutoField"
