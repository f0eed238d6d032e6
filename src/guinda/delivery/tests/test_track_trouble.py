"""When nobody brings the bag just now, the client's page says so, and names no time that rests on nothing."""

from __future__ import annotations

import pytest

from guinda.delivery import dispatcher
from guinda.delivery.models import Courier, Shift, Task
from guinda.delivery.tests.track_world import _promiser, at, city  # noqa: F401 - fixtures
from guinda.delivery.track_queries import standings

GUESS = {"en": "only our last guess", "es": "nuestra última estimación", "ru": "последнее предположение"}
NO_TIME = {"en": "can’t name a time", "es": "no podemos decir una hora", "ru": "не можем назвать время"}
NOBODY = {
    "en": "no courier is free yet",
    "es": "ningún repartidor libre",
    "ru": "свободного курьера пока нет",
}


def page_of(client, order, language="en") -> str:
    return client.get(f"/track/{order.code}/", headers={"accept-language": language}).content.decode()


def standing_of(order, now):
    return standings(codes=[order.code], now=now)[order.code]


@pytest.mark.parametrize("language", GUESS)
def test_a_silent_courier_s_time_is_called_a_guess_and_then_nothing(client, city, at, language):
    order = city.riding()
    at(minutes=4)
    assert GUESS[language] not in page_of(client, order, language)
    now = at(minutes=6)
    said = standing_of(order, now)
    assert (said.trouble, said.known, said.heard, said.lat) == ("silent", True, "12:00", None)
    assert GUESS[language] in page_of(client, order, language)
    now = at(minutes=40)
    page = page_of(client, order, language)
    assert NO_TIME[language] in page
    assert "data-minutes" not in page, "no minutes that nobody can keep"
    assert not standing_of(order, now).known


def test_heard_again_the_page_shows_the_courier_and_a_time(client, city, at):
    order = city.riding()
    now = at(minutes=40)
    Shift.objects.filter(ended_at=None).update(seen_at=now)
    said = standing_of(order, now)
    assert (said.trouble, said.known, said.late, said.lat) == ("", True, True, 55.7595)
    assert "on the way to you" in page_of(client, order)


@pytest.mark.parametrize("language", NOBODY)
def test_a_bag_that_was_taken_from_a_silent_courier_waits_for_another(client, city, at, language):
    order = city.assigned()
    dispatcher.forget()
    now = at(minutes=6)
    dispatcher.plan_all(now=now)
    assert Task.objects.get().state == "waiting", "five silent minutes lose a bag that was not picked up"
    said = standing_of(order, now)
    assert (said.trouble, said.known, said.courier) == ("nobody", True, "")
    page = page_of(client, order, language)
    assert NOBODY[language] in page
    assert "Vera" not in page
    assert not standing_of(order, at(minutes=31)).known
    assert NOBODY[language] in page_of(client, order, language)
    other = Courier.objects.create(
        user=city.courier.user.__class__.objects.create_user("boris"), name="Boris", city=city.world.city,
        home_store=city.world.store,
    )  # fmt: skip
    city.shift.pk = None
    city.shift.courier, city.shift.seen_at = other, at(minutes=32)
    city.shift.save()
    dispatcher.plan_all(now=at(minutes=32))
    assert standing_of(order, at(minutes=32)).trouble == ""
    assert "Boris" in page_of(client, order, language)


def test_a_bag_that_is_not_ready_yet_is_in_no_trouble(city, at):
    order = city.assigned()
    Task.objects.update(state="waiting", courier=None, ready_at=at(minutes=3))
    assert standing_of(order, at(minutes=2)).trouble == ""
    assert standing_of(order, at(minutes=3)).trouble == "nobody"
