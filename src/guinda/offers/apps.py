"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OffersConfig(AppConfig):
    """The room `offers`."""

    name = "guinda.offers"
    label = "offers"
    verbose_name = _("Offers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the client book of offers."""
        from guinda.clients import rooms  # deferred: models are not loaded before
        from guinda.offers.client_book import OffersRoom

        rooms.register(OffersRoom())
