"""The dispatcher's board: for whom it is, what it says, what it costs, and what may be said on it."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from guinda.base import clock
from guinda.delivery import dispatcher, rulings, services
from guinda.delivery.board_queries import boards
from guinda.delivery.models import Ruling, Shift, Task
from guinda.delivery.tests.world import FAR, NOW, World, after, order_of

BOARD = "/dispatch/moscow/"


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def staff(*may: str, **facts) -> Client:
    user = User.objects.create_user(f"vera{User.objects.count()}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    client = Client(**facts)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def dispatcher_s(**facts) -> Client:
    return staff("view_task", "rule_task", **facts)


def said_at(task: Task) -> str:
    return f"{BOARD}tasks/{task.pk}/"


def say(client: Client, task: Task, kind: str, courier) -> object:
    return client.post(f"{said_at(task)}rulings/", {"kind": kind, "courier": courier})


def test_it_shows_couriers_bags_and_words(world: World):
    anna, boris = world.courier("Anna"), world.courier("Boris", at=FAR)
    world.courier("Clara", on_duty=False)
    task, waiting = world.assigned(anna), world.task()
    rulings.pin(task_id=task.pk, courier=anna, by="staff:vera", now=NOW)
    rulings.forbid(task_id=waiting.pk, courier=boris, by="staff:vera", now=NOW)
    Shift.objects.filter(courier=boris).update(seen_at=after(seconds=-301))
    state = dispatcher_s().get(f"{BOARD}state/").json()
    assert [(each["name"], each["silent"]) for each in state["couriers"]] == [
        ("Anna", False),
        ("Boris", True),
    ]
    first, second = sorted(state["tasks"], key=lambda each: each["id"])
    assert (first["courier"], first["pinned"], first["forbidden"], first["state"]) == (
        anna.pk,
        True,
        False,
        "assigned",
    )
    assert (second["courier"], second["pinned"], second["forbidden"]) == (None, False, True)
    assert first["code"] == order_of(task).spoken_code
    assert first["promised_s"] == int(task.promised_at.timestamp())
    page = dispatcher_s().get(BOARD)
    assert (
        json.loads(page.content.decode().split('id="board-state" type="application/json">')[1].split("<")[0])[
            "tasks"
        ]
        == state["tasks"]
    )


def test_the_board_asks_as_much_for_six_bags_as_for_one(world: World, django_assert_num_queries):
    client = dispatcher_s()
    for name, bags in (("Anna", 1), ("Boris", 6)):
        courier = world.courier(name)
        for _ in range(bags):
            rulings.pin(task_id=world.assigned(courier).pk, courier=courier, by="staff:x", now=NOW)
        with django_assert_num_queries(3):
            boards(city_ids=["moscow"], now=NOW)
        with django_assert_num_queries(
            8
        ):  # session, account, two for permissions, city; couriers, words, bags
            assert client.get(f"{BOARD}state/").status_code == 200


def test_a_bag_costs_as_much_with_ten_words_as_with_one(world: World, django_assert_num_queries):
    anna = world.courier("Anna")
    task = world.task()
    dispatcher.plan_all(now=NOW)
    client = dispatcher_s()
    for _ in range(2):
        for _ in range(5):
            rulings.undo(ruling=rulings.pin(task_id=task.pk, courier=anna, by="x", now=NOW), by="y", now=NOW)
        with django_assert_num_queries(8):  # session, account, permissions; bag, words, reason, couriers
            assert client.get(said_at(task)).status_code == 200


def test_a_bag_says_why_and_who_was_second_best(world: World):
    world.courier("Anna")
    world.courier("Boris", at=FAR)
    task = world.task()
    client = dispatcher_s()
    page = client.get(said_at(task)).content.decode()
    assert "Nobody has this bag" in page
    assert "the planner looks at it in a moment" in page
    dispatcher.plan_all(now=after(seconds=1))
    page = client.get(said_at(task)).content.decode()
    assert "Why Anna?" in page
    assert "The second best, Boris, would have cost" in page
    assert "The courier’s riding" in page


def test_a_bag_that_nobody_can_take_says_so_once_the_planner_has_looked(world: World):
    anna = world.courier("Anna")
    task = world.task()
    rulings.forbid(task_id=task.pk, courier=anna, by="staff:x", now=NOW)
    dispatcher.plan_all(now=after(seconds=1))
    assert "Nobody on duty can take it now" in dispatcher_s().get(said_at(task)).content.decode()


def test_a_pinned_bag_does_not_say_that_nobody_else_could_take_it(world: World):
    anna = world.courier("Anna")
    world.courier("Boris")
    task = world.task()
    rulings.pin(task_id=task.pk, courier=anna, by="staff:x", now=NOW)
    dispatcher.plan_all(now=after(seconds=1))
    page = dispatcher_s().get(said_at(task)).content.decode()
    assert "It is pinned to them" in page
    assert "Nobody else" not in page


def test_pin_and_undo_by_a_person_with_their_name(world: World):
    anna = world.courier("Anna")
    task = world.task()
    client = dispatcher_s()
    page = say(client, task, "pin", anna.pk)
    assert page.status_code == 200
    assert "Anna must bring it" in page.content.decode()
    [pin] = Ruling.objects.all()
    assert pin.by.startswith("staff:vera")
    page = client.post(f"{BOARD}rulings/{pin.pk}/undo/")
    assert "undone by staff:vera" in page.content.decode()
    assert not Ruling.objects.filter(undone_at=None).exists()


@pytest.mark.parametrize("courier", ["", "0", "x", "99999999", "9" * 40, "-1"])
def test_nonsense_is_refused_with_a_sentence(world: World, courier):
    world.courier("Anna")
    task = world.task()
    client = dispatcher_s()
    page = say(client, task, "pin", courier)
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert say(client, task, "dance", courier).status_code == 422
    assert not Ruling.objects.exists()


def test_what_cannot_be_done_is_said_on_the_page(world: World):
    anna, off = world.courier("Anna"), world.courier("Boris", on_duty=False)
    task = world.assigned(anna)
    client = dispatcher_s()
    page = say(client, task, "pin", off.pk)
    assert page.status_code == 422
    assert "off duty" in page.content.decode()
    services.picked_up(courier=anna, task=services.task_of(courier=anna, task_id=task.pk), now=NOW)
    assert say(client, task, "forbid", anna.pk).status_code == 409
    page = client.get(said_at(task)).content.decode()
    assert "it stays with its courier" in page
    assert "<select" not in page


def test_who_may_look_may_not_say(world: World):
    anna = world.courier("Anna")
    task = world.task()
    client = staff("view_task")
    page = client.get(said_at(task))
    assert page.status_code == 200
    assert "data-bag-form" not in page.content.decode()
    assert say(client, task, "pin", anna.pk).status_code == 403
    pin = rulings.pin(task_id=task.pk, courier=anna, by="staff:x", now=NOW)
    assert client.post(f"{BOARD}rulings/{pin.pk}/undo/").status_code == 403
    assert Ruling.objects.get().undone_at is None


def test_strangers_couriers_and_other_cities_are_turned_away(world: World):
    anna = world.courier("Anna")
    task = world.task()
    pages = [reverse("boards"), BOARD, f"{BOARD}state/", f"{BOARD}live/", said_at(task)]
    courier = Client()
    courier.force_login(anna.user, backend="django.contrib.auth.backends.ModelBackend")
    for page in pages:
        assert Client().get(page)["Location"].startswith(reverse("account_login"))
        assert courier.get(page).status_code == 403
    client = dispatcher_s()
    assert client.get("/dispatch/kazan/").status_code == 404
    assert client.get(f"/dispatch/kazan/tasks/{task.pk}/").status_code == 404
    assert client.post(f"/dispatch/kazan/tasks/{task.pk}/rulings/").status_code == 404
    assert client.get(f"{BOARD}tasks/{task.pk + 99}/").status_code == 404
    assert client.get(f"{said_at(task)}rulings/").status_code == 405
    assert client.get(reverse("boards")).context["city"] == world.city


def test_words_need_the_csrf_token(world: World):
    anna = world.courier("Anna")
    task = world.task()
    assert say(dispatcher_s(enforce_csrf_checks=True), task, "pin", anna.pk).status_code == 403
    assert not Ruling.objects.exists()


@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_it_opens_in_three_languages_and_is_not_kept(world: World, language):
    page = dispatcher_s().get(BOARD, headers={"accept-language": language})
    assert f'<html lang="{language}"' in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert b"style=" not in page.content
