"""All that happened with a client on one line, newest first, in pages that cost the same however long the line is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from guinda.clients import rooms
from guinda.clients.rooms import Cursor, Entry, Source, Who

PAGE = 20


def page(who: Who, *, before: Cursor | None = None, limit: int = PAGE) -> tuple[list[Entry], Cursor | None]:
    """The lines before a place, and the place where the next page begins; None at the end.

    One question finds which lines they are: each table gives one page by its own index, in the same order (instant, then the table's rank,
    then the row). Only the tables that are on the page are asked for their rows.
    """
    sources = [source for room in rooms.every() for source in room.sources]
    first, *rest = [
        source.places(who, rank=rank, before=before, limit=limit + 1) for rank, source in enumerate(sources)
    ]
    order = ("-place_at", "-place_rank", "-place_pk")
    found = [Cursor(*each) for each in first.union(*rest, all=True).order_by(*order)[: limit + 1]]
    shown = found[:limit]
    lines = _lines(who, sources, shown)
    entries = [lines[each.rank, each.pk] for each in shown if (each.rank, each.pk) in lines]
    return entries, shown[-1] if len(found) > limit else None


def _lines(who: Who, sources: Sequence[Source], shown: Sequence[Cursor]) -> dict[tuple[int, int], Entry]:
    wanted: dict[int, list[int]] = defaultdict(list)
    for place in shown:
        wanted[place.rank].append(place.pk)
    return {
        (rank, row.pk): sources[rank].entry(row)
        for rank, pks in wanted.items()
        for row in sources[rank].rows(who).filter(pk__in=pks)
    }


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
