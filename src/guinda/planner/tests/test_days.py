"""A day has its money, messages and hours once, however many plans are kept; what nobody did is decided anew, what was promised stays."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from guinda.base.refusals import Refusal
from guinda.clients.models import Client, Message
from guinda.offers.models import NumberClass, Offer, Tool
from guinda.offers.tests.conftest import operator
from guinda.offers.tests.offering import tool
from guinda.places.models import City
from guinda.planner import candidates, keeping, making, pinning
from guinda.planner.models import Choice, Plan
from guinda.planner.spent import Spent
from guinda.planner.tests import firm
from guinda.planner.tests.firm import NOW, asked, kept, made, settle
from guinda.plays import services, today
from guinda.plays.models import Play, Run
from tests.races import at_once

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + HOUR


def call(run: Run, outcome: str, *, by: str = "anna", now=NOW, minutes: int = 8) -> None:
    services.done(
        key=uuid4(), run_id=run.pk, step="offer", outcome=outcome, by=f"staff:{by}", now=now, minutes=minutes,
        evidence={"objection": "Too dear"},
    )  # fmt: skip


def again(now=LATER, **changes) -> Plan:
    """Another plan of the day, kept."""
    plan = asked(now=now, **changes)
    making.make_this(plan, now=now)
    plan.refresh_from_db()
    assert plan.state == Plan.State.READY, plan.fault
    keeping.keep(plan_id=plan.pk, by="olga", now=now)
    settle(now)
    return plan


def limit(plan: Plan, name: str) -> dict:
    return next(each for each in plan.limits if each["name"] == name)


def listed(name: str, now) -> list[int]:
    return [each.run.client_id for each in today.day_of(User.objects.get(username=name), now=now).due]


def test_a_second_plan_of_the_day_begins_where_the_first_stands(house):
    _service, gift = house
    first = kept(messages=2)
    given = set(first.choices.filter(channel="message").values_list("client_id", flat=True))
    second = again(messages=3)
    assert limit(second, "messages")["most"] == 1
    assert limit(second, "budget")["most"] == firm.ASKED.budget_minor - 2 * 350
    more = set(second.choices.filter(channel="message").values_list("client_id", flat=True))
    assert len(more) == 1
    assert not more & given, "one thing for each client a day"
    assert Message.objects.count() == Offer.objects.filter(tool=gift).count() == 3


def test_a_call_made_is_spent_and_a_call_not_made_is_decided_anew(house):
    first = kept()
    runs = {run.client_id: run for run in Run.objects.filter(state="listed")}
    mine = list(first.choices.filter(seller="anna", channel="call").values_list("client_id", flat=True))
    call(runs[mine[0]], "declined", minutes=11)
    second = again()
    assert limit(second, "seller:anna")["most"] == firm.ASKED.seller_minutes - 11
    assert limit(second, "seller:boris")["most"] == firm.ASKED.seller_minutes
    chosen = set(second.choices.filter(channel="call").values_list("client_id", flat=True))
    assert chosen == set(runs) - {mine[0]}
    assert set(listed("anna", LATER)) == set(mine[1:])
    left = Run.objects.filter(client__in=chosen, state="left", why="time").count()
    assert left == len(chosen), "what the first plan listed left the lists"


def test_who_was_not_called_yesterday_is_called_today(house):
    kept()
    tomorrow = NOW + DAY + HOUR
    settle(tomorrow)
    assert not Run.objects.filter(state="listed").exists(), "a day's calls lapse"
    plan = again(now=tomorrow)
    calls = plan.choices.filter(channel="call")
    assert calls.count() == 6
    assert not calls.exclude(state="given").exists()
    assert set(Run.objects.filter(state="listed").values_list("client_id", flat=True)) == set(
        calls.values_list("client_id", flat=True)
    )


def test_who_asked_to_be_called_another_time_stays_on_the_list_with_what_they_are_called_about(house):
    service, _gift = house
    kept()
    run = Run.objects.filter(state="listed").order_by("pk")[0]
    seller = today.sellers_of([run.client_id])[run.client_id]
    services.put_off(run_id=run.pk, step="offer", until_at=NOW + 2 * HOUR, by=f"staff:{seller}", now=NOW)
    plan = again(now=NOW + 3 * HOUR)
    run.refresh_from_db()
    assert run.state == "listed"
    assert plan.choices.get(client=run.client_id, run=run).action == "step:planned-offer:offer"
    line = next(
        each
        for each in today.day_of(User.objects.get(username=seller), now=NOW + 3 * HOUR).due
        if each.run == run
    )
    assert line.planned.what == str(service)


def test_the_night_leaves_a_persons_plan_of_today_alone(house):
    by_hand = kept(by_itself=True)
    assert making.ask_nightly(now=LATER) == 0
    tomorrow = NOW + DAY
    assert making.ask_nightly(now=tomorrow) == 1
    night = Plan.objects.get(date=tomorrow.date())
    mine = asked(now=tomorrow)
    making.make_this(mine, now=tomorrow)
    keeping.keep(plan_id=mine.pk, by="olga", now=tomorrow)
    making.make_this(night, now=tomorrow)
    states = dict(Plan.objects.values_list("pk", "state"))
    assert states == {by_hand.pk: "kept", night.pk: "ready", mine.pk: "kept"}


def test_a_persons_keep_and_the_nights_own_do_not_stand_in_each_others_way(transactional_db, settings):
    settings.PROMISER = "tests.world.HalfHour"
    firm.house()
    firm.planned_offer_on()
    kept(by_itself=True)
    tomorrow = NOW + DAY
    plans = [asked(now=tomorrow) for _each in range(3)]
    for each in plans:
        making.make_this(each, now=tomorrow)
    making.ask_nightly(now=tomorrow)
    night = Plan.objects.get(asked_by=making.BY_NIGHT)
    keeps = [lambda pk=each.pk: keeping.keep(plan_id=pk, by="olga", now=tomorrow).state for each in plans]
    found = at_once(
        [*keeps, lambda: making.make_this(night, now=tomorrow), lambda: keeping.give(now=tomorrow)]
    )
    assert found[:3] == ["kept"] * 3, "each was in force once"
    night.refresh_from_db()
    assert night.state in ("ready", "kept", "replaced"), night.fault
    assert Plan.objects.filter(date=tomorrow.date(), state="kept").count() == 1


def test_without_a_play_for_them_companies_offers_are_not_said_to_be_given(house):
    plan = made()
    Play.objects.filter(slug="planned-offer").update(state="paused")
    with pytest.raises(Refusal, match="no_play_begins"):
        keeping.keep(plan_id=plan.pk, by="olga", now=NOW)
    assert not Plan.objects.filter(state="kept").exists()
    Play.objects.filter(slug="planned-offer").update(state="on")
    keeping.keep(plan_id=plan.pk, by="olga", now=NOW)
    Play.objects.filter(slug="planned-offer").update(state="paused")
    settle()
    calls = plan.choices.filter(channel="call")
    assert set(calls.values_list("state", flat=True)) == {"refused"}


def test_a_pin_on_a_client_whom_no_sieve_lets_through_is_said_to_be_unmet(house):
    service, _gift = house
    silent = firm.company("Silent", agrees=False, city=City.objects.get(slug="moscow"))
    pin = pinning.pin(
        client_id=silent.pk, kind="pin", tool_id=service.pk, until_date=NOW.date(), by="olga", now=NOW
    )
    assert made().unmet == [{"pin": pin.pk, "why": "not_eligible"}]


def test_numbers_cost_their_rebate_and_are_shared_and_a_margin_needs_a_seller(house):
    service, gift = house
    numbering = operator()
    type(numbering).objects.update(currency="RUB")
    for name in ("gold", "silver"):
        tool("number", currency="RUB", slug=name, for_kind="company", rebate_percent=50, fixed_minor=7)
    Tool.objects.filter(pk=gift.pk).update(floor_percent=10)
    found = candidates.gather(
        currency="RUB", now=NOW, until=NOW + DAY, given=Spent(), each=1, told=lambda *_: None
    )
    assert {each.of for each in found.actions} == {f"tool:{service.slug}", "tool:gold", "tool:silver"}
    dearest = NumberClass.objects.order_by("-price_minor").values_list("price_minor", flat=True)[0]
    at = next(place for place, each in enumerate(found.actions) if each.of == "tool:gold")
    assert set(found.tool_cost[:, at]) == {7 - -dearest // 2}, "halves go to the client, as in an offer"
    assert found.free_numbers == 10_000
    plan = made()
    assert limit(plan, "numbers")["most"] == 10_000


def test_nobody_is_offered_anything_in_nobodys_name(house):
    User.objects.all().delete()
    plan = asked()
    making.make_next(now=NOW)
    plan.refresh_from_db()
    assert plan.state == "failed"
    assert not Choice.objects.exists()
    assert Client.objects.exists()
