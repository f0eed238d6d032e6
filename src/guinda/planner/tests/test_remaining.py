"""What is still to come is learned from orders and stays, used where it errs less than a plain guess, and worth what it says."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guinda.base.refusals import Refusal
from guinda.clients.models import Client, Competitor, Supply
from guinda.clients.tests.book import city, person
from guinda.offers.operator import Setting, bring_in
from guinda.planner.learning import buying
from guinda.planner.learning.buying import learn_people, still_to_spend
from guinda.planner.learning.companies import companies
from guinda.planner.learning.leaving import chances, learn_leaving, learn_staying, months_ahead
from guinda.planner.learning.purchases import bought
from guinda.planner.models import Learned
from guinda.planner.tests.trials import DAY, REAL, Stage
from guinda.planner.worth import rest_minor
from guinda.plays.tests.past import NOW
from guinda.solvers.lifetime import Buying

pytestmark = pytest.mark.django_db
TELCO = REAL.parent / "ibm_telco_churn.csv"


@pytest.fixture(autouse=True)
def _margin(settings):
    settings.MARGIN_PERCENT, settings.REST_MONTHS = 30, 24


def buyers(count: int, weeks: int = 60) -> Stage:
    """People who come at rates of their own, spend as they do, and leave after some purchase."""
    rng, stage = np.random.default_rng(8), Stage()
    start = [NOW - timedelta(weeks=float(each)) for each in rng.uniform(10, weeks, count)]
    stage.runs(start, rng.random(count) < 0.5, rng.random(count) < 0.5)
    usual = rng.gamma(6, 10_000, count)
    for number, first in enumerate(start):
        at, rate = first, rng.gamma(0.8, 0.35)
        while at < NOW:
            stage.orders.append((number, at, int(usual[number] * rng.uniform(0.7, 1.3)) + 1))
            at += timedelta(weeks=float(rng.exponential(1 / max(rate, 0.01)))) + DAY
            if rng.random() < 0.12:
                break
    stage.buy()
    return stage


def _eager(monkeypatch) -> None:
    """Nobody ever leaves, and all come fifty times a week."""
    always = Buying(r=50.0, alpha=1.0, a=0.01, b=5.0, modified=False, log_likelihood=0.0)
    monkeypatch.setattr(buying, "FIT", {"BG/NBD": lambda _of: always})


def test_a_person_is_worth_what_their_rhythm_says_and_a_model_worse_than_the_plain_guess_is_not_used(
    monkeypatch,
):
    with pytest.raises(Refusal, match="nothing_to_learn_from"):
        learn_people(now=NOW, by="x")
    stage = buyers(300)
    made = learn_people(now=NOW, by="x")
    tried = made.report["tried"]
    assert made.in_use
    assert tried[made.report["best"]]["root"] <= tried["plain"]["root"]
    off = {name: abs(each["foretold"] - each["seen"]) for name, each in tried.items()}
    assert off[made.report["best"]] < off["plain"] / 2, "purchases it had not seen"
    _eager(monkeypatch)
    wrong = learn_people(now=NOW, by="x")
    assert (wrong.in_use, wrong.report["why"]) == (False, "plain")
    known = bought(at=NOW)
    told = still_to_spend(Learned.objects.get(pk=made.pk), known, weeks=52)
    gone = (known.of.repeats >= 4) & (known.of.last < known.of.watched / 3)
    here = (known.of.repeats >= 4) & (known.of.last > known.of.watched * 0.9)
    assert told[here].mean() > 3 * told[gone].mean(), "who came often and came no more has left"
    ids = [*known.clients[:50].tolist(), person(1).pk]
    found = rest_minor(ids, now=NOW)
    assert found.learned_ids == (made.pk,)
    assert np.array_equal(
        found.minor[:50],
        np.round(0.3 * still_to_spend(made, bought(at=NOW, among=ids), weeks=24 * 365.25 / 12 / 7)),
    )
    assert found.minor[50] > 0, "who never bought is worth one order of everybody's"
    stage.past.order(Client.objects.get(pk=ids[0]), NOW + DAY)
    assert np.array_equal(rest_minor(ids, now=NOW).minor, found.minor), "nothing of tomorrow is known"


def accounts(count: int) -> None:
    """Those by the month leave at 6 % a month, those bound at 1 %; a third has one more thing."""
    rng, rival = np.random.default_rng(4), Competitor.objects.create(name="Rival")
    bound, entered = rng.random(count) < 0.5, rng.integers(1, 60, count)
    gone_after = rng.geometric(np.where(bound, 0.01, 0.06))
    left = gone_after <= entered
    stay = np.minimum(gone_after, entered)
    clients = Client.objects.bulk_create(
        Client(
            kind="company", name=f"C{number}", since_at=NOW - timedelta(days=30.44 * int(stay[number]) + 1)
        )
        for number in range(count)
    )
    ends = (NOW + 90 * DAY).date()
    rows = [
        (client, what, at)
        for at, client in enumerate(clients)
        for what in ("Plan", "Films")[: 1 + (at % 3 == 0)]
    ]
    Supply.objects.bulk_create(
        Supply(company=client, competitor=rival if left[at] else None, what=what, ends_date=ends if bound[at] else None,
               left_date=NOW.date() if left[at] else None, monthly_minor=10_000 if what == "Plan" else None)
        for client, what, at in rows
    )  # fmt: skip


def test_a_company_is_worth_the_months_it_will_stay_and_the_readier_to_leave_the_less():
    city()
    with pytest.raises(Refusal, match="nothing_to_learn_from"):
        learn_staying(now=NOW, by="x")
    accounts(600)
    stays, leaves = learn_staying(now=NOW, by="x"), learn_leaving(now=NOW, by="x")
    assert (stays.in_use, leaves.in_use, leaves.report["leaks"]) == (True, True, [])
    assert leaves.report["auc"][0] > 0.7
    assert leaves.report["calibration_error"] < 0.06
    known = companies(now=NOW)
    told = chances(Learned.objects.get(pk=leaves.pk), known)
    assert told[~known.bound].mean() > told[known.bound].mean() + 0.2
    months = months_ahead(stays, leaves, known, most=24)
    assert months[known.bound & ~known.left].mean() > months[~known.bound & ~known.left].mean() + 4
    assert 0 < months.min() <= months.max() <= 24
    assert len(set(months[known.left].tolist())) == 1, "who left would come as a new one"
    never = Client.objects.create(kind="company", name="Theirs", since_at=NOW - 400 * DAY)
    Supply.objects.create(
        company=never, competitor=Competitor.objects.get(), what="Plan", monthly_minor=10_000
    )
    assert never.pk not in companies(now=NOW).clients.tolist(), "who never was ours left nobody"
    assert companies(now=NOW, among=[never.pk]).left.tolist() == [True]
    assert rest_minor([never.pk], now=NOW).minor[0] == round(0.3 * 10_000 * months[known.left][0])
    gone = Supply.objects.filter(left_date__isnull=False).order_by("company")
    gone.filter(company=gone[0].company_id).update(left_date=(NOW - 30 * DAY).date())
    (shorter,) = companies(now=NOW).months[companies(now=NOW).clients == gone[0].company_id]
    (before,) = known.months[known.clients == gone[0].company_id]
    assert shorter <= max(0, before - 0.9), "a stay ends with the day they left"
    asked = known.clients[:40].tolist()
    found = rest_minor(asked, now=NOW)
    assert found.learned_ids == (stays.pk, leaves.pk)
    assert np.array_equal(found.minor, np.round(0.3 * 10_000 * months[:40]))
    counts = []
    for some in ([], [1], list(Client.objects.values_list("pk", flat=True))):
        with CaptureQueriesContext(connection) as queries:
            rest_minor(some, now=NOW)
        counts.append(len(queries))
    assert counts == [3, 3, 3], "however many clients are asked about"


@pytest.mark.skipif(not TELCO.exists(), reason=f"No operator at {TELCO}: set GUINDA_DATA to learn from it.")
def test_who_leaves_a_real_operator_is_learned_through_the_book():
    here = city()
    bring_in(
        TELCO,
        setting=Setting(city=here, competitors=("A", "B"), territories={"North": None}, times=Decimal(1)),
        by="x",
        now=NOW,
    )
    stays, leaves = learn_staying(now=NOW, by="x"), learn_leaving(now=NOW, by="x")
    assert stays.in_use
    assert leaves.in_use
    assert leaves.clients == 7_043
    assert leaves.report["auc"][0] > 0.83
    assert leaves.report["calibration_error"] < 0.02
    assert leaves.report["left"] == 1_869
