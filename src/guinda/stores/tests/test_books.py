"""Whatever is received, ordered, sold, cancelled, written off, counted, sent and recalled, in any order: the books add up.

A machine that knows nothing of tables keeps the shelves in a dictionary and says beforehand what each step must answer. After each
step stock must equal the sum of its movements (the statements of `guinda audit`), and the shelves must be as the machine has them.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from guinda.base.refusals import Refusal
from guinda.catalog.models import Lot
from guinda.catalog.recalls import recall
from guinda.orders.models import Line, Order
from guinda.orders.services import cancel, hand_over
from guinda.stock import services as stock
from guinda.stock.models import Holding
from guinda.stores.models import Transfer
from guinda.stores.queries import last_movements
from guinda.stores.services import Arrival, Weighed, arrive, count, receive, send
from tests.books import books_add_up
from tests.world import NOW, World, build

GRAMS = st.integers(1, 400).map(lambda tens: tens * 10)
STORE = st.integers(0, 1)
BY = "staff:anna"


class Shop(RuleBasedStateMachine):
    """Two stores, three varieties at most, and the road between them. Each run ends as if it had not been."""

    lots, orders, transfers = Bundle("lots"), Bundle("orders"), Bundle("transfers")

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.world: World = build(shelf_g=0)
        self.on_hand: dict[tuple[int, int], int] = {}
        self.held: dict[tuple[int, int], int] = {}
        self.recalled: set[int] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def free_g(self, store: int, lot: Lot) -> int:
        return self.on_hand.get((store, lot.pk), 0) - self.held.get((store, lot.pk), 0)

    def add(self, store: int, lot_id: int, grams: int) -> None:
        self.on_hand[store, lot_id] = self.on_hand.get((store, lot_id), 0) + grams

    def answers(self, expected: str | None, verb, **facts):
        """The verb's result; it must refuse with the code that the machine expects, and only then."""
        if expected is not None:
            with pytest.raises(Refusal, match=expected), transaction.atomic():
                verb(**facts)
            return None
        with transaction.atomic():
            return verb(**facts)

    @rule(
        target=lots,
        store=STORE,
        variety=st.sampled_from(["kordia", "rainier"]),
        grams=GRAMS,
        days=st.integers(1, 5),
    )
    def receives(self, store: int, variety: str, grams: int, days: int) -> Lot:
        key, arrival = uuid4(), arrival_of(variety, grams, days)
        facts = {
            "store": self.world.stores[store],
            "arrival": arrival,
            "files": [],
            "by": BY,
            "now": NOW,
            "key": key,
        }
        lot = receive(**facts).lot
        assert receive(**facts).lot == lot  # sent twice, received once
        self.add(store, lot.pk, grams)
        return lot

    @rule(target=orders, variety=st.sampled_from(["kordia", "rainier"]), grams=GRAMS)
    def orders_come_in(self, variety: str, grams: int):
        grams = max(50, grams)
        able = [
            store for store in (0, 1) if sum(free for _lot, free in self.by_expiry(store, variety)) >= grams
        ]
        placed = self.answers(None if able else "sold_out", self.world.place, bowl={variety: grams})
        if placed is None:
            return multiple()
        store = able[0]
        expected, missing_g = {}, grams
        for lot, free_g in self.by_expiry(store, variety):
            if missing_g and free_g:
                expected[lot.pk] = min(missing_g, free_g)
                missing_g -= expected[lot.pk]
        order = Order.objects.get(code=placed.code)
        assert dict(Line.objects.filter(order=order).values_list("lot_id", "weight_g")) == expected
        for lot_id, weight_g in expected.items():
            self.held[store, lot_id] = self.held.get((store, lot_id), 0) + weight_g
        return order

    def by_expiry(self, store: int, variety: str) -> list[tuple[Lot, int]]:
        """First to expire first: what may be sold of a variety in a store."""
        rows = (
            Lot.objects.filter(variety_id=variety).exclude(pk__in=self.recalled).order_by("expires_at", "pk")
        )
        return [(lot, self.free_g(store, lot)) for lot in rows]

    @rule(order=consumes(orders))
    def courier_takes(self, order: Order) -> None:
        lines = dict(order.lines.values_list("lot_id", "weight_g"))
        stopped = bool(self.recalled & lines.keys())
        assert hand_over(order=order, by="courier:1", now=NOW) is not stopped
        self.end(order, lines, gone=not stopped)

    @rule(order=consumes(orders))
    def client_cancels(self, order: Order) -> None:
        cancel(order=order, reason="", by="client", now=NOW)
        self.end(order, dict(order.lines.values_list("lot_id", "weight_g")), gone=False)

    def end(self, order: Order, lines: dict[int, int], *, gone: bool) -> None:
        store = [each.pk for each in self.world.stores].index(order.store_id)
        for lot_id, weight_g in lines.items():
            self.held[store, lot_id] -= weight_g
            self.add(store, lot_id, -weight_g if gone else 0)

    @rule(store=STORE, lot=lots, grams=GRAMS)
    def writes_off(self, store: int, lot: Lot, grams: int) -> None:
        enough = self.free_g(store, lot) >= grams
        facts = {"lot_id": lot.pk, "weight_g": grams, "reason": "mould", "by": BY, "at": NOW, "key": uuid4()}
        facts["store"] = self.world.stores[store]
        if self.answers(None if enough else "not_enough", stock.write_off, **facts):
            assert not stock.write_off(**facts)  # sent twice, gone once
            self.add(store, lot.pk, -grams)

    @rule(store=STORE, lot=lots, grams=GRAMS)
    def counts(self, store: int, lot: Lot, grams: int) -> None:
        if (store, lot.pk) not in self.on_hand:
            return
        where = self.world.stores[store]
        seen = last_movements(store=where, lot_ids=[lot.pk]).get(lot.pk, 0)
        short = grams < self.held.get((store, lot.pk), 0)
        weighed = [Weighed(lot.pk, grams, seen, "dried")]
        facts = {"store": where, "weighed": weighed, "by": BY, "now": NOW, "key": uuid4()}
        rows = self.answers("held_for_orders" if short else None, count, **facts)
        if rows:
            assert rows[0].difference_g == grams - self.on_hand[store, lot.pk]
            assert count(**facts) == rows  # sent twice, counted once
            self.on_hand[store, lot.pk] = grams

    @rule(target=transfers, store=STORE, lot=lots, grams=GRAMS)
    def sends(self, store: int, lot: Lot, grams: int):
        stores = self.world.stores
        facts = {"source": stores[store], "target": stores[1 - store], "lot": lot, "weight_g": grams}
        expected = (
            "not_for_sale"
            if lot.pk in self.recalled
            else None
            if self.free_g(store, lot) >= grams
            else "not_enough"
        )
        row = self.answers(expected, send, **facts, by=BY, now=NOW, key=uuid4())
        self.add(store, lot.pk, -grams if row else 0)
        return row or multiple()

    @rule(transfer=consumes(transfers), off=st.integers(-200, 200), back=st.booleans())
    def arrives(self, transfer: Transfer, off: int, back: bool) -> None:
        store = transfer.source if back else transfer.target
        weighed_g = max(0, transfer.sent_g + off)
        arrive(transfer=transfer, store=store, weighed_g=weighed_g, reason="spilt", by=BY, now=NOW)
        self.add(self.world.stores.index(store), transfer.lot_id, weighed_g)

    @rule(lot=lots)
    def recalls(self, lot: Lot) -> None:
        recall(lots=Lot.objects.filter(pk=lot.pk), by=BY, now=NOW)
        self.recalled.add(lot.pk)

    @invariant()
    def the_books_add_up(self) -> None:
        books_add_up()

    @invariant()
    def the_shelves_are_as_they_should_be(self) -> None:
        rows = Holding.objects.filter(holder__store__isnull=False, on_hand_g__gt=0)
        index = {store.pk: number for number, store in enumerate(self.world.stores)}
        found = {
            (index[store], lot): (on_hand, held)
            for store, lot, on_hand, held in rows.values_list(
                "holder__store_id", "lot_id", "on_hand_g", "held_g"
            )
        }
        assert found == {
            place: (grams, self.held.get(place, 0)) for place, grams in self.on_hand.items() if grams
        }


def arrival_of(variety: str, grams: int, days: int = 3) -> Arrival:
    return Arrival(
        variety_id=variety,
        grower="Orchard on the hill",
        origin="Krasnodar",
        picked_at=NOW - timedelta(hours=6),
        brix_tenths=190,
        inspected_by="Quality desk",
        inspected_at=NOW - timedelta(hours=5),
        washed_by="Store",
        washed_at=NOW - timedelta(hours=4),
        expires_at=NOW + timedelta(days=days),
        weight_g=grams,
        cost_minor=grams * 40,
    )


@pytest.mark.django_db
def test_any_sequence_of_a_store_s_work_leaves_the_books_right():
    run_state_machine_as_test(
        Shop,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
