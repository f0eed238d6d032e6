from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from guinda.base import clock
from guinda.delivery import services
from guinda.delivery.models import Courier, Shift, Tap, Task
from guinda.delivery.tests.world import CENTRE, FAR, NOW, World, after, order_of
from guinda.orders.services import cancel

DAY, TAPS, PLACE = "/api/courier/day", "/api/courier/taps", "/api/courier/place"


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def signed_in(courier: Courier, **facts) -> Client:
    client = Client(**facts)
    client.force_login(courier.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(client: Client, path: str, body):
    raw = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post(path, raw, content_type="application/json")


def pressed(kind: str, task: Task | None = None, **facts):
    return {"key": str(uuid4()), "kind": kind, **({"task_id": task.pk} if task else {}), **facts}


def test_the_day_of_a_courier(world: World):
    anna = world.courier("Anna")
    task = world.assigned(anna, door=FAR)
    day = signed_in(anna).get(DAY).json()
    assert day["courier"] == {"name": "Anna", "mode": "bicycle"}
    assert (day["shift"]["started_text"], day["shift"]["ends_text"], day["delivered"]) == (
        "15:00",
        "23:00",
        0,
    )  # Moscow's clocks
    [bag] = day["tasks"]
    order = order_of(task)
    assert bag["store"] == {
        "name": order.store.name,
        "street": order.store.street,
        "lat": order.store.lat,
        "lon": order.store.lon,
    }
    assert bag["door"] == {
        "street": "Tverskaya 1",
        "flat": "7",
        "note": "Blue door",
        "lat": FAR.lat,
        "lon": FAR.lon,
    }
    assert (bag["id"], bag["state"], bag["phone"]) == (task.pk, "assigned", "+74951234567")
    assert (bag["weight_text"], bag["lines"]) == ("1 kg", [{"variety": "Rainier", "weight_text": "1 kg"}])
    assert "900" in bag["cash_text"]
    assert bag["expected_text"] == "15:20"
    assert bag["minutes_left"] == (task.promised_at - NOW).total_seconds() // 60
    assert order.spoken_code not in json.dumps(day)  # the client tells it, nobody else


def test_the_day_asks_as_much_for_six_bags_as_for_one(world: World, django_assert_num_queries):
    for name, bags in (("Anna", 1), ("Boris", 6)):
        courier = world.courier(name)
        for _ in range(bags):
            world.assigned(courier)
        client = signed_in(courier)
        with django_assert_num_queries(
            9
        ):  # session, account, courier; shift, delivered, tasks, lines, payments, packed
            assert len(client.get(DAY).json()["tasks"]) == bags


def test_bags_come_in_the_order_of_what_is_to_be_done_next(world: World):
    anna = world.courier("Anna")
    carried, now_here, later = (world.assigned(anna) for _ in range(3))
    Task.objects.filter(pk=carried.pk).update(expected_at=after(minutes=9))
    Task.objects.filter(pk=now_here.pk).update(leaves_at=after(minutes=1), expected_at=after(minutes=14))
    Task.objects.filter(pk=later.pk).update(leaves_at=after(minutes=20), expected_at=after(minutes=30))
    services.picked_up(courier=anna, task=services.task_of(courier=anna, task_id=carried.pk), now=NOW)
    assert [bag["id"] for bag in signed_in(anna).get(DAY).json()["tasks"]] == [
        now_here.pk,
        carried.pk,
        later.pk,
    ]


def test_nobody_sees_anothers_bags_and_a_cancelled_one_is_gone_at_once(world: World):
    anna, boris = world.courier("Anna"), world.courier("Boris")
    task = world.assigned(anna)
    assert signed_in(boris).get(DAY).json()["tasks"] == []
    cancel(order=order_of(task), reason="", by="client", now=NOW)
    assert signed_in(anna).get(DAY).json()["tasks"] == []


def test_a_day_tapped_through(world: World):
    anna = world.courier("Anna", on_duty=False)
    world.courier("Boris")
    client, task = signed_in(anna), world.assigned(anna)
    wrong = "0000" if order_of(task).spoken_code != "0000" else "1111"
    taps = [
        pressed("start_shift", lat=CENTRE.lat, lon=CENTRE.lon, tapped_at="2026-07-01T11:59:00Z"),
        pressed("picked_up", task),
        pressed("delivered", task, spoken_code=wrong),
        pressed("delivered", task, spoken_code=order_of(task).spoken_code),
        pressed("end_shift"),
    ]
    answers = post(client, TAPS, {"taps": taps}).json()["taps"]
    assert [answer["key"] for answer in answers] == [each["key"] for each in taps]
    assert [answer["ok"] for answer in answers] == [True, True, False, True, True]
    assert answers[2]["code"] == "wrong_code"
    assert answers[2]["sentence"]
    assert (
        post(client, TAPS, {"taps": taps}).json()["taps"] == answers
    )  # the answer was lost: sent again, counted once
    assert Tap.objects.count() == 5
    assert (order_of(task).state, Shift.objects.filter(courier=anna).count()) == ("delivered", 1)
    assert Tap.objects.get(kind="start_shift").tapped_at == after(minutes=-1)


def test_a_refusal_is_said_in_the_courier_s_language(world: World):
    anna = world.courier("Anna")
    client = signed_in(anna, headers={"accept-language": "ru"})
    assert client.get(DAY).status_code == 200
    answers = post(client, TAPS, {"taps": [pressed("picked_up")]}).json()["taps"]
    assert answers[0]["code"] == "no_task"


def test_the_place_is_kept(world: World):
    anna = world.courier("Anna")
    Shift.objects.update(seen_at=after(minutes=-4))
    assert post(signed_in(anna), PLACE, {"lat": 55.7, "lon": 37.6}).status_code == 204
    assert (Shift.objects.get().lat, Shift.objects.get().seen_at) == (55.7, NOW)
    assert post(signed_in(anna), PLACE, {}).status_code == 204
    assert Shift.objects.get().lat == 55.7


KEY = "6f1ed3f4-0000-4000-8000-000000000149"
BAD_TAPS = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\x00",
    b'"x"',
    {},
    {"taps": []},
    {"taps": None},
    {"taps": [1]},
    {"taps": {}, "more": 1},
    {"taps": [{"key": "x", "kind": "end_shift"}]},
    {"taps": [{"key": KEY, "kind": "dance"}]},
    {"taps": [{"key": KEY, "kind": "end_shift", "surprise": 1}]},
    {"taps": [{"key": KEY, "kind": "picked_up", "task_id": 0}]},
    {"taps": [{"key": KEY, "kind": "picked_up", "task_id": 2**63}]},
    {"taps": [{"key": KEY, "kind": "picked_up", "task_id": "1"}]},
    {"taps": [{"key": KEY, "kind": "delivered", "task_id": 1, "note": "a\x00b"}]},
    {"taps": [{"key": KEY, "kind": "delivered", "task_id": 1, "note": "a" * 201}]},
    {"taps": [{"key": KEY, "kind": "delivered", "task_id": 1, "spoken_code": "12345"}]},
    {"taps": [{"key": KEY, "kind": "delivered", "task_id": 1, "spoken_code": "١٢٣٤"}]},
    {"taps": [{"key": KEY, "kind": "delivered", "task_id": 1, "spoken_code": "123\n"}]},
    {"taps": [{"key": KEY, "kind": "end_shift", "lat": 1}]},
    {"taps": [{"key": KEY, "kind": "end_shift", "tapped_at": "2026-07-01T12:00:00"}]},
    {"taps": [{"key": KEY, "kind": "end_shift", "tapped_at": "9999-12-31T23:59:59-14:00"}]},
    {"taps": [{"key": KEY, "kind": "end_shift", "tapped_at": -1e300}]},
    b'{"taps": [{"key": "%s", "kind": "end_shift", "lat": NaN, "lon": 1}]}' % KEY.encode(),
    {
        "taps": [
            {"key": f"6f1ed3f4-0000-4000-8000-{number:012d}", "kind": "end_shift"} for number in range(51)
        ]
    },
]


