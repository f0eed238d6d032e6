"""An order is written once, whole, in four round trips, or not at all."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guinda.base.refusals import Refusal
from guinda.catalog.models import Lot
from guinda.journal.models import Announcement, Event
from guinda.orders.models import Order
from guinda.stock.models import Holding
from tests.world import NOW, Door, Who, place


def held(world) -> int:
    return sum(Holding.objects.filter(holder__store=world.store).values_list("held_g", flat=True))


def test_an_order_is_there_with_lines_payment_stock_and_journal(world):
    placed = world.place({"kordia": 500, "rainier": 250})
    order = Order.objects.get(code=placed.code)
    assert order.state == "confirmed"
    assert (
        order.total_minor
        == 44_500 + 22_250
        == sum(line.price_minor for line in order.lines.all())
        == placed.total_minor
    )
    payment = order.payments.get()
    assert (payment.variant, payment.status, payment.amount_minor, float(payment.total)) == (
        "cash",
        "waiting",
        66_750,
        667.5,
    )
    assert held(world) == 750
    event = Event.objects.get(ref=order.code)
    assert (event.kind, event.by) == ("order.confirmed", "panel:kurskaya")
    assert Announcement.objects.filter(event=event).exists()


@pytest.mark.parametrize("kinds", [1, 3])
def test_four_round_trips_however_many_lines(real_world, kinds):
    bowl = dict(list({"kordia": 100, "rainier": 100, "lapins": 100}.items())[:kinds])
    chosen = real_world.quote(bowl)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        place(
            key=uuid4(),
            quote=chosen,
            door=Door("Pokrovka 12"),
            pay="cash",
            who=Who(),
            source="panel:kurskaya",
            now=NOW,
        )
    assert len(queries) == 4, [query["sql"][:60] for query in queries]  # BEGIN, reserve, write, COMMIT


def test_the_same_key_is_the_same_order_and_answer(world):
    key, chosen = uuid4(), world.quote()
    asked = {
        "key": key,
        "quote": chosen,
        "door": Door("Pokrovka 12"),
        "pay": "cash",
        "who": Who(),
        "source": "panel:kurskaya",
        "now": NOW,
    }
    first = place(**asked)
    assert place(**asked) == first
    assert place(**{**asked, "now": NOW + timedelta(hours=1)}) == first, (
        "also after the quote has lapsed: the answer was lost, not the order"
    )
    assert place(**{**asked, "quote": world.quote(now=NOW + timedelta(minutes=2))}) == first, (
        "a fresher quote for the same bowl is the same order"
    )
    assert Order.objects.count() == 1
    assert held(world) == 500


@pytest.mark.parametrize(
    "changed", [{"door": Door("Elsewhere 1")}, {"pay": "card"}, {"who": Who(phone="+74951234567")}]
)
def test_the_same_key_with_another_body_is_refused(world, settings, changed):
    settings.PAYMENT_VARIANTS = {"card": ("payments.dummy.DummyProvider", {})}
    key, chosen = uuid4(), world.quote()
    asked = {
        "key": key,
        "quote": chosen,
        "door": Door("Pokrovka 12"),
        "pay": "cash",
        "who": Who(),
        "source": "panel:kurskaya",
        "now": NOW,
    }
    place(**asked)
    with pytest.raises(Refusal) as refusal:
        place(**{**asked, **changed})
    assert (refusal.value.code, refusal.value.status) == ("key_reused", 422)
    assert Order.objects.count() == 1
    assert held(world) == 500


def test_a_lapsed_quote_changes_nothing(world):
    with pytest.raises(Refusal) as refusal:
        place(
            key=uuid4(),
            quote=world.quote(),
            door=Door("Pokrovka 12"),
            pay="cash",
            who=Who(),
            source="panel:kurskaya",
            now=NOW + timedelta(minutes=5),
        )
    assert refusal.value.code == "quote_expired"
    assert (Order.objects.count(), held(world)) == (0, 0)


def test_a_forged_quote_is_refused(world):
    token = world.quote().token()
    for bad in ("", "x", token[:-1], token + "x", token.replace(":", ".", 1), "\ud800"):
        with pytest.raises(Refusal) as refusal:
            type(world.quote()).from_token(bad)
        assert refusal.value.code == "bad_quote"
    assert type(world.quote()).from_token(token) == world.quote()


def test_sold_out_while_choosing_says_what_is_left_and_holds_nothing(world):
    chosen = world.quote({"kordia": 500, "rainier": 9_000})
    world.place({"rainier": 8_000})
    with pytest.raises(Refusal) as refusal:
        place(
            key=uuid4(),
            quote=chosen,
            door=Door("Pokrovka 12"),
            pay="cash",
            who=Who(),
            source="panel:kurskaya",
            now=NOW,
        )
    assert refusal.value.code == "sold_out"
    assert refusal.value.facts["left_g"] == {"rainier": 2_000}
    assert held(world) == 8_000
    assert Order.objects.count() == 1


def test_when_the_lot_ran_out_another_lot_of_the_variety_serves(world):
    second = world.add_lot("kordia", weight_g=5_000, expires_at=NOW + timedelta(days=4))
    chosen = world.quote({"kordia": 6_000})
    assert [lot for lot, _grams in chosen.lines[0].lots] == [world.lots["kordia"].pk]
    world.place({"kordia": 9_000})
    placed = place(
        key=uuid4(),
        quote=chosen,
        door=Door("Pokrovka 12"),
        pay="cash",
        who=Who(),
        source="panel:kurskaya",
        now=NOW,
    )
    lines = dict(Order.objects.get(code=placed.code).lines.values_list("lot_id", "weight_g"))
    assert lines == {world.lots["kordia"].pk: 1_000, second.pk: 5_000}
    assert (
        sum(line.price_minor for line in Order.objects.get(code=placed.code).lines.all())
        == placed.total_minor
        == chosen.total_minor
    )


def test_a_recalled_lot_is_not_sold_even_on_an_old_quote(world):
    chosen = world.quote({"kordia": 500})
    Lot.objects.filter(pk=world.lots["kordia"].pk).update(recalled_at=NOW)
    with pytest.raises(Refusal) as refusal:
        place(
            key=uuid4(),
            quote=chosen,
            door=Door("Pokrovka 12"),
            pay="cash",
            who=Who(),
            source="panel:kurskaya",
            now=NOW,
        )
    assert refusal.value.code == "sold_out"


@pytest.mark.parametrize(
    ("bowl", "code"),
    [
        ({}, "empty_bowl"),
        ({"kordia": 20}, "bad_weight"),
        ({"kordia": 105}, "bad_weight"),
        ({"kordia": 10_010}, "bowl_too_large"),
        ({"kordia": -500}, "bad_weight"),
        ({"durian": 500}, "sold_out"),
    ],
)
def test_a_bowl_that_cannot_be_is_refused_in_one_sentence(world, bowl, code):
    from guinda.orders.quotes import (
        quote,
    )  # the world's helper would put a default bowl in place of an empty one

    with pytest.raises(Refusal) as refusal:
        quote(city=world.city, bowl=bowl, door=world.stores[0].point, now=NOW)
    assert refusal.value.code == code
    assert str(refusal.value.sentence).endswith(".")


def test_an_unpaid_card_order_frees_its_stock_by_itself(world, settings):
    from guinda.orders.services import PAY_WITHIN_S, expire_holds

    settings.PAYMENT_VARIANTS = {"card": ("payments.dummy.DummyProvider", {})}
    order = world.order(pay="card")
    assert (order.state, held(world)) == ("held", 500)
    assert expire_holds(now=NOW + timedelta(seconds=PAY_WITHIN_S - 1)) == 0
    assert expire_holds(now=NOW + timedelta(seconds=PAY_WITHIN_S)) == 1
    order.refresh_from_db()
    assert (order.state, held(world)) == ("expired", 0)
    assert expire_holds(now=NOW + timedelta(days=1)) == 0
