"""What an offer adds is learned from chance alone, without a look at what came after; used is what does no worse than the last."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest

from guinda.base.refusals import Refusal
from guinda.clients.models import Client, Complaint, Consent, Supply, Touch
from guinda.clients.tests.book import company, person
from guinda.journal.models import Event
from guinda.offers.models import Offer
from guinda.offers.tests.offering import seller, tool
from guinda.orders.models import Order
from guinda.planner.learning.history import EVER, note_reached, subjects, throws_of
from guinda.planner.learning.uplift import learn_uplift, predicted
from guinda.planner.learning.versions import use
from guinda.planner.learning.words import why
from guinda.planner.models import Choice, Learned, Plan, Trial
from guinda.planner.tests.trials import DAY, REAL, Stage
from guinda.planner.worth import added_chance
from guinda.plays.conditions import Moment
from guinda.plays.facts import EVERY, Kind
from guinda.plays.facts.numbers import DATED, columns
from guinda.plays.models import Run
from guinda.plays.tests.past import NOW, Past, before
from tests.races import at_once

pytestmark = pytest.mark.django_db
S = (("S", "linear"),)
"""One learner is enough where the choice between them is not tried."""


def same(one, other) -> None:
    assert np.array_equal(one.places, other.places)
    for name in DATED:
        words = EVERY[name].kind is Kind.CHOICE
        pair = (one.words[name], other.words[name]) if words else (one.numbers[name], other.numbers[name])
        assert np.array_equal(*pair, equal_nan=not words), name


def test_nothing_that_happened_after_the_moment_changes_what_is_learned_from():
    past = Past()
    clients = [person(1), person(2), company("A", size=40)]
    past.order(clients[0], before(days=90), total_minor=70_000, grade=4)
    past.order(clients[0], before(days=60), total_minor=50_000, late_min=20)
    moments = [Moment(each.pk, before(days=30)) for each in (*clients, clients[0])]
    found = columns(DATED, moments)
    assert found.numbers["delivered_orders"].tolist() == [2, 0, 0, 2]
    assert found.numbers["last_order"].tolist()[0] == -30
    assert np.isnan(found.numbers["last_order"][1]), "never: not known"
    assert found.words["last_fruit"].tolist() == ["cherry", "", "", "cherry"]
    for each in clients:
        by = {"client": each, "by": "x", "at": before(days=1)}
        past.order(each, before(days=20), total_minor=90_000, fruit="raspberry", grade=1, late_min=60)
        Touch.objects.create(key=uuid4(), channel="call", currency="RUB", outcome="agreed", **by)
        Consent.objects.create(purpose="offer", channel="every", given=True, **by)
        Consent.objects.create(purpose="everything", channel="every", given=False, **by)
        Complaint.objects.create(key=str(uuid4()), words="Late", **by)
    Supply.objects.create(
        company=clients[2], what="Lines", monthly_minor=10_000, ends_date=NOW.date() + 40 * DAY
    )
    Client.objects.filter(pk=clients[1].pk).update(email="b@example.org")
    same(columns(DATED, moments), found)
    later = columns(DATED, [Moment(clients[0].pk, NOW)])
    assert later.numbers["delivered_orders"].tolist() == [3], "and what happened before it is seen"


def test_of_a_play_first_runs_count_whose_time_is_over_and_of_the_chance_that_was_given():
    stage = Stage()
    stage.runs([NOW - 30 * DAY, NOW - 20 * DAY, NOW - 10 * DAY, NOW - DAY], [0, 1, 0, 0], [1, 0, 0, 1])
    first = Run.objects.order_by("entered_at").first()
    again = {
        "entered_at": NOW - 15 * DAY,
        "deadline_at": NOW - 8 * DAY,
        "entry_key": "again",
        "goal_at": None,
    }
    facts = {each.attname: getattr(first, each.attname) for each in Run._meta.fields if each.name != "id"}
    Run.objects.create(**facts | again)
    found = throws_of("play:wave", now=NOW)
    assert (found.treated.tolist(), found.came.tolist(), found.chance.tolist()) == (
        [True, False, True],
        [1, 0, 0],
        [0.5] * 3,
    )
    assert subjects(now=NOW) == ["play:wave"]
    assert len(throws_of("play:none", now=NOW)) == len(throws_of("tool:none", now=NOW)) == 0


def test_a_trial_is_reached_by_a_yes_or_an_order_in_time_and_by_nothing_else():
    past, gift = Past(), tool(currency="RUB")
    facts = {"date": NOW.date(), "currency": "RUB", "asked": {}, "seed": 1, "asked_by": "x", "asked_at": NOW}
    was = {**facts, "state": "replaced", "kept_at": NOW}
    plan, looked_at = Plan.objects.create(key=uuid4(), **was), Plan.objects.create(key=uuid4(), **facts)
    clients = [person(number) for number in range(1, 9)]
    start, end = before(days=20), before(days=6)
    for number, each in enumerate(clients):
        Trial.objects.create(
            plan=plan, client=each, tool=gift, at=start, treated=number % 2 == 0, chance=0.5, until_at=end
        )
    past.order(clients[0], before(days=10))
    past.order(clients[1], before(days=10), state="cancelled")
    past.order(clients[2], before(days=5))
    past.order(clients[3], before(days=21))
    _offered(clients[4], gift, "accepted", before(days=12))
    _offered(clients[5], gift, "declined", before(days=12))
    past.order(clients[6], before(days=7))
    _offered(clients[6], gift, "accepted", before(days=12))
    again = Plan.objects.create(key=uuid4(), **was)
    never = {"plan": looked_at, "tool": gift, "chance": 0.5, "until_at": end}
    Trial.objects.create(client=person(9), at=start, treated=True, **never)
    Trial.objects.create(
        plan=again, client=clients[1], tool=gift, at=before(days=11), treated=True, chance=0.5, until_at=end
    )
    assert note_reached(now=before(days=11)) == 2, "not before it came"
    assert note_reached(now=NOW) == 0, "a look a minute takes those whose time was not over two days ago"
    assert note_reached(now=NOW, since=EVER) == 1
    assert note_reached(now=NOW, since=EVER) == 0
    lapsed = Order.objects.filter(client=clients[0])
    for state in ("expired", "delivered"):
        lapsed.update(state=state)
        assert note_reached(now=NOW, since=EVER) == 1, "a yes that was called off is none"
    reached = dict(Trial.objects.exclude(reached_at=None).values_list("client_id", "reached_at"))
    assert reached == {
        clients[0].pk: before(days=10),
        clients[4].pk: before(days=12),
        clients[6].pk: before(days=12),
    }
    found = throws_of(f"tool:{gift.slug}", now=NOW)
    assert len(found) == 8, "each client's first"
    assert found.came.sum() == 3
    assert throws_of(f"tool:{gift.slug}", now=before(days=7)).clients.tolist() == []
    Client.objects.filter(pk=clients[0].pk).update(phone=None, erased_at=NOW)
    assert columns(DATED, found.moments).places.tolist() == list(range(1, 8)), "who was erased has no row"


def _offered(client, of, state: str, at) -> None:
    said = {"objection": "price"} if state == "declined" else {}
    times = dict.fromkeys(("drafted_at", "approved_at", "presented_at"), before(days=30)) | {
        "ended_at": at,
        "until_at": NOW,
    }
    facts = {
        "client": client,
        "tool": of,
        "state": state,
        "seller": seller(),
        "language": "en",
        "currency": "RUB",
    }
    Offer.objects.create(key=uuid4(), code=uuid4().hex, drafted_by="x", **facts, **times, **said)


def test_few_data_give_the_mean_drawn_to_what_is_assumed_and_say_so(settings):
    settings.ASSUMED_ADDED_PERCENT = 2.0
    with pytest.raises(Refusal, match="nothing_to_learn_from"):
        learn_uplift("play:wave", now=NOW, by="x")
    stage = Stage()
    stage.moved(300, seed=1)
    made = learn_uplift("play:wave", now=NOW, by="x")
    assert (made.method, made.in_use, made.report["why"], made.number) == ("pooled", True, "few", 1)
    seen = made.report["all"][0]
    found = added_chance("play:wave", [1, 2], now=NOW)
    assert (found.basis, found.learned_id) == (Choice.Basis.POOLED, made.pk)
    assert 0.02 < found.chance[0] == found.chance[1] < seen


def test_a_version_tells_clients_apart_is_kept_as_text_and_gone_back_to(monkeypatch):
    stage = Stage()
    stage.moved(4_000, seed=2)
    made = learn_uplift("play:wave", now=NOW, by="x", ways=(("S", "linear"), ("T", "linear")))
    assert made.in_use
    assert (made.report["why"], made.report["sure"], made.report["beats_unlikeliest"]) == (
        "better",
        True,
        True,
    )
    assert {name for name, _mean, _sd in made.report["tried"]} == {"S linear", "T linear"}
    ids = list(Client.objects.order_by("pk").values_list("pk", flat=True)[:500])
    old = np.array(
        [
            (NOW - each).days > 400
            for each in Client.objects.filter(pk__in=ids).order_by("pk").values_list("since_at", flat=True)
        ]
    )
    found = added_chance("play:wave", ids, now=NOW)
    assert (found.basis, found.learned_id) == (Choice.Basis.LEARNED, made.pk)
    assert found.chance[old].mean() > found.chance[~old].mean() + 0.15
    moments = [Moment(each, NOW) for each in ids]
    assert np.array_equal(predicted(made, moments), found.chance), (
        "as it was learned, and as the database gives it back"
    )

    _hint(stage)
    with monkeypatch.context() as patch:
        patch.setattr("guinda.planner.learning.uplift.DATED", ("delivered_orders",))
        short = learn_uplift("play:wave", now=NOW, by="x", ways=S)
    assert (short.in_use, short.report["sure"], short.report["why"]) == (False, True, "worse"), (
        "by a hint of it alone"
    )
    worse = _undone(stage)
    assert (worse.number, worse.in_use, worse.method, worse.report["why"]) == (3, False, "pooled", "chance")
    assert added_chance("play:wave", ids, now=NOW).learned_id == made.pk
    taken = use(worse.pk, by="anna", now=NOW)
    assert list(Learned.objects.filter(in_use=True)) == [taken]
    with pytest.raises(Refusal, match="in_use_already"):
        use(worse.pk, by="anna", now=NOW)
    use(made.pk, by="anna", now=NOW)
    said = Event.objects.filter(kind="learned.used").order_by("-pk").values_list("ref", "by", "data")
    assert said[0] == (
        f"learned:{made.pk}",
        "anna",
        {"kind": "uplift", "subject": "play:wave", "number": 1, "instead_of": 3},
    )
    assert added_chance("play:wave", ids, now=NOW).learned_id == made.pk
    with pytest.raises(Refusal, match="no_such_version"):
        use(10**9, by="anna", now=NOW)


def _hint(stage: Stage) -> None:
    """An order that those who are moved have had more often."""
    luck = np.random.default_rng(6).random(4_000)
    since = Client.objects.order_by("pk").values_list("since_at", flat=True)
    stage.orders = [
        (number, NOW - 100 * DAY, 50_000)
        for number, at in enumerate(since)
        if luck[number] < (0.7 if at < NOW - 400 * DAY else 0.3)
    ]
    stage.buy()


def _undone(stage: Stage) -> Learned:
    """Learned after outcomes came by chance: no order is left to find."""
    runs = list(Run.objects.order_by("pk"))
    luck = np.random.default_rng(5).random(len(runs)) < 0.3
    for run, came in zip(runs, luck, strict=True):
        run.goal_at = run.entered_at + timedelta(days=1) if came else None
    Run.objects.bulk_update(runs, ["goal_at"], batch_size=1000)
    return learn_uplift("play:wave", now=NOW, by="x", ways=S)


def test_what_a_person_went_back_to_stays_in_use_until_a_person_takes_another():
    Stage().moved(40, seed=3)
    first, second = (learn_uplift("play:wave", now=NOW, by="x") for _each in range(2))
    assert Learned.objects.get(in_use=True) == second
    use(first.pk, by="anna", now=NOW)
    for _night in range(2):
        beside = learn_uplift("play:wave", now=NOW, by="system")
        assert Learned.objects.get(in_use=True) == first
        assert "went back to an older version" in why(beside)
    use(beside.pk, by="anna", now=NOW)
    assert learn_uplift("play:wave", now=NOW, by="system").in_use


@pytest.mark.django_db(transaction=True)
def test_chosen_by_many_at_once_one_is_in_use_and_learned_at_once_none_is_lost():
    Stage().moved(40, seed=3)
    made = at_once([lambda: learn_uplift("play:wave", now=NOW, by="x") for _ in range(4)])
    assert sorted(each.number for each in made) == [1, 2, 3, 4]
    at_once([lambda each=each: use(each.pk, by="x", now=NOW) for each in made * 2])
    assert Learned.objects.filter(in_use=True).count() == 1


@pytest.mark.skipif(not REAL.exists(), reason=f"No trial at {REAL}: set GUINDA_DATA to learn from it.")
def test_a_real_trial_is_learned_from_through_the_book_and_beats_chance_and_the_likeliest():
    stage = Stage()
    stage.hillstrom(12_000)
    made = learn_uplift("play:wave", now=NOW, by="x", ways=S)
    assert made.in_use
    assert made.clients == 12_000
    assert "last_fruit" in made.facts
    assert made.report["sure"]
    learned, likeliest = (made.report["qini"][name][0] for name in ("learned", "likeliest"))
    assert learned > 0.03
    assert learned > likeliest
