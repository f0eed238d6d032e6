"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlacesConfig(AppConfig):
    """The room `places`."""

    name = "guinda.places"
    label = "places"
    verbose_name = _("City")
    default_auto_field = "django.db.models.BigAutoField"
