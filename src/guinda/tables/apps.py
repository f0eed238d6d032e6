"""Registers the room with Django, and finds what the rooms declare."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class TablesConfig(AppConfig):
    """The room `tables`."""

    name = "guinda.tables"
    label = "tables"

    def ready(self) -> None:
        """Read each room's `tables.py`, as Django's admin reads each `admin.py`."""
        autodiscover_modules("tables")
