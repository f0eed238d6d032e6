"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PanelsConfig(AppConfig):
    """The room `panels`."""

    name = "guinda.panels"
    label = "panels"
    verbose_name = _("Panels")
    default_auto_field = "django.db.models.BigAutoField"
