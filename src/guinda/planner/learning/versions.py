"""Versions of what was learned: kept side by side, one of each subject in use, gone back to by a person's word."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.journal.services import record
from guinda.planner.models import Learned

Kind = Learned.Kind
Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


def silent(_done: int, _of: int) -> None:
    """Progress for nobody."""


@dataclass(frozen=True)
class Found:
    """What was learned and how it does, before it is a version."""

    kind: Kind
    subject: str
    from_at: datetime
    to_at: datetime
    clients: int
    method: str
    facts: list[str]
    content: dict[str, Any]
    report: dict[str, Any]
    fit: bool
    """Whether it may come into use."""


@transaction.atomic
def keep(found: Found, *, by: str, now: datetime) -> Learned:
    """Write the next version, in use where it is fit. Learned twice at once, the second waits and is the one after.

    Where a person went back to an older version, theirs stays in use: what is learned anew is kept beside it until a person takes it.
    """
    same = Learned.objects.filter(kind=found.kind, subject=found.subject)
    _one_at_a_time(found.kind, found.subject)
    newest = same.defer("content").order_by("-number").first()
    held = newest is not None and bool(newest.report["fit"]) and not newest.in_use
    if found.fit and not held:
        same.filter(in_use=True).update(in_use=False)
    made = Learned.objects.create(
        kind=found.kind,
        subject=found.subject,
        number=newest.number + 1 if newest else 1,
        from_at=found.from_at,
        to_at=found.to_at,
        clients=found.clients,
        method=found.method,
        facts=found.facts,
        content=found.content,
        report=found.report | {"fit": found.fit, "held": held},
        in_use=found.fit and not held,
        by=by,
        at=now,
    )
    record(
        kind="learned.made",
        ref=f"learned:{made.pk}",
        by=by,
        at=now,
        data=_named(made) | {"in_use": made.in_use},
    )
    return made


@transaction.atomic
def use(learned_id: int, *, by: str, now: datetime) -> Learned:
    """Reckon with this version from now on: going back, or taking one that was kept beside.

    Raises:
        Refusal: `no_such_version`; `in_use_already`.
    """
    chosen = Learned.objects.defer("content").filter(pk=learned_id).first()
    if chosen is None:
        raise Refusal(
            "no_such_version", _("There is no such version any more. Open the list anew."), status=404
        )
    same = Learned.objects.filter(kind=chosen.kind, subject=chosen.subject)
    _one_at_a_time(chosen.kind, chosen.subject)
    before = same.filter(in_use=True).values_list("number", flat=True).first()
    same.filter(in_use=True).exclude(pk=learned_id).update(in_use=False)
    if not same.filter(pk=learned_id, in_use=False).update(in_use=True):
        raise Refusal(
            "in_use_already", _("Version %(number)s is in use already.") % {"number": chosen.number}
        )
    chosen.in_use = True
    record(
        kind="learned.used",
        ref=f"learned:{chosen.pk}",
        by=by,
        at=now,
        data=_named(chosen) | {"instead_of": before},
    )
    return chosen


def _one_at_a_time(kind: str, subject: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"learned:{kind}:{subject}"])


def in_use(kind: Kind, subject: str) -> Learned | None:
    """The version that is reckoned with."""
    return Learned.objects.filter(kind=kind, subject=subject, in_use=True).first()


def heads() -> list[Learned]:
    """Of each subject the version in use, or the newest where none is; by kind and subject, without what was learned."""
    order = ("-kind", "subject", "-in_use", "-number")
    return list(Learned.objects.defer("content").order_by(*order).distinct("kind", "subject"))


def all_in_use(kinds: Collection[Kind]) -> dict[tuple[str, str], Learned]:
    """The versions in use of these kinds, by kind and subject."""
    found = Learned.objects.filter(kind__in=kinds, in_use=True)
    return {(each.kind, each.subject): each for each in found}


def _named(version: Learned) -> dict[str, Any]:
    return {"kind": version.kind, "subject": version.subject, "number": version.number}
