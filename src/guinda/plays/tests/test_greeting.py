"""A play's step at a panel is said to its client only, and done once by what they do with it."""

from __future__ import annotations

import pytest

from guinda.panels import greeting as panels
from guinda.plays.models import Play, Run
from guinda.plays.tests.cast import NOW, WAVED, city, go, happens, on, people, step, trail, written
from tests.races import at_once

TOLD = 'message = {en = "Good to see you[, {name}]!", es = "Hola[, {name}].", ru = "Рады вам[, {name}]!"}'
WELCOME = step("welcome", 'taken = "end", declined = "end"', who="panel", more=TOLD)


@pytest.fixture
def her(transactional_db):
    city()
    on(written(WELCOME))
    (she,) = people(1)
    happens(WAVED, [she])
    go(NOW)
    return she


def test_it_is_said_in_the_language_of_the_panel_until_it_is_answered(her):
    (other,) = people(1, since=5)
    assert panels.greet(other.pk, language="en", now=NOW) is None
    for _again in range(2):
        assert panels.greet(her.pk, language="ru", now=NOW) == ("Рады вам, Anna 0!", "")
    panels.answered(other.pk, taken=True, now=NOW)
    assert trail(Run.objects.get()) == []
    panels.answered(her.pk, taken=False, now=NOW)
    panels.answered(her.pk, taken=True, now=NOW)
    assert trail(Run.objects.get()) == [("welcome", "declined")]
    assert panels.greet(her.pk, language="ru", now=NOW) is None


def test_two_panels_at_once_do_the_step_once(her):
    at_once([lambda: panels.answered(her.pk, taken=True, now=NOW)] * 4)
    assert trail(Run.objects.get()) == [("welcome", "taken")]


def test_a_paused_play_says_nothing_and_does_nothing(her):
    Play.objects.update(state=Play.State.PAUSED)
    assert panels.greet(her.pk, language="en", now=NOW) is None
    panels.answered(her.pk, taken=True, now=NOW)
    assert trail(Run.objects.get()) == []
