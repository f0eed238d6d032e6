"""People's words about clients: must, never, first. Said by whoever may keep plans, until a day, and taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from guinda.base.office import today_of
from guinda.base.refusals import Refusal
from guinda.clients.models import Client
from guinda.journal.services import record
from guinda.offers.models import Tool
from guinda.planner.models import Pin

DAYS_MAX = 366


@transaction.atomic
def pin(
    *,
    client_id: int,
    kind: str,
    tool_id: int | None,
    until_date: date,
    by: str,
    now: datetime,
    note: str = "",
) -> Pin:
    """Say it; said already, it holds until the new day. Plans made from now on are made around it.

    Raises:
        Refusal: `pin_wrong` with the `field`: no such client, tool or word, or a day that is past or more than a year away.
    """
    today = today_of(now)
    if kind not in Pin.Kind.values:
        raise _wrong("kind", _("Choose one of: must, never, first."))
    if not Client.objects.filter(pk=client_id, merged_into=None, erased_at=None).exists():
        raise _wrong("client", _("This client was merged or erased meanwhile. Find them in the book again."))
    if tool_id is None if kind == Pin.Kind.PIN else tool_id is not None and kind == Pin.Kind.FIRST:
        raise _wrong("tool", _("Say which tool must be offered; who comes first needs none."))
    if tool_id and not Tool.objects.filter(pk=tool_id).exists():
        raise _wrong("tool", _("There is no such tool. Choose one of the list."))
    if not today <= until_date <= today + timedelta(days=DAYS_MAX):
        raise _wrong("until_date", _("Choose a day from today on, within a year."))
    facts = {"until_date": until_date, "by": by, "at": now, "note": note.strip()[:200]}
    which: dict[str, Any] = {"client_id": client_id, "kind": kind, "tool_id": tool_id, "ended_at": None}
    found, _made = Pin.objects.update_or_create(**which, defaults=facts)
    record(kind="plan.pinned", ref=f"client:{client_id}", by=by, at=now, data={"pin": found.pk, "kind": kind})
    return found


@transaction.atomic
def take_back(*, pin_id: int, by: str, now: datetime) -> None:
    """It holds no more; taken back already is no error."""
    found = Pin.objects.select_for_update().filter(pk=pin_id).first()
    if found is None:
        raise Refusal("no_such_pin", _("There is no such word of a person. Reload the page."), status=404)
    if found.ended_at is None:
        Pin.objects.filter(pk=pin_id).update(ended_at=now)
        record(kind="plan.unpinned", ref=f"client:{found.client_id}", by=by, at=now, data={"pin": pin_id})


def of_clients(client_ids: Sequence[int], *, currency: str, today: date) -> list[Pin]:
    """What holds today of these clients, in the order in which it was said, and of others who are to get something or come first."""
    musts = Q(kind=Pin.Kind.PIN, tool__currency=currency) | Q(
        kind=Pin.Kind.FIRST, client__city__currency=currency
    )
    standing = Pin.objects.filter(Q(client__in=client_ids) | musts, ended_at=None, until_date__gte=today)
    return list(standing.order_by("at", "pk"))


def first(pins: Iterable[Pin]) -> set[int]:
    """The clients who come first in their seller's day."""
    return {each.client_id for each in pins if each.kind == Pin.Kind.FIRST}


def not_chosen(pins: Iterable[Pin], chosen: Collection[int]) -> list[tuple[int, str]]:
    """Of who was to come first those for whom there is nothing in the plan, each with why."""
    firsts = (each for each in pins if each.kind == Pin.Kind.FIRST)
    return [(each.pk, "not_chosen") for each in firsts if each.client_id not in chosen]


def _wrong(name: str, sentence: str) -> Refusal:
    return Refusal("pin_wrong", sentence, status=422, field=name)
