"""Facts of clients at moments as columns of numbers, for what learns: one query for any number of moments.

A number or money is itself, a date is days from the moment (below 0: before it), yes and no are 1 and 0, of several choices there is their
count; of one choice there is its word. What is not known is NaN, or the empty word. Money is minor units.

A learner must not see what came after the moment it learns from. So only `DATED` facts are taken: those that are read from dated rows, and
the few of the client's own that nothing we do changes. What is rewritten in place, such as contracts, tells of today alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from guinda.plays.conditions import BASE, GIVEN, Moment
from guinda.plays.facts import EVERY, companies
from guinda.plays.facts.rows import Fact, Kind

SQL = {
    Kind.NUMBER: "({fact})::float8",
    Kind.MONEY: "({fact})::float8",
    Kind.DATE: "({fact} - m.day)::float8",
    Kind.YES_NO: "({fact})::int::float8",
    Kind.CHOICES: "cardinality({fact})::float8",
    Kind.CHOICE: "({fact})::text",
}
UNCHANGING = ("kind", "client_since")
DATED = tuple(
    name
    for name, fact in EVERY.items()
    if name in UNCHANGING or (fact.source is not None and fact.source is not companies.SUPPLIED)
)
"""Facts whose value at a past moment is the one that could have been read then, in the order of `EVERY`."""


@dataclass(frozen=True)
class Columns:
    """Of each moment whose client is in the book: its place among those asked for, its day by the client's calendar, and its facts."""

    places: NDArray[np.int64]
    numbers: dict[str, NDArray[np.float64]]
    words: dict[str, NDArray[np.str_]]


def columns(names: Sequence[str], moments: Sequence[Moment]) -> Columns:
    """These facts at these moments, in the order of the moments; who was merged or erased has no row."""
    facts = [EVERY[name] for name in names]
    rows = _rows(facts, moments)
    numbers, words = {}, {}
    for at, fact in enumerate(facts, 1):
        values = [row[at] for row in rows]
        if fact.kind is Kind.CHOICE:
            words[fact.name] = np.array([value or "" for value in values], dtype=np.str_)
        else:
            numbers[fact.name] = np.array(
                [np.nan if value is None else value for value in values], dtype=np.float64
            )
    return Columns(np.array([row[0] for row in rows], dtype=np.int64), numbers, words)


def _rows(facts: Sequence[Fact], moments: Sequence[Moment]) -> list[tuple[Any, ...]]:
    sources = {fact.source.name: fact.source for fact in facts if fact.source}
    joins = " ".join(
        f"LEFT JOIN ({each.sql}) {each.name} ON {each.name}.moment = m.moment" for each in sources.values()
    )
    chosen = ", ".join(["m.moment", *(SQL[fact.kind].format(fact=fact.sql) for fact in facts)])
    frame = BASE.format(moments=GIVEN, joins=joins, where="true")
    before, _ids, after = frame.rpartition("SELECT m.moment FROM moment m")
    sql = f"{before}SELECT {chosen} FROM moment m{after} ORDER BY 1"  # noqa: S608 - our own words
    given: dict[str, Any] = {
        "ids": [each.client_id for each in moments],
        "instants": [each.at for each in moments],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())
