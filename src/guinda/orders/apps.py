"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    """The room `orders`."""

    name = "guinda.orders"
    label = "orders"
    verbose_name = _("Orders")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of recalls."""
        from guinda.journal.services import listen  # deferred: models are not loaded before
        from guinda.orders.listeners import lot_recalled

        listen("lot.recalled", lot_recalled)
