"""Conditions on clients: structured filters in, one query over a whole set of clients out.

A filter is a table: `{fact = "delivered_orders", is = "at least", value = 3}`, or `{any = [...]}`, `{all = [...]}`, `{not = {...}}` around
others. A list of filters means all of them; an empty one means everybody. There is no text to parse and no name that reaches SQL without
standing in `facts` or `operators`; every value is a parameter.

Facts are read at a *moment*: a client and an instant. Today's question is one moment for each client; what would have happened last month
is as many moments as there were events, still in one query.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.clients.models import Client
from guinda.plays import facts, operators

DEEPEST = 5
MOST = 50
EXAMPLES = 5
TODAY = (
    "SELECT c.id AS moment, c.id AS client_id, %(now)s::timestamptz AS at FROM clients_client c WHERE true"
)
GIVEN = """SELECT g.moment - 1 AS moment, g.client_id, g.at
           FROM unnest(%(ids)s::bigint[], %(instants)s::timestamptz[]) WITH ORDINALITY AS g(client_id, at, moment)"""
BASE = """
WITH given AS ({moments}),
     placed AS (SELECT g.*, coalesce(nullif(c.time_zone, ''), city.time_zone, 'UTC') AS zone, coalesce(city.currency, '') AS currency
                FROM given g JOIN clients_client c ON c.id = g.client_id AND c.merged_into_id IS NULL AND c.erased_at IS NULL
                LEFT JOIN places_city city ON city.slug = coalesce(c.city_id, (SELECT min(slug) FROM places_city))),
     moment AS (SELECT p.*, (p.at AT TIME ZONE p.zone)::date AS day FROM placed p)
SELECT m.moment FROM moment m JOIN clients_client c ON c.id = m.client_id {joins} WHERE {where}
"""

Filters = Sequence[Mapping[str, Any]]


class Moment(NamedTuple):
    """A client as known at an instant."""

    client_id: int
    at: datetime


class Selection(NamedTuple):
    """A query that gives one column, and its parameters: to be run, or to stand in a larger one."""

    sql: str
    params: dict[str, Any]


def check(filters: object) -> None:
    """Refuse filters that can't be asked, in one sentence that says which and why."""
    _Reader().all_of(filters)


def selection(
    filters: Filters, *, now: datetime, among: Collection[int] | None = None, kind: str = ""
) -> Selection:
    """The query for the ids of the clients that match now: of `among` (everybody when None), of a `kind` of client where it is said.

    Days and quarters are those of the client's own calendar, money is in the currency of their city; who has no city lives in the first.
    """
    moments, params = TODAY, {"now": now}  # type: tuple[str, dict[str, Any]]
    if among is not None:
        moments, params = f"{moments} AND c.id = ANY(%(among)s)", params | {"among": list(among)}
    if kind:
        moments, params = f"{moments} AND c.kind = %(kind)s", params | {"kind": kind}
    return _query(filters, moments, params)


def matching(
    filters: Filters, *, now: datetime, among: Collection[int] | None = None, kind: str = ""
) -> list[int]:
    """The ids of the clients that match now, in ascending order; see `selection`."""
    return _ids(selection(filters, now=now, among=among, kind=kind))


def matching_at(filters: Filters, moments: Sequence[Moment]) -> list[int]:
    """The places in `moments` of those whose client matched at that instant, in ascending order."""
    if not moments:
        return []
    params: dict[str, Any] = {
        "ids": [each.client_id for each in moments],
        "instants": [each.at for each in moments],
    }
    return _ids(_query(filters, GIVEN, params))


def count_and_examples(filters: Filters, *, now: datetime, kind: str = "") -> tuple[int, list[Client]]:
    """How many clients match now, and the newest few of them."""
    chosen = selection(filters, now=now, kind=kind)
    sql = f"WITH found AS ({chosen.sql}) SELECT moment, (SELECT count(*) FROM found) FROM found ORDER BY 1 DESC LIMIT {EXAMPLES}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, chosen.params)
        rows = cursor.fetchall()
    found = Client.objects.in_bulk([pk for pk, _count in rows])
    return (rows[0][1] if rows else 0), [found[pk] for pk, _count in rows if pk in found]


