"""All that happened with a client on one line, newest first, in pages that cost the same however long the line is."""

from __future__ import annotations

from datetime import datetime
from heapq import merge as merged
from itertools import islice

from guinda.clients import rooms
from guinda.clients.rooms import Cursor, Entry, Who

PAGE = 20


def page(who: Who, *, before: Cursor | None = None, limit: int = PAGE) -> tuple[list[Entry], Cursor | None]:
    """The lines before a place, and the place where the next page begins; None at the end.

    Each table is asked for one page by its own index, in the same order: instant, then the table's rank, then the row.
    """
    sources = [source for room in rooms.every() for source in room.sources]
    lines = [
        list(source.newest(who, rank=rank, before=before, limit=limit + 1))
        for rank, source in enumerate(sources)
    ]
    newest = list(islice(merged(*lines, key=lambda line: line[0], reverse=True), limit + 1))
    shown = newest[:limit]
    return [entry for _cursor, entry in shown], shown[-1][0] if len(newest) > limit else None


def read(text: str) -> Cursor | None:
    """A place as the page's address carries it; None for what is none."""
    try:
        at, rank, pk = text.split("~")
        place = Cursor(datetime.fromisoformat(at), int(rank), int(pk))
    except ValueError:
        return None
    return place if place.at.tzinfo and abs(place.pk) < 2**63 else None


def write(place: Cursor) -> str:
    """A place for the page's address."""
    return f"{place.at.isoformat()}~{place.rank}~{place.pk}"
