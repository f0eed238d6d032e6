"""Registers the room with Django, and finds what the rooms declare."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class TablesConfig(AppConfig):
    """The room `tables`."""

    name = "guinda.tables"
    label = "tables"
    verbose_name = _("Tables")

    def ready(self) -> None:
        """Read each room's `tables.py`, as Django's admin reads each `admin.py`."""
        autodiscover_modules("tables")