def _query(filters: Filters, moments: str, params: dict[str, Any]) -> Selection:
    reader = _Reader()
    where = reader.all_of(filters)
    joins = " ".join(
        f"LEFT JOIN ({each.sql}) {each.name} ON {each.name}.moment = m.moment"
        for each in reader.sources.values()
    )
    return Selection(BASE.format(moments=moments, joins=joins, where=where), params | reader.params)


def _ids(chosen: Selection) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"{chosen.sql} ORDER BY 1", chosen.params)
        return [pk for (pk,) in cursor.fetchall()]


class _Reader:
    """Reads filters into SQL, and gathers the parameters and sources it needs on the way."""

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self.sources: dict[str, facts.Source] = {}
        self.asked = 0

    def all_of(self, filters: object) -> str:
        """The condition that all of them hold."""
        return self._joined(filters, " AND ", ()) or "true"

    def _joined(self, filters: object, word: str, place: tuple[int, ...]) -> str:
        if not isinstance(filters, (list, tuple)):
            raise _fault(place, _("conditions come as a list"))
        if len(place) > DEEPEST:
            raise _fault(place, _("conditions stand within each other more than five deep"))
        return word.join(f"({each})" for each in self._each(filters, place))

    def _each(self, filters: Sequence[object], place: tuple[int, ...]) -> Iterator[str]:
        for number, each in enumerate(filters, 1):
            yield self._one(each, (*place, number))

    def _one(self, said: object, place: tuple[int, ...]) -> str:
        match said:
            case {"fact": _, **_rest}:
                return self._question(said, place)  # type: ignore[arg-type]
            case {"not": inner, **rest} if not rest:
                return f"NOT ({self._joined([inner], ' AND ', place)})"
            case {"any": several, **rest} if several and not rest:
                return self._joined(several, " OR ", place)
            case {"all": several, **rest} if several and not rest:
                return self._joined(several, " AND ", place)
        raise _fault(place, _("say a fact and what it is to be, or any, all or not around others"))

    def _question(self, said: Mapping[str, Any], place: tuple[int, ...]) -> str:
        self.asked += 1
        if self.asked > MOST:
            raise _fault(place, _("more than fifty conditions"))
        name = said["fact"]
        fact = facts.EVERY.get(name) if isinstance(name, str) else None
        if fact is None:
            raise _fault(
                place, _("there is no fact “%(name)s”; choose one of the list") % {"name": str(name)[:40]}
            )
        operator = operators.of(fact, said.get("is"))
        if operator is None:
            words = ", ".join(each.word for each in operators.OPERATORS[fact.kind])
            raise _fault(place, _("“%(fact)s” can be: %(words)s") % {"fact": fact.label, "words": words})
        if set(said) != {"fact", "is", "value"} - (set() if operator.read else {"value"}):
            wants = _("takes a value and nothing else") if operator.read else _("takes no value")
            raise _fault(place, f"“{fact.label}” {operator.label}: {wants}")
        return self._asked(fact, operator, said.get("value"), place)

    def _asked(
        self, fact: facts.Fact, operator: operators.Operator, value: object, place: tuple[int, ...]
    ) -> str:
        key = f"v{len(self.params)}"
        if operator.read is not None:
            try:
                self.params[key] = operator.read(value, fact)
            except operators.Wrong as wrong:
                raise _fault(place, f"“{fact.label}” {operator.label}: {wrong}") from None
        if fact.source is not None:
            self.sources[fact.source.name] = fact.source
        question = operator.sql.format(fact=f"({fact.sql})", value=f"%({key})s")
        return f"coalesce({question}, false)"


def _fault(place: tuple[int, ...], said: str) -> Refusal:
    where = ".".join(str(each) for each in place)
    sentence = _("Condition %(place)s: %(said)s.") % {"place": where or "1", "said": said}
    return Refusal("condition_faulty", sentence, status=422, where=where)
