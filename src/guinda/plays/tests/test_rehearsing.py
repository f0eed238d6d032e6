"""A rehearsal says what the engine then does, and touches nobody."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from django.apps import apps
from django.db import InternalError, connection
from django.test.utils import CaptureQueriesContext

import guinda.plays
from guinda.clients.models import Client, Consent, HeldBack, Message, Touch
from guinda.journal.services import record
from guinda.plays import events, hearing
from guinda.plays.definition import parse
from guinda.plays.hashing import is_held_out
from guinda.plays.models import Run
from guinda.plays.rehearsing import rehearse
from guinda.plays.tests.cast import (
    DAY,
    HOUR,
    NODDED,
    NOW,
    WAVED,
    call,
    city,
    go,
    message,
    on,
    people,
    step,
    written,
)
from guinda.plays.tests.past import NOW as PAST_NOW
from guinda.plays.tests.past import Past

pytestmark = pytest.mark.django_db
DAYS = 24
LIBRARY = Path(guinda.plays.__file__).parent / "library"
LISTEN = step(
    "listen",
    'came = "ask", did_not_come = "first"',
    more='until = {event = "client.waved", within = "30 hours"}',
)
LOOP = written(
    step("wait", 'passed = "first"', more='after = "3 hours"'),
    message("first", 'sent = "listen"', more='at = "10:00"\nmost_times = 2\nafter_most = "second"'),
    LISTEN,
    step("ask", 'yes = "second", no = "end"', more='when = [{fact = "agrees_to_offers", is = "yes"}]'),
    message("second", 'sent = "end", held_back = "end"', more='after = "9 hours"'),
    holdout=0.3,
)


@pytest.fixture(autouse=True)
def moscow(settings):
    settings.CONTACT_CAPS = {"message": (2, 7), "all": (3, 20)}
    return city()


def crowd() -> list[tuple[object, str, Client]]:
    """Forty people of all sorts, and what they will do, in the order of time."""
    seeded = random.Random(3)
    some = []
    for n in range(40):  # numbers of their own: who is held out depends on them
        where = {"time_zone": "Asia/Vladivostok"} if n >= 35 else {}
        some += people(agreed=not 30 <= n < 35, since=n, id=70_000 + n, **where)
    Client.objects.filter(pk__in=[each.pk for each in some[:3]]).update(phone=None)
    for each in some[8:18]:
        Touch.objects.create(
            key=f"00000000-0000-0000-0000-{each.pk:012d}", client=each, at=NOW - DAY, by="x", channel="call",
            outcome="reached", currency="RUB",
        )  # fmt: skip
    for each in some[20:24]:
        Consent.objects.create(
            client=each, purpose="offer", channel="every", given=False, by="x", at=NOW + 6 * DAY
        )
    happen = [
        (NOW + n * DAY + hours * HOUR, kind, each)
        for n, each in enumerate(some[24:30])
        for hours, kind in ((1, WAVED), (28, WAVED), (38, NODDED))
    ]
    """Awake at night: the second message waits for the morning, and the goal comes before."""
    happen += [
        (NOW + seeded.random() * DAYS * DAY, seeded.choice([WAVED, WAVED, NODDED]), each)
        for each in some
        for _ in range(seeded.randrange(1, 7))
    ]
    return sorted(happen, key=lambda one: one[0])


def test_what_was_rehearsed_is_what_the_engine_then_does():
    happen = crowd()
    told = [record(kind=kind, ref=f"client:{who.pk}", by="x", at=at) for at, kind, who in happen]
    until = NOW + DAYS * DAY
    found = rehearse(parse(LOOP), now=until, days=DAYS)

    later = Consent.objects.filter(at__gt=NOW)
    words = list(later)
    later.delete()
    on(LOOP)
    tick, events_left, taken_back = NOW, list(told), Message.objects.filter(state="lapsed")
    while tick <= until:
        while events_left and events_left[0].at <= tick:
            event = events_left.pop(0)
            go(event.at)
            _carry(event.at)
            hearing.note(event, event.at)
            hearing.look(now=event.at)
        for word in [each for each in words if each.at <= tick]:
            words.remove(word)
            word.save(force_insert=True)
        go(tick)
        _carry(tick)
        tick += HOUR / 2

    assert taken_back.count() >= 3
    taken_back.delete()
    sent = {(each.client_id, each.key.split(":")[2]) for each in Message.objects.all()}
    assert len(sent) > 30
    assert Run.objects.filter(why="goal").count() > 5
    assert Run.objects.filter(holdout=True).exists()
    assert found.entered == Run.objects.count()
    assert found.held_out == Run.objects.filter(holdout=True).count()
    assert len([each for way in found.ways for each in way.contacts]) == Message.objects.count()
    assert dict(_first_contacts(found)) == dict(_first_messages())
    rules = dict(found.rules())
    assert rules.pop("quiet_hours") > 0, "moved to the morning, as the outbox does by itself"
    assert rules.pop("no_phone") > 0
    assert rules == _held()
    assert set(rules) == {"no_consent", "cap_channel", "cap_all"}


def _carry(now):
    """As the sender does: what is due is no more to be taken back."""
    Message.objects.filter(state="waiting", due_at__lte=now).update(state="sent", ended_at=now)


def _first_contacts(found):
    for way in found.ways:
        if way.contacts:
            yield (way.client_id, way.entered_at), min(each.at for each in way.contacts)


def _first_messages():
    for run in Run.objects.filter(holdout=False):
        due = (
            Message.objects.filter(key__startswith=f"play:{run.pk}:")
            .order_by("due_at")
            .values_list("due_at", flat=True)
        )
        if due:
            yield (run.client_id, run.entered_at), due[0]


def _held() -> dict[str, int]:
    found: dict[str, int] = {}
    for rule in HeldBack.objects.values_list("rule", flat=True):
        found[rule] = found.get(rule, 0) + 1
    return found


def test_nobody_is_touched_and_the_database_itself_would_refuse_it():
    who = people(3)
    for each in who:
        record(kind=WAVED, ref=f"client:{each.pk}", by="x", at=NOW + HOUR)

    def rows() -> dict[str, int]:
        return {
            model._meta.label: model.objects.count() for model in apps.get_models() if model._meta.managed
        }

    before = rows()
    assert rehearse(parse(LOOP), now=NOW + 5 * DAY, days=6).touched
    assert rows() == before

    def writes(refs):
        Touch.objects.update(minutes=1)
        HeldBack.objects.create(client=who[0], purpose="offer", channel="call", rule="gone", at=NOW)

    events.register(events.Kind(WAVED, WAVED, writes))
    with pytest.raises(InternalError, match="read-only"):
        rehearse(parse(LOOP), now=NOW + 5 * DAY, days=6)


def test_every_play_that_comes_with_the_house_can_be_rehearsed(moscow):
    past, plays = Past(moscow), [parse(file.read_text()) for file in sorted(LIBRARY.glob("*.toml"))]
    anna = next(each for each in people(60) if not any(is_held_out(play, each.pk) for play in plays))
    Consent.objects.create(client=anna, purpose="care", channel="every", given=True, by="x", at=NOW)
    for days, grade in ((50, 0), (46, 5), (42, 0), (38, 0), (20, 1)):
        past.order(anna, PAST_NOW - days * DAY, grade=grade, late_min=20 if days == 38 else -5)
    entered = {}
    for play in plays:
        found = rehearse(play, now=PAST_NOW, days=60)
        entered[play.slug] = (found.entered, len(found.touched))
    assert len(entered) >= 9
    assert entered["come-back"] == (1, 1)
    assert entered["missing-client"] == (1, 1)
    assert entered["apology-late"][0] == 1
    assert entered["first-contact"] == (0, 0), "a play for companies takes no person"


def test_those_who_come_back_untouched_are_counted_and_the_queries_do_not_grow():
    def asked(count: int, since: int):
        for each in people(count, since=since):
            record(kind=WAVED, ref=f"client:{each.pk}", by="x", at=NOW + HOUR)
            record(
                kind=NODDED, ref=f"client:{each.pk}", by="x", at=NOW + (3 * DAY if each.pk % 2 else HOUR * 2)
            )
        with CaptureQueriesContext(connection) as queries:
            return rehearse(parse(play), now=NOW + 9 * DAY, days=10), len(queries)

    play = written(
        message("say", 'sent = "ring"', more='after = "4 hours"'),
        call("ring", 'reached = "end"', more="minutes = 4"),
    )
    few, some = asked(4, 0)
    assert (few.entered, few.back_before, len(few.touched), len(few.judged), few.back_anyway) == (
        4,
        2,
        2,
        2,
        2,
    )
    assert few.seller_minutes == 8
    assert [(day.entered, day.contacts) for day in few.days()] == [(4, 4)]
    assert [each.slug for each, _made, _held in few.steps()] == ["say", "ring"]
    many, more = asked(40, 4)
    assert many.entered == 44
    assert more == some
