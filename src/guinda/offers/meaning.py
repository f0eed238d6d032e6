"""Numbers that mean something to one client: like their present one, with a birthday, with the year their company began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from guinda.offers.search import Found, Shelf, find
from guinda.solvers.wish import Wish

EACH = 6
"""Numbers shown of each kind: a page one can look through with a thumb."""
BEST = 12


@dataclass(frozen=True)
class Meaning:
    """What a client told of themselves; all of it may be left out, and none of it is kept."""

    present: str = ""
    birthday: date | None = None
    year: int | None = None


@dataclass(frozen=True)
class Group:
    """Numbers that have the same thing to say, and what that is."""

    title: str
    found: list[Found]


def groups(meaning: Meaning, *, at: Shelf, class_rows: list[int], now: datetime) -> list[Group]:
    """Free numbers of these classes for each thing that was told, the most beautiful first, then the most beautiful of all; each once."""
    made: list[Group] = []
    shown: set[int] = set()
    for title, wish in [
        *wishes(meaning, at.grader.length),
        (_("The most beautiful"), Wish(at.grader.length)),
    ]:
        most = EACH if wish != Wish(at.grader.length) else BEST
        found = find(wish, at=at, now=now, limit=most + len(shown), class_rows=class_rows)
        fresh = [each for each in found if each.number not in shown][:most]
        shown |= {each.number for each in fresh}
        if fresh:
            made.append(Group(title, fresh))
    return made


def wishes(meaning: Meaning, length: int) -> list[tuple[str, Wish]]:
    """What to look for, the closest to the client first."""
    asked: list[tuple[str, Wish]] = []
    if len(meaning.present) >= length:
        asked.append((_("Like your present number"), Wish(length, like=int(meaning.present[-length:]))))
    asked += [
        (_("With your birthday, %(digits)s") % {"digits": digits}, _having(digits, length))
        for digits in (_said(meaning.birthday) if meaning.birthday else ())
    ]
    if meaning.year is not None:
        title = _("With the year %(year)s") % {"year": meaning.year}
        asked.append((title, _having(str(meaning.year), length)))
    return asked


def _having(digits: str, length: int) -> Wish:
    """Digits longer than the number are asked for by their end."""
    return Wish(length, contains=digits[-length:])


def _said(day: date) -> tuple[str, str]:
    """A day as people write it in digits, the whole first."""
    return f"{day:%d%m%y}", f"{day:%d%m}"