@pytest.mark.parametrize("body", BAD_TAPS, ids=lambda body: str(body)[:60])
def test_a_malformed_tap_changes_nothing_and_is_a_clear_error(world: World, body):
    response = post(signed_in(world.courier("Anna")), TAPS, body)
    assert response.status_code in {400, 422}
    assert response.json()["sentence"]
    assert not Tap.objects.exists()
    assert Shift.objects.get().ended_at is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"lat": NaN, "lon": 1}', {"lat": 91, "lon": 0}, {"lat": 1}, {"lat": "x", "lon": 1}]
)
def test_a_place_that_is_not_on_earth_is_refused(world: World, body):
    assert post(signed_in(world.courier("Anna")), PLACE, body).status_code in {400, 422}
    assert (Shift.objects.get().lat, Shift.objects.get().lon) == CENTRE


def test_strangers_are_turned_away(world: World):
    desk = Client()
    desk.force_login(User.objects.create_user("desk"), backend="django.contrib.auth.backends.ModelBackend")
    for client in (Client(), desk):
        assert client.get(DAY).status_code == 401
        assert post(client, TAPS, {"taps": [pressed("start_shift")]}).status_code == 401
        assert post(client, PLACE, {"lat": 1, "lon": 1}).status_code == 401
    page = desk.get(reverse("courier"))
    assert page.status_code == 403
    assert b"carries no bags" in page.content
    assert Client().get(reverse("courier")).url == f"{reverse('account_login')}?next={reverse('courier')}"


def test_changes_need_the_csrf_token(world: World):
    client = signed_in(world.courier("Anna"), enforce_csrf_checks=True)
    assert client.get(DAY).status_code == 200
    assert post(client, PLACE, {"lat": 1, "lon": 1}).status_code == 403
    token = client.get(reverse("courier")).context["csrf_token"]
    answer = client.post(
        PLACE, '{"lat": 1, "lon": 1}', content_type="application/json", headers={"x-csrftoken": str(token)}
    )
    assert answer.status_code == 204


def test_the_page_is_for_the_courier_and_is_not_kept_by_browsers(world: World):
    page = signed_in(world.courier("Anna")).get(reverse("courier"))
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert b"style=" not in page.content
    assert b"<style" not in page.content


@pytest.mark.parametrize(("speed", "beat_ms"), [(1, 10_000), (10, 10_000), (60, 1_666), (1000, 1_000)])
def test_the_page_beats_three_times_in_the_silence_that_loses_bags(world: World, monkeypatch, speed, beat_ms):
    monkeypatch.setattr(clock, "speed", lambda: float(speed))
    page = signed_in(world.courier("Anna")).get(reverse("courier"), headers={"accept-language": "ru"})
    assert f'data-beat-ms="{beat_ms}"' in page.content.decode()
