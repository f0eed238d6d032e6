"""Fruit goes from hand to hand: whole or not at all, once for a key, and nobody waits in a circle."""

from __future__ import annotations

from uuid import uuid4

import pytest

from guinda.base.refusals import Refusal
from guinda.catalog.models import Lot
from guinda.stock.models import Holder, Holding, Movement
from guinda.stock.services import Want, Way, count, holder_of, move, outside
from tests.races import at_once
from tests.world import NOW, build

TRANSFER = Movement.Reason.TRANSFER


@pytest.fixture
def world(transactional_db):
    made = build(shelf_g=0)
    made.add_lot("kordia", weight_g=1000)
    made.add_lot("rainier", weight_g=500)
    return made


def way(world, source=0, target=1, reason=TRANSFER):
    return Way(holder_of(world.stores[source]), holder_of(world.stores[target]), reason, "keeper", NOW)


def on_hand(world, number, variety):
    found = Holding.objects.filter(holder__store=world.stores[number], lot=world.lots[variety]).first()
    return found.on_hand_g if found else 0


def test_two_lots_go_from_one_store_to_another_in_one_step(world):
    wants = [Want(world.lots["kordia"].pk, 300), Want(world.lots["rainier"].pk, 200)]
    assert move(wants=wants, way=way(world))
    assert [on_hand(world, 0, each) for each in ("kordia", "rainier")] == [700, 300]
    assert [on_hand(world, 1, each) for each in ("kordia", "rainier")] == [300, 200]


def test_one_short_lot_keeps_the_other_where_it_is(world):
    wants = [Want(world.lots["kordia"].pk, 300), Want(world.lots["rainier"].pk, 501)]
    with pytest.raises(Refusal, match="not_enough"):
        move(wants=wants, way=way(world))
    assert on_hand(world, 0, "kordia") == 1000
    assert on_hand(world, 1, "kordia") == 0
    assert not Movement.objects.filter(reason=TRANSFER).exists()


def test_what_is_held_for_orders_does_not_leave(world):
    Holding.objects.filter(lot=world.lots["kordia"]).update(held_g=900)
    with pytest.raises(Refusal, match="not_enough"):
        move(wants=[Want(world.lots["kordia"].pk, 101)], way=way(world))
    assert move(wants=[Want(world.lots["kordia"].pk, 100)], way=way(world))


def test_the_outside_has_no_holdings(world):
    wants = [Want(world.lots["kordia"].pk, 100)]
    waste = outside(world.city, Holder.Kind.WASTE)
    move(wants=wants, way=Way(holder_of(world.store), waste, Movement.Reason.COUNT, "keeper", NOW, "eaten"))
    assert not Holding.objects.filter(holder=waste).exists()
    assert on_hand(world, 0, "kordia") == 900


@pytest.mark.parametrize("stopped", [{"recalled_at": NOW}, {"expires_at": NOW}])
def test_what_is_recalled_or_expired_goes_into_no_bag_and_may_come_back_or_be_thrown_away(world, stopped):
    store, waste = holder_of(world.store), outside(world.city, Holder.Kind.WASTE)
    bag = Holder.objects.create(kind=Holder.Kind.BAG, city=world.city)
    road = outside(world.city, Holder.Kind.ROAD)
    wants = [Want(world.lots["kordia"].pk, 100)]
    for target in (bag, road):
        move(wants=wants, way=Way(store, target, TRANSFER, "keeper", NOW))
    Lot.objects.filter(pk=world.lots["kordia"].pk).update(**stopped)
    for target in (bag, road, holder_of(world.stores[1])):
        with pytest.raises(Refusal, match="not_for_sale"):
            move(wants=wants, way=Way(store, target, TRANSFER, "keeper", NOW))
    for source in (bag, road):
        assert move(wants=wants, way=Way(source, store, TRANSFER, "keeper", NOW))
    assert move(wants=wants, way=Way(store, waste, Movement.Reason.WRITE_OFF, "keeper", NOW, "recalled"))


def test_what_was_weighed_takes_the_place_of_the_books(world):
    facts = {"store": world.store, "lot_id": world.lots["kordia"].pk, "by": "keeper", "at": NOW}
    key = uuid4()
    for _twice in range(2):
        assert count(**facts, counted_g=930, reason="dried", key=key) == -70
    assert count(**facts, counted_g=950, reason="scale") == 20
    assert count(**facts, counted_g=950, reason="") == 0
    assert on_hand(world, 0, "kordia") == 950
    assert Movement.objects.filter(reason="count").count() == 2
    Holding.objects.filter(lot=world.lots["kordia"]).update(held_g=900)
    with pytest.raises(Refusal, match="held_for_orders"):
        count(**facts, counted_g=899, reason="lost")
    assert count(**facts, counted_g=900, reason="lost") == -50


def test_a_key_moves_once_also_when_sent_eight_times_at_once(world):
    key, wants = uuid4(), [Want(world.lots["kordia"].pk, 100), Want(world.lots["rainier"].pk, 50)]
    answers = at_once([lambda: move(wants=wants, way=way(world), key=key)] * 8)
    assert sorted(answers) == [False] * 7 + [True]
    assert (on_hand(world, 0, "kordia"), on_hand(world, 1, "rainier")) == (900, 50)
    assert Movement.objects.filter(key=key).count() == 2


def test_a_refused_key_may_come_again_with_less(world):
    key = uuid4()
    with pytest.raises(Refusal):
        move(wants=[Want(world.lots["kordia"].pk, 1001)], way=way(world), key=key)
    assert move(wants=[Want(world.lots["kordia"].pk, 1000)], way=way(world), key=key)


def test_there_and_back_at_once_loses_nothing_and_waits_in_no_circle(world):
    wants = [Want(world.lots["kordia"].pk, 100), Want(world.lots["rainier"].pk, 100)]
    there = [lambda: move(wants=wants, way=way(world, 0, 1))] * 12
    back = [lambda: move(wants=wants[::-1], way=way(world, 1, 0))] * 12
    answers = at_once([job for pair in zip(there, back, strict=True) for job in pair])
    assert set(answers) <= {True, "not_enough"}
    for variety, grams in (("kordia", 1000), ("rainier", 500)):
        assert on_hand(world, 0, variety) + on_hand(world, 1, variety) == grams
