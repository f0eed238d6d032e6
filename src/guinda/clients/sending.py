"""Carry what stands in the outbox to the provider: each message once, whatever happens to the worker or the provider.

A message is claimed and committed as being sent *before* the provider is called. The provider's refusal is tried again with growing
waits; where nobody can know whether it was taken (a worker that died, a provider that did not answer) it becomes unclear and is never
sent again by itself: a person looks. Any number of workers may send at once.
"""

from __future__ import annotations

import time
import zlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, Value, When
from django.utils.translation import gettext as _

from guinda.base import clock, messages
from guinda.base.messages import Answer, Outcome
from guinda.base.refusals import Refusal
from guinda.clients.messages import speakable_at
from guinda.clients.models import Message
from guinda.journal.services import record

State = Message.State
TO_LOOK_AT = (State.UNCLEAR, State.FAILED)
"""Where a person may send once more, or say that it went."""
MOST_ATTEMPTS = 8
"""A provider that refused so often, over ten minutes and more, won't take it: a person looks."""
FIRST_WAIT_S, LONGEST_WAIT_S = 5, 15 * 60
"""Between attempts: 5, 10, 20 ... seconds, each up to half as long again, so that what failed together is not tried together."""
DIED_S = 90
"""In real seconds: a message that has been with the provider for so long belongs to a worker that died. The carrier's own limits are 40."""
LONGEST_REST_S = 60.0
"""A provider that did not answer is left alone for 1, 2, 4 ... seconds: each message tried meanwhile would become unclear as well."""
KEPT = timedelta(days=30)
"""A message that has ended is kept this long, then telephone and text are nobody's business any more."""
URGENCY = Case(
    When(purpose=Message.Purpose.CODE, then=0), When(purpose__in=Message.AWAITED, then=1), default=Value(2)
)
"""Somebody stands at a panel and waits for a code; a morning's questions can wait for each other."""


class Sender:
    """One line to the provider, and how it has been lately."""

    def __init__(self, line: messages.Line | None = None) -> None:
        self.line = line or messages.Line()
        self.rest_s = 0.0
        self.rests_until_s = 0.0

    def send_next(self, *, now: datetime) -> int:
        """Send the message that is due and most urgent; returns whether there was one. Called by the worker, a thread each."""
        if time.monotonic() < self.rests_until_s:
            return 0
        message = claim(now=now)
        if message is None:
            return 0
        answer = self.line.carry(phone=message.phone, text=message.text)
        settle(message, answer, now=now)
        self._rest(answer)
        return 1

    def _rest(self, answer: Answer) -> None:
        unanswered = answer.outcome is Outcome.UNCLEAR
        self.rest_s = min(max(1.0, self.rest_s * 2), LONGEST_REST_S) if unanswered else 0.0
        self.rests_until_s = time.monotonic() + self.rest_s


def claim(*, now: datetime) -> Message | None:
    """The next message, marked as being sent, with this committed; one that woke up at night goes back to sleep."""
    while True:
        with transaction.atomic():
            due = Message.objects.filter(state=State.WAITING, due_at__lte=now, lapses_at__gt=now)
            locked = due.select_for_update(skip_locked=True, of=("self",)).select_related("city", "client")
            message = locked.order_by(URGENCY, "due_at", "pk").first()
            if message is None:
                return None
            goes_at = _speakable_at(message, now)
            if goes_at > now:
                Message.objects.filter(pk=message.pk).update(due_at=goes_at)
                continue
            message.claimed_at, message.channel = now, messages.channel()
            message.state, message.attempts = State.SENDING, message.attempts + 1
            message.save(update_fields=["claimed_at", "channel", "state", "attempts"])
            return message


def _speakable_at(message: Message, now: datetime) -> datetime:
    zone = message.client.time_zone if message.client else ""
    return speakable_at(now, purpose=message.purpose, city=message.city, zone=zone)


def settle(message: Message, answer: Answer, *, now: datetime) -> bool:
    """Write down how a claimed message went; False when it is no longer this claim's.

    An answer that comes after its worker was taken for dead is still the truth.
    """
    mine = Message.objects.filter(
        pk=message.pk, claimed_at=message.claimed_at, state__in=[State.SENDING, State.UNCLEAR]
    )
    facts: dict[str, object] = {"last_error": answer.said[:300], "ended_at": now}
    if answer.outcome is Outcome.TAKEN:
        facts["state"] = State.SENT
        if message.purpose == Message.Purpose.CODE:
            facts["text"] = ""
    elif answer.outcome is Outcome.UNCLEAR:
        facts["state"] = State.UNCLEAR
    elif message.attempts >= MOST_ATTEMPTS or now + wait(message) >= message.lapses_at:
        facts["state"] = State.FAILED
    else:
        facts |= {"state": State.WAITING, "due_at": now + wait(message), "ended_at": None}
    return bool(mine.update(**facts))


def wait(message: Message) -> timedelta:
    """Until the next attempt: twice as long each time, and a little longer by what the message's key says."""
    whole_s = min(FIRST_WAIT_S * 2 ** (message.attempts - 1), LONGEST_WAIT_S)
    share = zlib.crc32(f"{message.key}:{message.attempts}".encode()) / 2**32
    return timedelta(seconds=whole_s * (1 + share / 2))


def tend(*, now: datetime) -> int:
    """What lapsed is let go, what died is shown to a person, codes and old messages are forgotten. Returns how many rows changed."""
    ended = Message.objects.exclude(state__in=[State.WAITING, State.SENDING])
    codes = ended.filter(purpose=Message.Purpose.CODE, lapses_at__lte=now)
    waiting = Message.objects.filter(state=State.WAITING, lapses_at__lte=now)
    died = Message.objects.filter(
        state=State.SENDING, claimed_at__lte=now - timedelta(seconds=DIED_S * clock.speed())
    )
    said = "The worker ended while the provider was being called."
    changed = died.update(state=State.UNCLEAR, ended_at=now, last_error=said)
    changed += waiting.update(state=State.LAPSED, ended_at=now)
    changed += codes.exclude(text="").update(text="")
    return changed + ended.filter(lapses_at__lte=now - KEPT).delete()[0]


def send_again(*, message: Message, by: str, now: datetime) -> None:
    """A person has looked: the message goes once more. Refused when it stands otherwise by now, or nobody needs it any more."""
    if now >= message.lapses_at:
        raise Refusal(
            "message_lapsed", _("Its time is over, so it would only confuse. Call the client instead.")
        )
    goes_at = _speakable_at(message, now)
    facts = {"due_at": goes_at, "ended_at": None, "attempts": 0}
    _looked_at(message, to=State.WAITING, kind="message.again", by=by, now=now, **facts)


def mark_sent(*, message: Message, by: str, now: datetime) -> None:
    """A person has looked: the provider did take it."""
    _looked_at(message, to=State.SENT, kind="message.found_sent", by=by, now=now, ended_at=now)


def _looked_at(
    message: Message, *, to: Message.State, kind: str, by: str, now: datetime, **facts: object
) -> None:
    with transaction.atomic():
        still = Message.objects.filter(pk=message.pk, state__in=TO_LOOK_AT)
        if not still.update(state=to, **facts):
            raise Refusal(
                "nothing_to_look_at", _("This message stands otherwise by now. Reload the page to see how.")
            )
        record(kind=kind, ref=message.key, by=by, at=now, data={"purpose": message.purpose})
