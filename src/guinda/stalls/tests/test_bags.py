"""A bag from the morning to the evening: what moves, what is refused, and what is written down."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from guinda.base.refusals import Refusal
from guinda.catalog.models import Lot, Price
from guinda.catalog.recalls import recall
from guinda.journal.models import Event
from guinda.stalls.models import Bag, Difference, Sale
from guinda.stalls.tests.street import FLOAT, PER_KG, after
from guinda.stock.models import Holder, Movement
from tests.world import NOW

SAME_KEY = (
    "INSERT INTO stalls_sale (key, bag_id, lot_id, weight_g, per_kg_minor, price_minor, sold_at, arrived_at)"
    " SELECT key, bag_id, lot_id, weight_g, per_kg_minor, price_minor, sold_at, arrived_at FROM stalls_sale"
)


def code_of(call, *args, **options) -> str:
    with pytest.raises(Refusal) as refused:
        call(*args, **options)
    return refused.value.code


def test_a_day_without_a_difference(street):
    bag = street.issue()
    assert street.held_g(bag) == {street.kordia.pk: 5_000, street.rainier.pk: 3_000}
    assert street.free_g(street.kordia) == 5_000
    street.take_in(bag, street.sold(1_500), street.sold(333, street.rainier))
    street.close(bag, {street.kordia.pk: 3_500, street.rainier.pk: 2_667}, FLOAT + street.taken_minor(bag))
    assert not Difference.objects.exists()
    assert set(street.held_g(bag).values()) == {0}
    assert street.free_g(street.kordia) == 8_500
    assert [each.kind for each in Event.objects.filter(ref=bag.ref).order_by("pk")] == [
        "bag.issued",
        "stall.sold",
        "bag.closed",
    ]
    told = Event.objects.get(kind="stall.sold").data
    assert (told["total_minor"], told["weight_g"], told["currency"], told["pay"]) == (
        163_137,
        1_833,
        "RUB",
        "cash",
    )
    street.add_up(bag)


def test_the_prices_are_those_of_the_issue(street):
    bag = street.issue()
    Price.objects.create(
        variety_id="kordia", city=street.world.city, per_kg_minor=99_000, from_at=after(minutes=5)
    )
    assert street.take_in(bag, street.sold(1_000)).refused == {}
    assert Sale.objects.get().price_minor == PER_KG
    assert (
        street.issue(seller=street.new_seller("zoya", "Zoya"), now=after(hours=1)).loads.first().per_kg_minor
        == 99_000
    )


def test_sent_again_nothing_happens_twice(street):
    bag = street.issue()
    batch = [street.sold(500), street.sold(250)]
    tallies = [street.missed("clean")]
    first = street.take_in(bag, *batch, tallies=tallies)
    again = street.take_in(bag, *batch, batch[0], street.sold(100), tallies=tallies * 2, now=after(hours=3))
    assert first.kept == [*(each.key for each in batch), tallies[0].key]
    assert set(first.kept) < set(again.kept)
    assert bag.sales.count() == 3
    assert bag.tallies.count() == 1
    assert street.held_g(bag)[street.kordia.pk] == 5_000 - 850


def test_more_than_the_bag_held_is_booked_with_a_difference(street):
    bag = street.issue()
    street.take_in(bag, street.sold(4_900), street.sold(400))
    row = Difference.objects.get()
    assert (row.cause, row.lot, row.expected_g, row.counted_g, row.over_g) == (
        "oversold", street.kordia, 5_000, 5_300, 300,
    )  # fmt: skip
    assert street.held_g(bag)[street.kordia.pk] == 0
    street.close(bag, {street.rainier.pk: 3_000}, FLOAT + street.taken_minor(bag))
    street.add_up(bag)


def test_a_sale_after_the_close_is_booked_and_its_difference_written_down(street):
    bag = street.issue()
    late = street.sold(500)
    street.close(bag, {street.kordia.pk: 4_500, street.rainier.pk: 3_000}, FLOAT + 44_500,
                 {street.kordia.pk: "not on the telephone yet", 0: "not on the telephone yet"})  # fmt: skip
    street.take_in(bag, late, now=after(hours=12))
    street.take_in(bag, late, now=after(hours=13))
    rows = list(Difference.objects.order_by("pk").values_list("cause", "lot_id", "reason"))
    assert [each[0] for each in rows] == ["counted", "counted", "late", "late"]
    assert all(reason for _cause, _lot, reason in rows)
    assert sum(each.over_g or 0 for each in Difference.objects.all()) == 0
    assert sum(each.over_minor or 0 for each in Difference.objects.all()) == 0
    assert Event.objects.filter(kind="stall.sold").get().data["after_the_close"] is True
    street.add_up(bag)


def test_a_difference_without_a_reason_closes_nothing(street):
    bag = street.issue()
    street.take_in(bag, street.sold(1_000))
    with pytest.raises(Refusal) as refused:
        street.close(
            bag, {street.kordia.pk: 3_900, street.rainier.pk: 3_100}, FLOAT, {street.kordia.pk: "  "}
        )
    assert refused.value.facts == {
        "lots": {street.kordia.pk: -100, street.rainier.pk: 100},
        "cash_minor": -PER_KG,
    }
    bag.refresh_from_db()
    assert bag.closed_at is None
    assert not Difference.objects.exists()
    reasons = {street.kordia.pk: "squashed", street.rainier.pk: "weighed generously", 0: "given to a beggar"}
    street.close(bag, {street.kordia.pk: 3_900, street.rainier.pk: 3_100}, FLOAT, reasons)
    assert dict(Difference.objects.values_list("lot_id", "reason")) == {
        street.kordia.pk: "squashed", street.rainier.pk: "weighed generously", None: "given to a beggar",
    }  # fmt: skip
    street.add_up(bag)
    assert code_of(street.close, bag, {}, 0) == "bag_closed"


def test_a_sale_of_a_recalled_lot_stands_and_is_marked(street):
    bag = street.issue()
    recall(lots=Lot.objects.filter(pk=street.kordia.pk), by="test", now=after(minutes=90))
    street.take_in(bag, street.sold(500), street.sold(500, street.rainier))
    marked = dict(Sale.objects.values_list("lot_id", "lot_recalled_at"))
    assert marked == {street.kordia.pk: after(minutes=90), street.rainier.pk: None}
    assert Event.objects.get(kind="stall.sold").data["recalled"] == [street.kordia.code]


def test_what_can_not_be_of_this_bag_is_turned_down_and_the_rest_kept(street):
    bag = street.issue()
    good, strange, cheap = (
        street.sold(500),
        street.sold(500, street.world.lots["lapins"]),
        street.sold(500, price=1),
    )
    answer = street.take_in(bag, good, strange, cheap)
    assert answer.kept == [good.key]
    assert {key: refusal.code for key, refusal in answer.refused.items()} == {
        strange.key: "not_in_this_bag",
        cheap.key: "wrong_price",
    }
    other = street.new_seller("zoya", "Zoya")
    assert code_of(street.take_in, bag, street.sold(100), seller=other) == "no_such_bag"
    assert bag.sales.count() == 1


@pytest.mark.parametrize(("at", "counts"), [(-1, 120), (1, 60), (119, 119), (121, 120), (60 * 24 * 365, 120)])
def test_a_time_that_can_not_be_right_is_that_of_the_arrival(street, at, counts):
    bag = street.issue()
    at = 60 if at == 1 else at
    street.take_in(bag, street.sold(100, at=after(minutes=at)))
    assert Sale.objects.get().sold_at == after(minutes=counts)


def test_issuing_is_refused_with_nothing_moved(street):
    moved = Movement.objects.count()
    assert code_of(street.issue, {street.kordia.pk: 10_001}) == "not_enough"
    assert code_of(street.issue, {street.kordia.pk: 0}) == "bag_too_large"
    assert code_of(street.issue, {street.kordia.pk: 300_001}) == "bag_too_large"
    assert code_of(street.issue, {10**9: 100}) == "not_sellable"
    recall(lots=Lot.objects.filter(pk=street.rainier.pk), by="test", now=NOW)
    assert code_of(street.issue, {street.rainier.pk: 100}) == "not_sellable"
    assert code_of(street.issue, {street.kordia.pk: 100}, now=after(days=4)) == "not_sellable"
    Price.objects.all().delete()
    assert code_of(street.issue, {street.kordia.pk: 100}) == "no_price"
    street.seller.active = False
    assert code_of(street.issue) == "not_here"
    assert Movement.objects.count() == moved
    assert not Bag.objects.exists()
    assert not Holder.objects.filter(kind="bag").exists()


def test_one_open_bag_a_seller_and_one_bag_a_key(street):
    key = uuid4()
    bag = street.issue(key=key)
    assert street.issue(key=key) == bag
    assert street.free_g(street.kordia) == 5_000
    assert code_of(street.issue) == "bag_open"
    assert code_of(street.issue, key=key, seller=street.new_seller("zoya", "Zoya")) == "bag_open"
    street.close(bag, {street.kordia.pk: 5_000, street.rainier.pk: 3_000}, FLOAT)
    assert street.issue() != bag


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE stalls_bag SET closed_at = issued_at",
        "UPDATE stalls_bag SET cash_minor = 1",
        "UPDATE stalls_sale SET weight_g = 0",
        SAME_KEY,
        "UPDATE stalls_difference SET reason = ''",
        "UPDATE stalls_difference SET counted_g = expected_g",
        "UPDATE stalls_difference SET expected_minor = 1",
    ],
)
def test_the_database_itself_refuses_nonsense(street, harm):
    street.take_in(street.issue(), street.sold(5_100))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(harm)


def test_a_batch_costs_the_same_however_many_are_in_it(street):
    bag = street.issue()
    counts = []
    for many in (1, 200):
        batch = [street.sold(10, lot) for lot in (street.kordia, street.rainier) for _ in range(many)]
        tallies = [street.missed("shop") for _ in range(many)]
        with CaptureQueriesContext(connection) as queries:
            street.take_in(bag, *batch, tallies=tallies)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 26
