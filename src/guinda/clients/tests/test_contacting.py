"""Nobody is contacted against their word, too often, or at night; and each contact not made is counted by its rule."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

import guinda
from guinda.base.refusals import Refusal
from guinda.clients.contacting import Wish, counts, held_back, may_contact, say, would_hold_back
from guinda.clients.messages import Letter, enqueue_many
from guinda.clients.models import Channel, Client, Consent, HeldBack, Message, Rule, Touch
from guinda.clients.sending import claim
from guinda.clients.tests.book import NOW, city, company, person
from guinda.clients.tests.test_messages import put
from tests.races import at_once

Why, Purpose = Consent.Purpose, Message.Purpose
NIGHT = datetime(2026, 6, 24, 20, 0, tzinfo=UTC)  # eleven at night in Moscow
KEYS = count()


@pytest.fixture(autouse=True)
def _caps(settings):
    settings.CONTACT_CAPS = {"all": (3, 7), "message": (1, 7), "call": (2, 7)}


def agreed(number: int = 1, channel: str = Consent.EVERY, **facts) -> Client:
    client = person(number, **facts)
    yes(client, channel=channel)
    return client


def yes(client: Client, *, given: bool = True, purpose=Why.OFFER, channel=Consent.EVERY, at=NOW, how=""):
    return say(client_id=client.pk, purpose=purpose, channel=channel, given=given, by="x", now=at, how=how)


def asked(client: Client, channel=Channel.CALL, now=NOW, purpose=Why.OFFER) -> Rule | None:
    return may_contact(client.pk, purpose=purpose, channel=channel, now=now)


def offer(client: Client, here, key: str = "", now=NOW, purpose=Purpose.OFFER) -> bool:
    facts = {"client_id": client.pk, "city": here, "lapses_at": now + timedelta(days=2), "now": now}
    return put(key or f"offer:{next(KEYS)}", purpose=purpose, phone=client.phone, **facts)


def call(client: Client, at=NOW, **facts) -> Touch:
    usual = {"channel": "call", "outcome": "reached", "currency": "RUB", "by": "x", "key": uuid4()}
    return Touch.objects.create(client=client, at=at, **{**usual, **facts})


def test_nobody_is_contacted_who_has_not_agreed(db):
    client = person()
    assert asked(client) == Rule.NO_CONSENT
    yes(client, purpose=Why.CARE)
    assert asked(client) == Rule.NO_CONSENT
    yes(client, channel=Channel.MESSAGE)
    assert (asked(client), asked(client, Channel.MESSAGE)) == (Rule.NO_CONSENT, None)


def test_the_newest_word_counts(db):
    client = agreed()
    assert asked(client) is None
    yes(client, given=False, channel=Channel.CALL, at=NOW + timedelta(hours=1))
    assert asked(client) == Rule.NO_CONSENT
    assert asked(client, Channel.MESSAGE) is None
    yes(client, at=NOW + timedelta(hours=2))
    assert asked(client) is None
    assert Consent.objects.filter(client=client).count() == 3


def test_do_not_contact_outlives_a_later_yes_to_something(db):
    client = agreed()
    yes(client, given=False, purpose=Why.EVERYTHING)
    yes(client, at=NOW + timedelta(hours=1))
    assert asked(client) == Rule.DO_NOT_CONTACT
    yes(client, purpose=Why.EVERYTHING, at=NOW + timedelta(hours=2))
    assert asked(client) is None


def test_after_a_no_what_waits_is_not_sent_and_what_the_order_needs_is(db):
    here, client = city(), agreed()
    assert offer(client, here)
    put("running", client_id=client.pk)
    yes(client, given=False, purpose=Why.EVERYTHING)
    assert claim(now=NOW).key == "running"
    assert claim(now=NOW) is None
    assert not offer(client, here)
    assert put("late", client_id=client.pk, purpose=Purpose.LATE)
    assert put("code", client_id=client.pk, purpose=Purpose.CODE)


def test_two_messages_at_once_do_not_pass_a_cap_of_one(transactional_db):
    here, client = city(), agreed()
    assert sorted(at_once([lambda: offer(client, here)] * 12)) == [False] * 11 + [True]
    assert counts(since=NOW) == {"cap_channel": 11}


def many(here, clients, key: str = "many", now=NOW) -> dict[int, Rule]:
    letters = [Letter(f"{key}:{each.pk}", each.pk, each.phone, "en", "Hello", here) for each in clients]
    with transaction.atomic():
        return enqueue_many(letters, purpose=Purpose.OFFER, lapses_at=now + timedelta(hours=6), now=now)


def test_many_messages_at_once_are_asked_about_as_one_is(db):
    here, good, shy = city(), agreed(1), person(2)
    assert many(here, [good, shy]) == {shy.pk: Rule.NO_CONSENT}
    assert many(here, [good, shy]) == {shy.pk: Rule.NO_CONSENT}, (
        "the same again is no other message and no other no"
    )
    assert many(here, [good], "more") == {good.pk: Rule.CAP_CHANNEL}
    assert counts(since=NOW) == {"no_consent": 1, "cap_channel": 1}
    later = NIGHT + timedelta(days=30)
    assert many(here, [good], "night", now=later) == {}
    assert set(Message.objects.values_list("key", "state")) == {
        (f"many:{good.pk}", "waiting"),
        (f"night:{good.pk}", "lapsed"),
    }
    with pytest.raises(ValueError, match="one for each client"):
        many(here, [good, good])


def test_many_messages_and_single_ones_at_once_do_not_pass_a_cap_of_one(transactional_db):
    here, clients = city(), [agreed(number) for number in range(4)]
    jobs = [lambda n=n: many(here, clients[:: 1 if n % 2 else -1], f"many{n}") for n in range(4)]
    at_once(jobs + [lambda c=client: offer(c, here) for client in clients])
    assert sorted(Message.objects.values_list("client", flat=True)) == [client.pk for client in clients]


def test_a_no_and_a_message_at_once_never_leave_one_to_be_sent(transactional_db):
    here = city()
    for number in range(6):
        client = agreed(number)
        at_once([lambda c=client: offer(c, here), lambda c=client: yes(c, given=False)])
    assert not Message.objects.filter(state=Message.State.WAITING).exists()


def test_a_window_slides(db):
    client = agreed()
    call(client, at=NOW - timedelta(days=7))
    call(client, at=NOW - timedelta(days=7) + timedelta(seconds=1))
    call(client, by_client=True)
    assert asked(client) is None
    call(client)
    assert asked(client) == Rule.CAP_CHANNEL
    assert asked(client, now=NOW + timedelta(seconds=1)) is None


def test_all_channels_together_have_a_cap(db):
    here, client = city(), agreed()
    call(client)
    call(client, channel="visit")
    assert offer(client, here)
    assert asked(client, Channel.EMAIL) == Rule.CAP_ALL
    Message.objects.update(state=Message.State.LAPSED, ended_at=NOW)
    assert asked(client, Channel.EMAIL) is None


def test_quiet_hours_are_the_clients_then_the_citys(db):
    here = city()
    at_home, away = agreed(1, city=here), agreed(2, city=here, time_zone="America/Bogota")
    assert asked(at_home, now=NIGHT) == Rule.QUIET_HOURS
    assert asked(away, now=NIGHT) is None
    assert asked(away, now=NOW) == Rule.QUIET_HOURS  # four in the morning there


def test_a_message_waits_for_the_morning_where_its_reader_lives(db):
    here = city()
    home, away = agreed(1), agreed(2, time_zone="America/Bogota")
    assert offer(home, here, "home", now=NIGHT)
    assert offer(away, here, "away", now=NIGHT)
    due = dict(Message.objects.values_list("key", "due_at"))
    assert due["home"] == datetime(2026, 6, 25, 6, tzinfo=UTC)
    assert due["away"] == NIGHT
    Client.objects.filter(pk=away.pk).update(time_zone="Asia/Tokyo")  # moved meanwhile: it is five there
    assert claim(now=NIGHT) is None
    assert Message.objects.get(key="away").due_at == datetime(2026, 6, 25, 0, tzinfo=UTC)


def test_the_same_message_again_is_no_new_question(db):
    here, client = city(), agreed()
    assert offer(client, here, "a")
    assert not offer(client, here, "a")
    assert not HeldBack.objects.exists()
    assert not offer(client, here, "b")
    assert not offer(client, here, "b")
    assert HeldBack.objects.get().rule == Rule.CAP_CHANNEL


def test_many_are_asked_about_in_two_statements(db):
    people = [agreed(each) for each in range(30)]
    yes(people[3], given=False, purpose=Why.EVERYTHING)
    gone = company()
    Client.objects.filter(pk=people[4].pk).update(merged_into=people[5])
    ids = [each.pk for each in people] + [gone.pk]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = held_back(ids, purpose=Why.OFFER, channel=Channel.CALL, now=NOW)
    assert found == {people[3].pk: Rule.DO_NOT_CONTACT, people[4].pk: Rule.GONE, gone.pk: Rule.NO_CONSENT}
    assert len([each for each in queries if "SAVEPOINT" not in each["sql"]]) == 2
    assert counts(since=NOW) == {"do_not_contact": 1, "gone": 1, "no_consent": 1}


def test_one_who_is_gone_says_nothing_any_more(db):
    a, b = person(1), person(2)
    Client.objects.filter(pk=b.pk).update(merged_into=a)
    with pytest.raises(Refusal, match="not_in_the_book"):
        yes(b)


def test_an_offer_to_nobody_is_a_fault(db):
    with pytest.raises(ValueError, match="needs the client"):
        put("a", purpose=Purpose.OFFER, city=city())
    with pytest.raises(IntegrityError, match="asked_whom"):
        Message.objects.create(
            key="b", purpose="offer", phone="+79160000001", language="en", text="x",
            city_id="here", made_at=NOW, due_at=NOW, lapses_at=NOW + timedelta(days=1),
        )  # fmt: skip


def test_no_room_makes_a_message_but_by_asking():
    """A message is made in `clients.messages` and nowhere else in the house."""
    verbs = ("create", "bulk_create", "get_or_create", "update_or_create")
    ways = {"Message", *(f"Message.objects.{verb}" for verb in verbs)}
    makers = set()
    for file in Path(guinda.__file__).parent.rglob("*.py"):
        if "tests" in file.parts or "migrations" in file.parts:
            continue
        calls = [each for each in ast.walk(ast.parse(file.read_text())) if isinstance(each, ast.Call)]
        if any(ast.unparse(each.func) in ways for each in calls):
            makers.add(str(file.relative_to(Path(guinda.__file__).parent)))
    assert makers == {"clients/messages.py"}


def test_what_has_passed_is_asked_as_was_known_then_and_counted_nowhere(db):
    client = person()
    yes(client, at=NOW - timedelta(days=20))
    yes(client, given=False, at=NOW - timedelta(days=2))
    call(client, at=NOW - timedelta(days=9))
    call(client, at=NOW - timedelta(days=8))
    made = [(NOW - timedelta(days=14, hours=5), "call")]

    def rules(*days: float, channel=Channel.CALL, made=()) -> list[Rule | None]:
        wishes = [Wish(client.pk, NOW - timedelta(days=each), made) for each in days]
        return would_hold_back(wishes, purpose=Why.OFFER, channel=channel)

    assert rules(21, 15, 8.5, 7, 1.9, 1) == [
        Rule.NO_CONSENT,
        None,
        None,
        Rule.CAP_CHANNEL,
        Rule.NO_CONSENT,
        Rule.NO_CONSENT,
    ]
    assert rules(8.5, made=made) == [Rule.CAP_CHANNEL], "one real call and one of the rehearsal's"
    assert rules(7.9, channel=Channel.VISIT, made=made) == [Rule.CAP_ALL], "three in all, of any channel"
    assert rules(7, channel=Channel.VISIT, made=made) == [None], "the rehearsal's own has left the window"
    assert not HeldBack.objects.exists()
