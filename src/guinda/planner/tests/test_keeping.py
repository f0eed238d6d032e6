"""A plan kept goes to who does it, once; a plan not kept goes to nobody."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from guinda.base.refusals import Refusal
from guinda.clients import contacting
from guinda.clients.models import Client, Message
from guinda.journal.models import Event
from guinda.offers.eligibility import why_not
from guinda.offers.models import Offer, Tool
from guinda.places.models import City
from guinda.planner import keeping, making, naming, pinning, words
from guinda.planner.asking import Asked
from guinda.planner.models import Choice, Pin, Plan, Trial
from guinda.planner.tests import firm
from guinda.planner.tests.firm import NOW, asked, kept, made, settle
from guinda.plays import today
from guinda.plays.models import Run
from tests.races import at_once

DAY = timedelta(days=1)


def test_a_plan_that_is_only_looked_at_changes_nothing(house):
    plan = made()
    settle()
    assert plan.chosen == 9, "six calls of eighty minutes each, and three messages"
    assert plan.choices.filter(state="planned").count() == 9
    assert not Run.objects.exists()
    assert not Offer.objects.exists()
    assert not Message.objects.exists()


def test_what_a_kept_plan_chose_reaches_who_does_it(house):
    service, gift = house
    plan = kept()
    assert not plan.choices.exclude(state="given").exists()
    assert Message.objects.count() == 3
    assert set(firm.presented()) == set(plan.choices.filter(tool=gift).values_list("client_id", flat=True))
    listed = Run.objects.filter(state="listed", play__slug="planned-offer")
    assert set(listed.values_list("client_id", flat=True)) == set(
        plan.choices.filter(tool=service).values_list("client_id", flat=True)
    )
    for name in ("anna", "boris"):
        wanted = (
            plan.choices.filter(seller=name, channel="call")
            .order_by("place")
            .values_list("client_id", flat=True)
        )
        day = today.day_of(User.objects.get(username=name), now=NOW)
        assert [each.run.client_id for each in day.due] == list(wanted)
    (line, *_others) = day.due
    assert line.planned is not None
    assert line.planned.what == str(service)
    assert line.planned.url.endswith(f"/{line.run.client_id}/?tool={service.pk}")
    assert not today.planned([line.run], now=NOW + DAY), "tomorrow's plan is another"


def test_figures_are_those_of_the_book(house):
    service, _gift = house
    plan = made()
    for each in plan.choices.filter(tool=service):
        bill = each.client.supplies.get().monthly_minor
        assert each.rest_minor == bill * 12 * 30 // 100
        assert each.cost_minor == 8 * 100 + 100 * 12
        assert each.adds_minor == round(0.02 * each.rest_minor - 8 * 100 - 100 * 12 * 0.1)
        assert (each.basis, each.why, each.minutes) == ("assumed", "best", 8)
    assert plan.adds_minor == sum(plan.choices.values_list("adds_minor", flat=True))
    assert plan.cost_minor == sum(plan.choices.values_list("cost_minor", flat=True))
    used = {
        each["name"]: each["used"]
        for each in plan.limits
        if each["used"] and each["kind"] in ("budget", "messages", "seller")
    }
    assert used == firm.spent(plan)


def test_second_best_and_the_limit_that_decided_are_those_of_the_plan(house):
    service, _gift = house
    other = firm.given_freely(
        firm.tool("service", currency="RUB", for_kind="company", slug="other", month_minor=900, months=12)
    )
    Tool.objects.filter(pk=service.pk).update(pieces_left=2)
    one = Client.objects.filter(kind="company").order_by("pk")[0]
    pinning.pin(client_id=one.pk, kind="pin", tool_id=other.pk, until_date=NOW.date(), by="olga", now=NOW)
    plan = made(budget_minor=10**9)
    for each in plan.choices.filter(channel="call", why="best"):
        mine, second = ("care", "other") if each.tool == service else ("other", "care")
        rest, year = each.rest_minor, {"care": 100 * 12, "other": 900 * 12}
        assert (each.action, each.second) == (f"tool:{mine}:call", f"tool:{second}:call")
        assert each.second_minor == round(0.02 * rest - 8 * 100 - year[second] * 0.1)
        assert each.decided_by == ("" if mine == "care" else "stock:care")
    assert plan.choices.filter(action="tool:care:call").count() == 2
    pinned = plan.choices.get(channel="call", why="pinned")
    assert (pinned.second, pinned.decided_by) == ("tool:care:call", "")
    told = words.reason(pinned, naming.names_of([pinned.second]))
    assert "Otherwise: “A service”, telephone call, which would add" in told


def test_calls_and_gifts_that_couriers_bring_are_bounded_over_the_whole_day(house):
    _service, gift = house
    plan = kept(calls=2, gifts=1, visits=3)
    assert plan.choices.filter(channel="call").count() == 2
    assert plan.choices.filter(tool=gift).count() == 1
    prices = {each["name"]: each["price"] for each in plan.limits}
    assert prices["calls"] > 0
    assert prices["gifts"] > 0
    assert prices["visits"] == 0
    told = {words.price(each, "RUB") for each in plan.limits}
    assert any(each.startswith("One more telephone call would bring ₽") for each in told)
    assert any(each.startswith("One more gift that couriers bring would bring ₽") for each in told)
    later = NOW + timedelta(hours=1)
    again = asked(now=later, calls=2, gifts=1)
    making.make_this(again, now=later)
    again.refresh_from_db()
    most = {each["name"]: each["most"] for each in again.limits}
    assert (most["gifts"], most["calls"]) == (0, 2), "the gift went; nobody has called yet"
    assert not again.choices.filter(tool=gift).exists()


def test_a_seller_with_little_time_calls_who_adds_most(house):
    plan = made(seller_minutes=16)
    for name in ("anna", "boris"):
        hers = [
            each.pk
            for each in Client.objects.filter(kind="company")
            if today.sellers_of([each.pk])[each.pk] == name
        ]
        chosen = plan.choices.filter(seller=name, channel="call").values_list("client_id", flat=True)
        assert set(chosen) == set(sorted(hers)[-2:]), "the later firms pay more"


def test_the_same_press_asks_once_and_two_workers_make_each_plan_once(transactional_db, settings):
    settings.PROMISER = "tests.world.HalfHour"
    firm.house()
    key, told = uuid4(), firm.ASKED
    plans = [making.ask(key=key, asked=told, currency="RUB", by="olga", now=NOW) for _again in range(2)]
    assert plans[0].pk == plans[1].pk
    assert sorted(at_once([lambda: making.make_next(now=NOW) for _each in range(4)])) == [0, 0, 0, 1]
    plan = Plan.objects.get()
    assert (plan.state, plan.chosen) == ("ready", plan.choices.count())


def test_a_plan_whose_worker_died_is_made_by_another_and_written_once(house):
    plan = asked()
    Plan.objects.filter(pk=plan.pk).update(state="making", seen_at=NOW)
    assert making.make_next(now=NOW + making.SILENCE) == 0, "it may still be at work"
    late = NOW + making.SILENCE + timedelta(seconds=1)
    assert making.make_next(now=late) == 1
    making.make(plan, now=late)  # the one taken for dead ends after all
    plan.refresh_from_db()
    assert plan.state == "ready"
    assert plan.choices.count() == plan.chosen


def test_a_plan_that_fails_says_why_and_the_next_is_made(house, monkeypatch):
    Tool.objects.update(paused_at=NOW)
    plan = asked()
    making.make_next(now=NOW)
    plan.refresh_from_db()
    assert (plan.state, plan.fault[:26]) == ("failed", "There is nobody to offer a")
    with pytest.raises(Refusal, match="plan_not_ready"):
        keeping.keep(plan_id=plan.pk, by="olga", now=NOW)


def test_a_plan_that_breaks_a_limit_is_never_written(house, monkeypatch):
    from guinda.planner import solving

    monkeypatch.setattr(solving, "faults", lambda *_: ["The limit budget allows 1, and 2 are used."])
    plan = asked()
    making.make_next(now=NOW)
    plan.refresh_from_db()
    assert plan.state == "failed"
    assert not Choice.objects.exists()


def test_only_todays_plan_can_be_kept_and_one_of_several_at_once(transactional_db, settings):
    settings.PROMISER = "tests.world.HalfHour"
    firm.house()
    firm.planned_offer_on()
    plans = [made() for _each in range(3)]
    with pytest.raises(Refusal, match="plan_of_another_day"):
        keeping.keep(plan_id=plans[0].pk, by="olga", now=NOW + DAY)
    jobs = [lambda pk=each.pk: keeping.keep(plan_id=pk, by="olga", now=NOW).pk for each in plans]
    at_once(jobs)
    assert sorted(Plan.objects.values_list("state", flat=True)) == ["kept", "replaced", "replaced"]


def test_two_workers_give_each_choice_once(transactional_db, settings):
    settings.PROMISER = "tests.world.HalfHour"
    firm.house()
    firm.planned_offer_on()
    keeping.keep(plan_id=made().pk, by="olga", now=NOW)
    assert sum(at_once([lambda: keeping.give(now=NOW) for _each in range(4)])) == 9
    assert Offer.objects.count() == Message.objects.count() == 3
    assert Event.objects.filter(kind="plan.chosen").count() == 6


def test_who_said_no_meanwhile_gets_nothing_and_it_is_said_why(house):
    plan = made()
    choice = plan.choices.filter(channel="message").first()
    contacting.say(
        client_id=choice.client_id, purpose="everything", channel="every", given=False, by="t", now=NOW
    )
    keeping.keep(plan_id=plan.pk, by="olga", now=NOW)
    settle()
    choice.refresh_from_db()
    assert (choice.state, choice.said) == ("refused", "They do not want to be contacted.")
    assert choice.client_id not in firm.presented()


def test_the_night_plans_once_where_a_person_said_so(house):
    assert making.ask_nightly(now=NOW) == 0, "nobody asked for it yet"
    kept(by_itself=True)
    tomorrow = NOW + DAY
    assert [making.ask_nightly(now=tomorrow) for _again in range(3)] == [1, 0, 0]
    Tool.objects.update(fixed_minor=1)
    making.make_next(now=tomorrow)
    plan = Plan.objects.get(date=tomorrow.date())
    assert (plan.state, plan.kept_by) == ("kept", "system")


def test_clients_left_alone_are_offered_it_by_nobody(house):
    plan = kept(learning_percent=50)
    trials = Trial.objects.filter(plan=plan)
    assert trials.exists()
    alone = trials.filter(treated=False)
    assert alone.exists(), "this seed throws some of each"
    for each in alone:
        assert not plan.choices.filter(client=each.client_id).exists()
        reasons = why_not(tool=each.tool, client_ids=[each.client_id], now=NOW)[each.client_id]
        assert "left_alone_to_learn" in [reason.rule for reason in reasons]
        later = why_not(tool=each.tool, client_ids=[each.client_id], now=each.until_at)[each.client_id]
        assert "left_alone_to_learn" not in [reason.rule for reason in later]
    for each in trials.filter(treated=True):
        assert plan.choices.get(client=each.client_id).why == "learning"


def test_a_plan_replaced_before_anything_was_given_leaves_no_trials(house):
    first = keeping.keep(plan_id=made(learning_percent=50).pk, by="olga", now=NOW)
    assert Trial.objects.filter(plan=first).exists()
    keeping.keep(plan_id=made().pk, by="olga", now=NOW)
    assert not Trial.objects.filter(plan=first).exists()


def test_people_pin_forbid_and_put_first_and_are_told_what_it_costs(house):
    service, _gift = house
    poor, *_others, rich = Client.objects.filter(kind="company").order_by("pk")
    tight = {"seller_minutes": 8}
    free = made(**tight)
    for client_id, kind, tool_id in ((poor.pk, "pin", service.pk), (rich.pk, "forbid", None)):
        pinning.pin(
            client_id=client_id, kind=kind, tool_id=tool_id, until_date=NOW.date(), by="olga", now=NOW
        )
    plan = made(**tight)
    assert plan.choices.get(client=poor).why == "pinned"
    assert not plan.choices.filter(client=rich).exists()
    assert plan.pins_cost_minor == free.adds_minor - plan.adds_minor > 0
    wide = made()
    pinning.pin(client_id=poor.pk, kind="first", tool_id=None, until_date=NOW.date(), by="olga", now=NOW)
    assert made().choices.get(client=poor).place == 1
    assert wide.choices.get(client=poor).place != 1
    for each in Pin.objects.all():
        pinning.take_back(pin_id=each.pk, by="olga", now=NOW)
    assert made(**tight).adds_minor == free.adds_minor
    last = pinning.pin(
        client_id=poor.pk, kind="first", tool_id=None, until_date=NOW.date(), by="olga", now=NOW
    )
    assert made(**tight).unmet == [{"pin": last.pk, "why": "not_chosen"}]
    assert made().unmet == []


def test_a_pin_that_can_not_be_met_is_said(house):
    _service, gift = house
    firm_client = Client.objects.filter(kind="company").first()
    person = Client.objects.filter(kind="person").first()
    pinning.pin(
        client_id=firm_client.pk, kind="pin", tool_id=gift.pk, until_date=NOW.date(), by="olga", now=NOW
    )
    pinning.pin(client_id=person.pk, kind="pin", tool_id=gift.pk, until_date=NOW.date(), by="olga", now=NOW)
    plan = made(messages=0)
    assert sorted(each["why"] for each in plan.unmet) == ["no_room", "not_eligible"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "maybe"}, "kind"),
        ({"client_id": 0}, "client"),
        ({"tool_id": None}, "tool"),
        ({"tool_id": 10**6}, "tool"),
        ({"kind": "first"}, "tool"),
        ({"until_date": (NOW - DAY).date()}, "until_date"),
        ({"until_date": (NOW + 400 * DAY).date()}, "until_date"),
    ],
)
def test_a_pin_that_makes_no_sense_is_refused_and_nothing_is_written(house, changes, field):
    service, _gift = house
    facts = {
        "client_id": Client.objects.first().pk,
        "kind": "pin",
        "tool_id": service.pk,
        "until_date": NOW.date(),
    }
    with pytest.raises(Refusal) as refused:
        pinning.pin(**{**facts, **changes}, by="olga", now=NOW)
    assert refused.value.facts["field"] == field
    assert not Pin.objects.exists()
    assert not Event.objects.filter(kind="plan.pinned").exists()


def test_gathering_asks_as_many_questions_of_many_as_of_few(house, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from guinda.planner.candidates import gather
    from guinda.planner.spent import Spent

    def gathered():
        return gather(currency="RUB", now=NOW, until=NOW + DAY, given=Spent(), each=1, told=lambda *_: None)

    gathered()  # reads versions of plays, once per process
    counts = []
    for more in (0, 20):
        for number in range(more):
            firm.supplied(
                firm.company(f"More {number}", city=City.objects.get(slug="moscow")), monthly_minor=5_000
            )
        with CaptureQueriesContext(connection) as queries:
            found = gathered()
        counts.append((len(queries), len(found.clients)))
    assert counts[0][0] == counts[1][0]
    assert counts[1][1] == counts[0][1] + 20


def test_the_default_is_a_modest_day(db):
    from guinda.planner.asking import usual

    assert usual("RUB") == Asked(budget_minor=10_000_000, seller_minutes=420, messages=500)


def test_plans_only_looked_at_are_forgotten_after_a_week_and_kept_ones_stay(house):
    plan = kept()
    looked_at = made()
    assert making.forget_plans(now=NOW + 7 * DAY) == 0
    assert making.forget_plans(now=NOW + 8 * DAY) == 1
    assert list(Plan.objects.values_list("pk", flat=True)) == [plan.pk]
    assert not Choice.objects.filter(plan=looked_at.pk).exists()
    assert plan.choices.exists()
