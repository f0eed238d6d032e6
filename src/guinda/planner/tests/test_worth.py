"""What is left of a client's life is told in the city's money, from what is known at the moment, in one query for everybody."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guinda.clients.models import Competitor, Supply
from guinda.clients.tests.book import company, person
from guinda.planner.models import Choice
from guinda.planner.worth import added_chance, rest_minor
from guinda.plays.tests.past import NOW, Past, before

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _margin(settings):
    settings.MARGIN_PERCENT, settings.REST_MONTHS, settings.ASSUMED_ADDED_PERCENT = 30, 24, 2.0


def test_without_anything_learned_it_says_what_is_paid_now_and_calls_the_rest_an_assumption():
    past = Past()
    people = [person(n, phone=f"+7916000000{n}") for n in range(4)]
    for client, days, total_minor in ((0, 10, 40_000), (0, 100, 60_000), (1, 300, 80_000)):
        past.order(people[client], before(days=days), total_minor=total_minor)
    past.order(people[0], before(days=-1), total_minor=900_000)
    past.order(people[0], before(days=1), total_minor=900_000, currency="EUR")
    ours, theirs, nothing = (company(name) for name in ("A", "B", "C"))
    rival = Competitor.objects.create(name="Rival")
    Supply.objects.create(company=ours, what="Lines", monthly_minor=10_000)
    Supply.objects.create(company=ours, what="More", competitor=rival, monthly_minor=90_000)
    Supply.objects.create(company=theirs, what="Lines", competitor=rival, monthly_minor=5_000)
    people[3].erased_at, people[3].phone, people[3].name = NOW, None, ""
    people[3].save()
    ids = [each.pk for each in (*people, ours, theirs, nothing)]
    found = rest_minor([*ids, ids[0], 10**9], now=NOW)
    lately, own, usual = 0.3 * 100_000, 0.3 * 80_000, 0.3 * 50_000
    assert found.minor.tolist() == [
        lately,
        own,
        usual,
        0,
        0.3 * 12 * 10_000,
        0.3 * 12 * 5_000,
        0,
        lately,
        0,
    ]
    assert found.learned_ids == ()
    added = added_chance("tool:rebate", ids, now=NOW)
    assert (added.basis, added.learned_id) == (Choice.Basis.ASSUMED, None)
    assert np.allclose(added.chance, 0.02)
    assert len(added.chance) == len(ids)


def test_a_thousand_clients_are_asked_about_in_as_many_queries_as_one():
    Past()
    counts = []
    for ids in ([1], list(range(1, 1000)), []):
        with CaptureQueriesContext(connection) as asked:
            rest_minor(ids, now=NOW)
            added_chance("play:wave", ids, now=NOW)
        counts.append(len(asked))
    assert len(set(counts)) == 1
