"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StoresConfig(AppConfig):
    """The room `stores`."""

    name = "guinda.stores"
    label = "stores"
    verbose_name = _("Stores")
    default_auto_field = "django.db.models.BigAutoField"
