"""Registers the room with Django."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """The room `delivery`."""

    name = "guinda.delivery"
    label = "delivery"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear what orders announce."""
        from guinda.delivery import listeners
        from guinda.journal.services import listen

        listen("order.confirmed", listeners.order_confirmed)
        listen("order.cancelled", listeners.order_cancelled)
