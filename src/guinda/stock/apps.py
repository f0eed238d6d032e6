"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StockConfig(AppConfig):
    """The room `stock`."""

    name = "guinda.stock"
    label = "stock"
    verbose_name = _("Stock")
    default_auto_field = "django.db.models.BigAutoField"
