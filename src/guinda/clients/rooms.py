"""What the rooms above tell the client book: the seam through which orders and ratings come to a client's page, export and erasure.

A room registers one `Room` in its `apps.ready()`. The book asks each for what it knows of a client, under all of the client's ids, and
never imports one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet, Value

MOST = 1000
"""Rows of one kind in an export; a person with more has them from the tables."""


class Cursor(NamedTuple):
    """Where a page of the time line ends: the instant, the source's place among all, the row."""

    at: datetime
    rank: int
    pk: int


@dataclass(frozen=True)
class Entry:
    """One line of the time line: when, what kind, a sentence, and where to read more."""

    at: datetime
    pk: int
    kind: str
    text: str
    more: str = ""
    url: str = ""


@dataclass(frozen=True)
class Fact:
    """One figure at the head of the page; `tone` is good, bad or nothing."""

    label: Any
    value: str
    tone: str = ""


@dataclass(frozen=True)
class Who:
    """A client under all ids and telephones, merged ones included."""

    ids: Sequence[int]
    phones: Sequence[str]


@dataclass(frozen=True)
class Link:
    """A way on from a client's page, for who holds the permission."""

    label: Any
    url: str
    permission: str


class Source:
    """One table of the time line."""

    at = "at"

    def rows(self, who: Who) -> QuerySet[Any]:
        """The client's rows, in no order."""
        raise NotImplementedError

    def entry(self, row: Any) -> Entry:
        """One of them as a line."""
        raise NotImplementedError

    def places(self, who: Who, *, rank: int, before: Cursor | None, limit: int) -> QuerySet[Any]:
        """Where up to `limit` lines before a place stand in the time line, newest first: instant, rank, row."""
        rows = self.rows(who)
        if before is not None:
            earlier = Q(**{f"{self.at}__lt": before.at})
            if rank < before.rank:
                earlier |= Q(**{self.at: before.at})
            elif rank == before.rank:
                earlier |= Q(**{self.at: before.at}, pk__lt=before.pk)
            rows = rows.filter(earlier)
        stands = {"place_at": F(self.at), "place_rank": Value(rank), "place_pk": F("pk")}
        places: QuerySet[Any] = rows.order_by(f"-{self.at}", "-pk").annotate(**stands).values_list(*stands)
        return places[:limit]


class Room:
    """What one room knows of a client. Each part is empty unless the room has it."""

    sources: Sequence[Source] = ()

    def facts(self, who: Who) -> Sequence[Fact]:  # noqa: ARG002 - rooms that know something use it
        """Figures for the head of the page."""
        return ()

    def links(self, client_id: int) -> Sequence[Link]:  # noqa: ARG002 - rooms that have pages of a client use it
        """Where more can be done with this client."""
        return ()

    def found(self, text: str) -> Sequence[int]:  # noqa: ARG002 - rooms that know something use it
        """Clients that this text of the search stands for, for example by an order's code."""
        return ()

    def export(self, who: Who) -> dict[str, list[dict[str, Any]]]:  # noqa: ARG002 - rooms that know something use it
        """Everything that is the person's, as plain values by table."""
        return {}

    def is_busy(self, who: Who) -> bool:  # noqa: ARG002 - rooms that know something use it
        """Whether something under way still needs to know who they are."""
        return False

    def erase(self, who: Who) -> None:
        """Forget who they are; keep what the money's books need."""


_rooms: list[Room] = []


def register(room: Room) -> None:
    """Have the book ask this room too; the same kind of room once."""
    if not any(type(each) is type(room) for each in _rooms):
        _rooms.append(room)


def every() -> Collection[Room]:
    """The rooms that know something, in the order in which they were registered."""
    return tuple(_rooms)


def plain(rows: QuerySet[Any], *fields: str) -> list[dict[str, Any]]:
    """Rows as plain values, for an export."""
    return list(rows.order_by("-pk").values(*fields)[:MOST])
