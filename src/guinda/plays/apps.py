"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlaysConfig(AppConfig):
    """The room `plays`."""

    name = "guinda.plays"
    label = "plays"
    verbose_name = _("Plays")
    default_auto_field = "django.db.models.BigAutoField"
