"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    """The room `delivery`."""

    name = "guinda.delivery"
    label = "delivery"
    verbose_name = _("Couriers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear what orders announce; tell the client book how the client felt."""
        from guinda.clients import rooms
        from guinda.delivery import listeners, telling
        from guinda.delivery.client_book import DeliveryRoom
        from guinda.journal.services import listen

        listen("order.confirmed", listeners.order_confirmed)
        listen("order.cancelled", listeners.order_cancelled)
        listen("order.rated", listeners.order_rated)
        listen("order.confirmed", telling.safely(telling.order_confirmed))
        listen("order.handed", telling.safely(telling.order_handed))
        listen("order.rated", telling.safely(telling.order_rated))
        listen("order.delivered", telling.safely(telling.order_delivered))
        for ended in ("order.failed", "order.cancelled"):
            listen(ended, telling.safely(telling.order_ended))
        rooms.register(DeliveryRoom())
