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
        """Hear of recalls; tell the client book of orders."""
        from guinda.clients import rooms  # deferred: models are not loaded before
        from guinda.journal.services import listen
        from guinda.orders.client_book import OrdersRoom
        from guinda.orders.listeners import lot_recalled

        listen("lot.recalled", lot_recalled)
        rooms.register(OrdersRoom())
