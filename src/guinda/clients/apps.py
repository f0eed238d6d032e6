"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClientsConfig(AppConfig):
    """The room `clients`."""

    name = "guinda.clients"
    label = "clients"
    verbose_name = _("Clients")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The book's own rows come through the same seam as those of the rooms above."""
        from guinda.clients import own, rooms  # deferred: models are not loaded before

        rooms.register(own.Book())
