"""A play's step at a panel is said once, to its client only, and is done by being said."""

from __future__ import annotations

import pytest

from guinda.panels import greeting as panels
from guinda.plays.greeting import greet
from guinda.plays.models import Play, Run
from guinda.plays.tests.cast import NOW, WAVED, city, go, happens, on, people, step, trail, written
from tests.races import at_once

WELCOME = step(
    "welcome",
    'shown = "end"',
    who="panel",
    more='message = {en = "Good to see you[, {name}]!", es = "Hola[, {name}].", ru = "Рады вам[, {name}]!"}',
)


@pytest.fixture
def stage(transactional_db):
    city()
    on(written(WELCOME))


def test_it_is_said_once_in_the_language_of_the_panel_and_is_done(stage):
    her, other = people(2)
    happens(WAVED, [her])
    go(NOW)
    assert panels.greet(other.pk, language="en", now=NOW) == ""
    assert panels.greet(her.pk, language="ru", now=NOW) == "Рады вам, Anna 0!"
    assert trail(Run.objects.get()) == [("welcome", "shown")]
    assert panels.greet(her.pk, language="ru", now=NOW) == ""


def test_two_panels_at_once_do_the_step_once(stage):
    (her,) = people(1)
    happens(WAVED, [her])
    go(NOW)
    said = at_once([lambda: greet(her.pk, "en", NOW)] * 4)
    assert set(said) <= {"", "Good to see you, Anna 0!"}
    assert any(said)
    assert trail(Run.objects.get()) == [("welcome", "shown")]


def test_a_paused_play_says_nothing(stage):
    (her,) = people(1)
    happens(WAVED, [her])
    go(NOW)
    Play.objects.update(state=Play.State.PAUSED)
    assert greet(her.pk, "en", NOW) == ""
    assert trail(Run.objects.get()) == []
