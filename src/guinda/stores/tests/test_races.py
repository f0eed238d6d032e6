"""Receipt, sale, write-off, count and transfer of one lot at once: nothing is lost or goes twice, and nobody waits in a circle."""

from __future__ import annotations

from collections import Counter
from functools import partial
from uuid import uuid4

from guinda.catalog.models import Evidence, Lot
from guinda.catalog.recalls import recall
from guinda.orders.services import hand_over
from guinda.stock.models import Holding, Movement
from guinda.stock.services import Want, Way, holder_of, move, write_off
from guinda.stock.services import receive as receive_more
from guinda.stores.models import Count, Packing, Receipt, Transfer
from guinda.stores.queries import last_movements
from guinda.stores.services import Weighed, arrive, count, pack, receive, send
from guinda.stores.tests.test_books import arrival_of
from tests.books import books_add_up
from tests.races import at_once
from tests.world import NOW

BY = "staff:anna"


def on_hand_g(lot: Lot) -> int:
    return Holding.objects.get(lot=lot, holder__store__isnull=False).on_hand_g


def test_receipt_sale_and_write_off_of_one_lot_at_once(real_world):
    world = real_world
    lot = world.add_lot("kordia", weight_g=2_000)
    orders = [world.order({"kordia": 100}) for _each in range(8)]
    more = [
        lambda: receive_more(store=world.store, lot_id=lot.pk, weight_g=100, by=BY, at=NOW, key=uuid4())
    ] * 8
    sold = [lambda order=order: hand_over(order=order, by="courier:1", now=NOW) for order in orders]
    waste = [
        lambda: write_off(
            store=world.store, lot_id=lot.pk, weight_g=300, reason="mould", by=BY, at=NOW, key=uuid4()
        )
    ] * 8
    answers = at_once([job for three in zip(more, sold, waste, strict=True) for job in three])
    told = Counter(answers)
    assert told.keys() <= {True, "not_enough"}
    written_off = Movement.objects.filter(reason="write_off").count()
    assert told["not_enough"] == 8 - written_off
    assert 4 <= written_off <= 6  # 1,200 g were free, 800 g came meanwhile
    assert on_hand_g(lot) == 2_000 + 800 - 800 - 300 * written_off
    books_add_up()


def test_a_lot_counted_by_many_while_it_is_sold(real_world):
    world = real_world
    lot = world.add_lot("kordia", weight_g=2_000)
    orders = [world.order({"kordia": 100}) for _each in range(6)]
    seen = last_movements(store=world.store, lot_ids=[lot.pk])[lot.pk]
    counted = [
        lambda: count(
            store=world.store, weighed=[Weighed(lot.pk, 1_900, seen, "dried")], by=BY, now=NOW, key=uuid4()
        )
    ] * 6
    sold = [lambda order=order: hand_over(order=order, by="courier:1", now=NOW) for order in orders]
    answers = at_once([job for pair in zip(counted, sold, strict=True) for job in pair])
    refused = [answer for answer in answers if isinstance(answer, str)]
    assert set(refused) <= {"moved_meanwhile"}
    assert answers.count(True) == 6  # no courier waits for a scale
    assert Count.objects.count() == 6 - len(refused)
    books_add_up()


def test_a_key_sent_eight_times_at_once_is_one_lot_one_transfer_one_count(real_world):
    world, key = real_world, uuid4()
    receipts = at_once(
        [
            lambda: receive(
                store=world.store, arrival=arrival_of("kordia", 5_000), files=[], by=BY, now=NOW, key=key
            )
        ]
        * 8
    )
    assert {receipt.pk for receipt in receipts} == {Receipt.objects.get().pk}
    lot = Lot.objects.get()
    sent = at_once(
        [
            lambda: send(
                source=world.store, target=world.stores[1], lot=lot, weight_g=900, by=BY, now=NOW, key=key
            )
        ]
        * 8
    )
    assert {row.pk for row in sent} == {Transfer.objects.get().pk}
    seen = last_movements(store=world.store, lot_ids=[lot.pk])[lot.pk]
    weighed = [Weighed(lot.pk, 4_000, seen, "dried")]
    at_once([lambda: count(store=world.store, weighed=weighed, by=BY, now=NOW, key=uuid4())] * 2)
    assert on_hand_g(lot) == 4_000
    books_add_up()


def test_a_transfer_is_weighed_in_once_by_whoever_is_first(real_world):
    world = real_world
    lot = world.add_lot("kordia", weight_g=2_000)
    row = send(source=world.store, target=world.stores[1], lot=lot, weight_g=900, by=BY, now=NOW, key=uuid4())

    def weigh_in(grams: int, store) -> bool:
        found = Transfer.objects.select_related("lot", "source__city").get(pk=row.pk)
        return arrive(transfer=found, store=store, weighed_g=grams, reason="spilt", by=BY, now=NOW)

    jobs = [partial(weigh_in, grams, store) for grams in (900, 880, 920, 0) for store in world.stores]
    told = Counter(at_once(jobs))
    assert told[True] == 1
    assert told["arrived_already"] == 7
    row.refresh_from_db()
    here = Holding.objects.filter(lot=lot, holder__store=row.arrived_store).first()
    assert (here.on_hand_g if here else 0) - (
        1_100 if row.arrived_store == world.store else 0
    ) == row.arrived_g
    books_add_up()


def test_a_bag_is_packed_once(real_world):
    world = real_world
    world.add_lot("kordia", weight_g=2_000)
    order = world.order()
    answers = at_once([lambda: pack(store=world.store, order_id=order.pk, by=BY, now=NOW)] * 8)
    assert sorted(answers) == [False] * 7 + [True]
    assert Packing.objects.get().by == BY


def test_nothing_of_a_recalled_lot_leaves_for_a_bag_or_a_store_from_its_recall_on(real_world):
    world = real_world
    lot = world.add_lot("kordia", weight_g=2_000)
    way = Way(holder_of(world.store), holder_of(world.stores[1]), Movement.Reason.TRANSFER, BY, NOW)
    jobs = [lambda: move(wants=[Want(lot.pk, 100)], way=way)] * 7
    at_once([*jobs, lambda: recall(lots=Lot.objects.filter(pk=lot.pk), by=BY, now=NOW)])
    after = at_once(jobs)
    assert after == ["not_for_sale"] * 7
    assert not Evidence.objects.exists()
    books_add_up()
