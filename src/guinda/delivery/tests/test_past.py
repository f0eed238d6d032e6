"""Old rounds and reasons go, by set and in bounded pieces; what is younger and what happened stay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guinda.delivery import dispatcher, past
from guinda.delivery.models import Reason, Round, Task
from guinda.delivery.past import KEPT_DAYS, forget_past
from guinda.delivery.tests.world import NOW, World

LATER = NOW + timedelta(days=KEPT_DAYS)


@pytest.fixture
def planned(world: World) -> Task:
    world.courier("Anna")
    task = world.task()
    dispatcher.plan_all(now=NOW)
    assert (Round.objects.count(), Reason.objects.count()) == (1, 1)
    return task


def test_they_are_kept_for_their_days_and_not_longer(planned):
    assert forget_past(now=LATER) == 0
    assert (Round.objects.count(), Reason.objects.count()) == (1, 1)
    assert forget_past(now=LATER + timedelta(seconds=1)) == 2
    assert (Round.objects.count(), Reason.objects.count()) == (0, 0)
    assert Task.objects.get().pk == planned.pk


def test_many_go_in_pieces_with_two_statements_each(planned, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(past, "MOST", 4)
    [first] = Round.objects.all()
    for seconds in range(1, 7):
        first.pk, first.at = None, NOW + timedelta(seconds=seconds)
        first.save()
    later = LATER + timedelta(seconds=6)  # the seventh round is not old yet
    for gone in (5, 2, 0):
        with django_assert_num_queries(2):
            assert forget_past(now=later) == gone
    assert Round.objects.get().at == NOW + timedelta(seconds=6)
