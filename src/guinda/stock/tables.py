"""What arrived as CSV: stock comes into being by movements only, so a row is a receipt."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID, uuid5

from django.db import connection
from django.utils.translation import gettext_lazy as _

from guinda.places.models import Store
from guinda.places.tables import CITY, IN_CITY
from guinda.stock.models import Holder, Movement
from guinda.stock.services import Want, Way, holder_of, move, outside
from guinda.tables.declare import Column, Reference, Table, Writing, declare
from guinda.tables.kinds import SLUG, Scaled, Word

RECEIPTS_KEY = UUID("6c6e3a4e-5b0f-5a0e-9c53-0f6d1a3b7e21")
"""With a store's own key under it: a lot is received at a store by a file once, whatever file says so and however often."""
MOST_G = 100_000_000


def receive_all(writing: Writing) -> int:
    """Each store's new receipts in one movement of many lots, by the service that every receipt goes through."""
    wants: dict[tuple[str, str], list[Want]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT j.city, j.store, lot.id, j.weight_kg FROM judged j JOIN catalog_lot lot ON lot.code = j.lot"
            " WHERE j.verdict = 'new' ORDER BY j.row_no"
        )
        for city, store, lot_id, weight_g in cursor.fetchall():
            wants[city, store].append(Want(lot_id, weight_g))
    stores = (
        Store.objects.filter(city__in={city for city, _store in wants}).select_related("city").order_by("pk")
    )
    done = 0
    for store in stores:
        chosen = wants.get((store.city_id, store.slug), [])
        if chosen:
            source = outside(store.city, Holder.Kind.GROWERS)
            way = Way(source, holder_of(store), Movement.Reason.RECEIPT, writing.by, writing.now)
            done += len(chosen) * move(wants=chosen, way=way, key=uuid5(RECEIPTS_KEY, str(store.pk)))
    return done


RECEIPTS = declare(
    Table(
        name="receipts",
        title=_("receipts"),
        meaning=_(
            "How much of each lot arrived at each store. A row adds a movement; what arrived is corrected by a count, not here."
        ),
        model=Movement,
        key=["city", "store", "lot"],
        columns=[
            CITY,
            Column("store", _("the store's short name"), SLUG, "pokrovka"),
            Column("lot", _("the lot's code"), Word(r"\S{1,20}", _("the code of a lot")), "L00042"),
            Column("weight_kg", _("weight, kg"), Scaled(3, 1, MOST_G), "120.000"),
        ],
        current=(
            "SELECT min(m.id) AS id, store.city_id AS city, store.slug AS store, lot.code AS lot, sum(m.weight_g)::bigint AS weight_kg"
            " FROM stock_movement m JOIN stock_holder holder ON holder.id = m.to_holder_id"
            " JOIN places_store store ON store.id = holder.store_id"
            " JOIN catalog_lot lot ON lot.id = m.lot_id WHERE m.reason = 'receipt' GROUP BY store.city_id, store.slug, lot.code"
        ),
        references=[
            IN_CITY,
            Reference(
                ["city", "store"],
                "SELECT city_id, slug FROM places_store",
                _("the short name of a store in this city"),
            ),
            Reference(["lot"], "SELECT code FROM catalog_lot", _("the code of a lot that is there")),
        ],
        write=receive_all,
        adds_only=True,
    )
)
