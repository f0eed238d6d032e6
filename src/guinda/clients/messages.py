"""Put a message to a telephone into the outbox, in the transaction of what it tells of; `sending` carries it after commit.

A message says what was true when it was put here, in its reader's language; one that becomes pointless is withdrawn or lapses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from guinda.clients import contacting
from guinda.clients.models import Channel, Client, Message, Rule
from guinda.places.models import City


def enqueue(
    *,
    key: str,
    purpose: Message.Purpose,
    phone: str,
    language: str,
    text: str,
    lapses_at: datetime,
    now: datetime,
    due_at: datetime | None = None,
    client_id: int | None = None,
    city: City | None = None,
) -> bool:
    """Have `text` sent to `phone` (E.164) once, not before `due_at` (now when unsaid) and not after `lapses_at`; True when `key` is new.

    A purpose that is not `Message.AWAITED` needs the `city` whose quiet hours it keeps; one that the quiet hours would outlast lapses
    at once. The same key again changes nothing, whatever else is said. A purpose of `Message.ASKED_FOR` needs the client, about whom
    `contacting` is asked: held back, nothing is put here and the answer is False.
    """
    due_at = speakable_at(due_at or now, purpose=purpose, city=city, zone=_zone(client_id, purpose))
    lapsed = due_at >= lapses_at
    facts = {
        "purpose": purpose,
        "phone": phone,
        "client_id": client_id,
        "city": city,
        "language": language,
        "text": text,
        "made_at": now,
        "due_at": due_at,
        "lapses_at": lapses_at,
        "state": Message.State.LAPSED if lapsed else Message.State.WAITING,
        "ended_at": now if lapsed else None,
    }
    if purpose not in Message.ASKED_FOR:
        return Message.objects.get_or_create(key=key, defaults=facts)[1]
    with transaction.atomic():
        if not _welcome(client_id, key=key, purpose=purpose, now=now):
            return False
        return Message.objects.get_or_create(key=key, defaults=facts)[1]


@dataclass(frozen=True)
class Letter:
    """One of many messages: what differs between them. `zone` is the client's own time zone, where it is known."""

    key: str
    client_id: int
    phone: str
    language: str
    text: str
    city: City
    zone: str = ""


def enqueue_many(
    letters: Sequence[Letter], *, purpose: Message.Purpose, lapses_at: datetime, now: datetime
) -> dict[int, Rule]:
    """`enqueue` for many clients at once, each with one letter, of a purpose of `Message.ASKED_FOR`; returns who was held back, and why.

    Inside the caller's transaction, in which the clients stay locked. A key seen before is no question and changes nothing.
    """
    clients = [each.client_id for each in letters]
    if purpose not in Message.ASKED_FOR or len(set(clients)) < len(clients):
        raise ValueError("Many messages at once are of a purpose that is asked about, one for each client.")
    contacting.lock(clients)
    seen = set(Message.objects.filter(key__in=[each.key for each in letters]).values_list("key", flat=True))
    new = {each.client_id: each for each in letters if each.key not in seen}
    held = contacting.held_back(
        new,
        purpose=purpose,
        channel=Channel.MESSAGE,
        now=now,
        keys={client_id: each.key for client_id, each in new.items()},
        waits=True,
    )
    welcome = (each for client_id, each in new.items() if client_id not in held)
    Message.objects.bulk_create(_rows(welcome, purpose, lapses_at, now), ignore_conflicts=True)
    return held


def _rows(
    letters: Iterable[Letter], purpose: Message.Purpose, lapses_at: datetime, now: datetime
) -> list[Message]:
    """The rows of letters that may go, due after the quiet hours of each."""
    rows = [
        Message(
            key=each.key,
            purpose=purpose,
            phone=each.phone,
            client_id=each.client_id,
            city=each.city,
            language=each.language,
            text=each.text,
            made_at=now,
            due_at=speakable_at(now, purpose=purpose, city=each.city, zone=each.zone),
            lapses_at=lapses_at,
        )
        for each in letters
    ]
    for row in rows:
        if row.due_at >= lapses_at:
            row.state, row.ended_at = Message.State.LAPSED, now
    return rows


def _welcome(client_id: int | None, *, key: str, purpose: Message.Purpose, now: datetime) -> bool:
    """Whether this client may be sent it; a key seen before is no question.

    Nobody else decides about the client until the transaction ends.
    """
    if client_id is None:
        raise ValueError(f"A message of {purpose} needs the client who agreed to it.")
    contacting.lock([client_id])
    if Message.objects.filter(key=key).exists():
        return False
    held = contacting.held_back(
        [client_id], purpose=purpose, channel=Channel.MESSAGE, now=now, keys={client_id: key}, waits=True
    )
    return not held


def _zone(client_id: int | None, purpose: Message.Purpose) -> str:
    """The client's own time zone, where it is known; of other purposes the sender looks when the time has come."""
    if client_id is None or purpose not in Message.ASKED_FOR:
        return ""
    return Client.objects.filter(pk=client_id).values_list("time_zone", flat=True).first() or ""


def withdraw(*, keys: Collection[str], now: datetime) -> int:
    """These messages have become pointless: the ones not given to a provider yet lapse. Returns how many."""
    waiting = Message.objects.filter(key__in=keys, state=Message.State.WAITING)
    return waiting.update(state=Message.State.LAPSED, ended_at=now)


def speakable_at(at: datetime, *, purpose: str, city: City | None, zone: str = "") -> datetime:
    """The first instant from `at` on when a message of `purpose` may go: for what nobody waits for, after the quiet hours.

    They are those of the client's own time zone, where it is known, else of the city.
    """
    if purpose in Message.AWAITED or city is None:
        return at
    return contacting.after_quiet(at, zone or city.time_zone)
