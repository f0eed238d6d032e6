"""By night each subject is learned once by one worker, where there is news; what moved is said, and what did not is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.translation import override

from guinda.clients.models import Client, Competitor, Supply
from guinda.planner.learning import nightly, uplift, words
from guinda.planner.learning.drifting import look
from guinda.planner.learning.nightly import learn_nightly
from guinda.planner.learning.uplift import learn_uplift
from guinda.planner.models import Learned
from guinda.planner.tests.test_remaining import accounts
from guinda.planner.tests.trials import DAY, Stage
from guinda.plays.tests.past import NOW
from tests.races import at_once

S = (("S", "linear"),)
WEEK = timedelta(days=7)


@pytest.mark.django_db(transaction=True)
def test_many_workers_learn_a_night_once_and_again_only_with_news(monkeypatch):
    stage = Stage()
    stage.moved(200, seed=1)
    done = at_once([lambda: learn_nightly(now=NOW)] * 4)
    assert sum(done) == 1, "the play; of people and companies there is nothing to learn from"
    assert learn_nightly(now=NOW + timedelta(hours=1)) == 0
    assert learn_nightly(now=NOW + DAY) == 0, "no news"
    stage.moved(30, seed=2)
    assert learn_nightly(now=NOW + 2 * DAY) == 1, "a tenth more clients"
    assert list(Learned.objects.values_list("number", "in_use").order_by("number")) == [(1, False), (2, True)]

    def fails(*_args, **_facts):
        raise RuntimeError

    stage.moved(100, seed=3)
    monkeypatch.setattr(nightly, "throws_of", fails)
    assert learn_nightly(now=NOW + 3 * DAY) == 0, "what fails is left until the next night"
    monkeypatch.undo()
    assert learn_nightly(now=NOW + 4 * DAY) == 1


@pytest.mark.django_db
def test_clients_too_many_to_learn_from_are_no_news_every_night(monkeypatch):
    stage = Stage()
    stage.moved(200, seed=1)
    monkeypatch.setattr(uplift, "CLIENTS_MOST", 100)
    assert learn_nightly(now=NOW) == 1
    assert Learned.objects.get().clients == 100
    assert learn_nightly(now=NOW + DAY) == 0, "twice as many as were learned from, and none of them new"


@pytest.mark.django_db
def test_a_week_that_went_otherwise_and_clients_of_another_kind_are_told_of_in_words():
    stage = Stage()
    stage.moved(3_000, seed=2, at=NOW - 60 * DAY)
    made = learn_uplift("play:wave", now=NOW - 30 * DAY, by="x", ways=S)
    assert list(words.moved(made)) == []
    stage.moved(600, seed=3, at=NOW - 20 * DAY)
    assert look(made, now=NOW)
    with override("en"):
        assert list(words.moved(Learned.objects.get())) == ["Nothing has moved since it was learned."]
    assert not look(made, now=NOW + 6 * DAY), "once a week"
    stage.moved(600, seed=4, at=NOW - 10 * DAY, moves=-0.15)
    Client.objects.filter(runs__entered_at__gte=NOW - 11 * DAY).update(since_at=NOW - 3000 * DAY)
    assert look(made, now=NOW + WEEK)
    with override("en"):
        clients, week = words.moved(Learned.objects.get())
    assert "client since" in clients
    assert "was seen where" in week
    assert "more than chance does" in week
    assert look(made, now=NOW + 2 * WEEK)


@pytest.mark.django_db
def test_companies_that_leave_in_other_numbers_are_told_of():
    Stage()
    accounts(600)
    assert learn_nightly(now=NOW) == 2, "how long they stay, and who leaves"
    leaves = Learned.objects.get(kind="churn")
    assert leaves.drift == {}
    learn_nightly(now=NOW + DAY)
    leaves.refresh_from_db()
    assert [week["moved"] for week in leaves.drift["weeks"]] == [False]
    gone = Client.objects.filter(supplies__competitor=None).distinct()[:150]
    Supply.objects.filter(company__in=[each.pk for each in gone]).update(
        competitor=Competitor.objects.get(), left_date=NOW.date()
    )
    learn_nightly(now=NOW + DAY + WEEK)
    leaves.refresh_from_db()
    assert [week["moved"] for week in leaves.drift["weeks"]] == [False, True]
    assert Learned.objects.filter(kind="churn").count() == 2, "and learned anew after a week"
