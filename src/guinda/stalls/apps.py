"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StallsConfig(AppConfig):
    """The room `stalls`."""

    name = "guinda.stalls"
    label = "stalls"
    verbose_name = _("Stalls")
    default_auto_field = "django.db.models.BigAutoField"
