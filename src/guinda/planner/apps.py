"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlannerConfig(AppConfig):
    """The room `planner`."""

    name = "guinda.planner"
    label = "planner"
    verbose_name = _("Planner")
    default_auto_field = "django.db.models.BigAutoField"
