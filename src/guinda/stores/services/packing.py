"""A bag is weighed and closed, by whom and when."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.journal.services import record
from guinda.orders.models import Order
from guinda.places.models import Store
from guinda.stores.models import Packing


def pack(*, store: Store, order_id: int, by: str, now: datetime) -> bool:
    """The bag of an order is ready at the counter; False when somebody had packed it already.

    The order's row is locked: a cancellation is either seen here, or waits and then tells the keeper to unpack.

    Raises:
        Refusal: `not_to_pack`, when the order has ended, is with the courier or is another store's.
    """
    with transaction.atomic():
        order = _order(store, order_id)
        if order is None or order.state != Order.State.CONFIRMED:
            raise Refusal("not_to_pack", _("This bag is not to be packed any more. Reload the list, please."))
        if order.lines.filter(lot__recalled_at__isnull=False).exists():
            raise Refusal(
                "recalled", _("Fruit of this bag was recalled. Leave it; its order ends in a moment.")
            )
        made = Packing.objects.get_or_create(order=order, defaults={"by": by, "at": now})[1]
        if made:
            record(kind="bag.packed", ref=order.code, by=by, at=now)
    return made


def unpack(*, store: Store, order_id: int, by: str, now: datetime) -> bool:
    """The tap was a mistake, or the order was cancelled and its fruit is back on the shelf; False when it was not packed."""
    with transaction.atomic():
        order = _order(store, order_id)
        if order is None or not Packing.objects.filter(order=order).delete()[0]:
            return False
        record(kind="bag.unpacked", ref=order.code, by=by, at=now)
    return True


def _order(store: Store, order_id: int) -> Order | None:
    orders = Order.objects.select_for_update(no_key=True)
    return orders.filter(pk=order_id, store=store).first()
