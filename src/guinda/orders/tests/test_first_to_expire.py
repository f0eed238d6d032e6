"""First-to-expire lots go out first: in every quote, in every order, and whatever the sizes of the lots."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guinda.catalog.models import Lot
from guinda.orders.models import Line
from guinda.orders.services import Door, Who, place
from guinda.stock.models import Holding
from guinda.stock.queries import Shelf, allocate, shelves
from tests.world import NOW, build


@pytest.fixture
def world(db):
    return build(shelf_g=0)


@given(free_g=st.lists(st.integers(1, 500), min_size=1, max_size=8), wanted_g=st.integers(1, 2_500))
def test_a_lot_is_touched_only_when_all_before_it_are_used_up(free_g, wanted_g):
    rows = [Shelf(1, lot_id, "kordia", grams) for lot_id, grams in enumerate(free_g)]
    parts = allocate(shelves=[Shelf(1, 99, "rainier", 1), *rows], variety_id="kordia", weight_g=wanted_g)
    if sum(free_g) < wanted_g:
        assert parts is None
        return
    assert sum(grams for _lot, grams in parts) == wanted_g
    assert [lot for lot, _grams in parts] == list(range(len(parts)))
    assert [grams for _lot, grams in parts[:-1]] == free_g[: len(parts) - 1]


def test_an_order_takes_the_lot_that_expires_first_whenever_it_came(world):
    hours = {"late": 70, "soon": 5, "middle": 30, "recalled": 2, "expired": -1}
    lots = {
        name: world.add_lot("kordia", weight_g=400, expires_at=NOW + timedelta(hours=left))
        for name, left in hours.items()
    }
    Lot.objects.filter(pk=lots["recalled"].pk).update(recalled_at=NOW)
    order = world.order({"kordia": 900})
    taken = dict(Line.objects.filter(order=order).values_list("lot_id", "weight_g"))
    assert taken == {lots["soon"].pk: 400, lots["middle"].pk: 400, lots["late"].pk: 100}
    assert [row.lot_id for row in shelves(store_ids=[world.store.pk], now=NOW)] == [lots["late"].pk]


def test_an_order_whose_lot_ran_out_meanwhile_takes_the_next_to_expire(world):
    late = world.add_lot("kordia", weight_g=400, expires_at=NOW + timedelta(hours=70))
    soon = world.add_lot("kordia", weight_g=400, expires_at=NOW + timedelta(hours=5))
    middle = world.add_lot("kordia", weight_g=400, expires_at=NOW + timedelta(hours=30))
    quoted = world.quote({"kordia": 300})
    assert quoted.lines[0].lots == ((soon.pk, 300),)
    Holding.objects.filter(lot=soon).update(held_g=200)
    door, who = Door("Pokrovka 12"), Who()
    placed = place(
        key=uuid4(), quote=quoted, door=door, pay="cash", who=who, source="panel:kurskaya", now=NOW
    )
    taken = dict(Line.objects.filter(order__code=placed.code).values_list("lot_id", "weight_g"))
    assert taken == {soon.pk: 200, middle.pk: 100}
    assert late.pk not in taken
