"""Who could get what today: every offer that passes the sieves and every step of a play that is due, with what it costs, takes and adds.

A company is offered things by telephone, a person by a message. A pair's cost is all it can cost, a yes included: that is what the budget
counts. What it adds is the added chance times the margin still to come, less what the contact costs and what a yes costs times how
often this tool gets one. Where a play's effect is not known yet, a seller's step is worth what its author says, a message what is assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.models import Count, Max, Q
from numpy.typing import NDArray

from guinda.base.office import today_of
from guinda.clients import contacting, touching
from guinda.clients.models import Channel, Client
from guinda.offers import eligibility
from guinda.offers.models import Number, NumberClass, Offer, Tool
from guinda.places.models import City
from guinda.planner import worth
from guinda.planner.keeping import left_over
from guinda.planner.models import Choice
from guinda.planner.spent import Spent, most_of
from guinda.plays import outgoing, today
from guinda.plays.definition import DESK, Definition, Step
from guinda.plays.knowing import definition_of
from guinda.solvers.allocate import NEVER

Ints = NDArray[np.int64]
CHUNK = 5_000
"""Clients sieved in one go."""
CALL_MINUTES = 8
"""Of a seller, to put an offer before a company."""
BEFORE_ANY = (1, 10)
"""Yeses and offers that a tool is credited with before it has any of its own."""
TOP = 2**31 - 1
"""No amount of one pair is reckoned higher, in minor units."""
BILLS = """
SELECT s.company_id, coalesce(sum(s.monthly_minor) FILTER (WHERE s.competitor_id IS NULL),
                              sum(s.monthly_minor) FILTER (WHERE s.competitor_id IS NOT NULL), 0)
FROM clients_supply s WHERE s.company_id = ANY(%s) GROUP BY s.company_id
"""
DUE = """
SELECT r.id, r.client_id, r.version_id, r.step FROM plays_run r JOIN plays_play p ON p.id = r.play_id AND p.state = 'on'
JOIN clients_client c ON c.id = r.client_id AND c.merged_into_id IS NULL AND c.erased_at IS NULL
JOIN places_city city ON city.slug = r.city_id AND city.currency = %(currency)s
WHERE r.state = 'listed' AND r.due_at < %(until)s AND (r.lapses_at IS NULL OR r.lapses_at > %(now)s) ORDER BY r.due_at, r.id
"""
Told = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


@dataclass(frozen=True)
class Action:
    """One thing that can be done: a tool through a channel, or a step of a play's version. `of` is what it is learned under."""

    key: str
    of: str
    channel: str
    minutes: int
    contact_minor: int
    tool: Tool | None = None
    step: tuple[int, str] | None = None


@dataclass(frozen=True)
class Candidates:
    """Clients (rows) and actions (columns). `adds` is NEVER where it may not be; `runs` are those of steps, 0 elsewhere."""

    clients: Ints
    actions: tuple[Action, ...]
    adds: Ints
    cost: Ints
    tool_cost: Ints
    runs: Ints
    chance: NDArray[np.float64]
    rest: Ints
    basis: tuple[str, ...]
    sellers: tuple[str, ...]
    busy: tuple[int, ...]
    """Minutes of each of them that today has already."""
    seller: Ints
    """Which of `sellers` each client is: -1 where nobody is there to call."""
    is_company: NDArray[np.bool_]
    learned: tuple[int, ...]
    room: Ints
    """How many things each client may get yet today."""
    free_numbers: int
    """Numbers that could be sold today."""
    messages: Mapping[int, int]
    """Runs whose message goes today unless it is left out, with how many steps are behind each."""

    @property
    def pairs(self) -> int:
        """How many things could be done."""
        return int((self.adds != NEVER).sum())


class Due(NamedTuple):
    """A run before a step that is due today."""

    run_id: int
    client_id: int
    version_id: int
    step: str

    @property
    def way(self) -> tuple[str, str]:
        """What for and how the client is contacted."""
        play = definition_of(self.version_id)
        return play.purpose, _channel(play.step(self.step))


@dataclass(frozen=True)
class Whom:
    """Clients for whom something may be done, and what [clients, actions]; the runs of steps; and every message that could go."""

    ids: Ints
    is_company: NDArray[np.bool_]
    may: NDArray[np.bool_]
    runs: Ints
    room: Ints
    messages: Mapping[int, int]


def gather(
    *, currency: str, now: datetime, until: datetime, given: Spent, each: int, told: Told
) -> Candidates:
    """All of today's, in the city's money, for whom earlier plans gave fewer than `each` things; `until` is the end of the office's day."""
    free = free_numbers(currency)
    tools = _tools(currency, free, now) if today.sellers() else []
    messages = outgoing.due(currency=currency, until=until)
    numbers = {each.run_id: each.number for each in messages}
    due = _contactable([*_listed(currency, until, now), *(Due(*each[:4]) for each in messages)], now)
    here, others = _book(currency, tools, {each.client_id for each in due})
    kinds = here | others
    ids = np.array(sorted(kinds), dtype=np.int64)
    is_company = np.array([kinds[pk] == Client.Kind.COMPANY for pk in ids.tolist()], dtype=np.bool_)
    actions = (*tools, *_steps(due, currency, now))
    may = _sieved(ids, is_company, actions, now, told)
    may &= np.array([pk in here for pk in ids.tolist()], dtype=np.bool_)[:, None]
    runs = np.zeros((len(ids), len(actions)), dtype=np.int64)
    column = {each.step: at for at, each in enumerate(actions) if each.step}
    for run in due:
        at = np.searchsorted(ids, run.client_id), column[run.version_id, run.step]
        may[at], runs[at] = True, run.run_id
    most = np.where(is_company, most_of(Client.Kind.COMPANY, each), each).astype(np.int64)
    had = np.array([each if pk in given.drawn else given.clients[pk] for pk in ids.tolist()], dtype=np.int64)
    some = may.any(axis=1) & (had < most)
    own = {each.run_id: numbers[each.run_id] for each in due if each.run_id in numbers}
    whom = Whom(ids[some], is_company[some], may[some], runs[some], (most - had)[some], own)
    return _weighed(whom, actions, free, given.minutes, now)


def _tools(currency: str, numbers: int, now: datetime) -> list[Action]:
    """Each tool by the channels that its clients are offered things through."""
    day = today_of(now)
    at_hand = Tool.objects.filter(currency=currency, paused_at=None, from_date__lte=day)
    at_hand = at_hand.filter(Q(until_date=None) | Q(until_date__gte=day)).exclude(pieces_left=0)
    contact = _contact_costs(currency, now)
    found = []
    for tool in at_hand:
        if tool.kind == Tool.Kind.NUMBER and not numbers:
            continue
        if tool.for_kind != Client.Kind.PERSON:
            found.append(_of_tool(tool, Channel.CALL, CALL_MINUTES, contact))
        if tool.for_kind != Client.Kind.COMPANY and by_message(tool):
            found.append(_of_tool(tool, Channel.MESSAGE, 0, contact))
    return found


def by_message(tool: Tool) -> bool:
    """Whether it can be offered in writing without a person's thought: a gift, a service or a trial; the rest needs terms of its own.

    So does what must leave a margin: it is reckoned from a price, which a seller enters.
    """
    return tool.kind in (Tool.Kind.GIFT, Tool.Kind.SERVICE, Tool.Kind.TRIAL) and not tool.floor_percent


def _of_tool(tool: Tool, channel: Channel, minutes: int, contact: Mapping[str, tuple[int, int]]) -> Action:
    minute, each = contact[channel]
    key = f"tool:{tool.slug}:{channel}"
    return Action(key, f"tool:{tool.slug}", channel, minutes, minutes * minute + each, tool=tool)


def _contact_costs(currency: str, now: datetime) -> dict[str, tuple[int, int]]:
    """By channel what a minute and a contact cost today; a desk's minute is one on the telephone."""
    found = {}
    for channel in Channel:
        price = touching.price_of(channel=channel, currency=currency, date=today_of(now))
        found[str(channel)] = (price.minute_minor, price.each_minor) if price else (0, 0)
    return {**found, DESK: (found[Channel.CALL][0], 0)}


def _listed(currency: str, until: datetime, now: datetime) -> list[Due]:
    """Runs that stand before a seller's step today; a plan's own left-overs are decided anew."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"currency": currency, "until": until, "now": now})
        old = set(left_over(currency).values_list("pk", flat=True))
        return [Due(*row) for row in cursor.fetchall() if row[0] not in old]


def _contactable(due: Sequence[Due], now: datetime) -> list[Due]:
    """Those whose client may be contacted for it."""
    ways: dict[tuple[str, str], set[int]] = {}
    for each in due:
        if each.way[1] != DESK:
            ways.setdefault(each.way, set()).add(each.client_id)
    held = {
        (way, client)
        for way, some in ways.items()
        for client in contacting.against(some, purpose=way[0], channel=Channel(way[1]), now=now, waits=True)
    }
    return [each for each in due if (each.way, each.client_id) not in held]


def _steps(due: Sequence[Due], currency: str, now: datetime) -> Iterator[Action]:
    contact = _contact_costs(currency, now)
    for version, slug in sorted({(each.version_id, each.step) for each in due}):
        play = definition_of(version)
        step, channel = play.step(slug), _channel(play.step(slug))
        minute, each = contact[channel]
        minutes = today.minutes_of(step) if step.who == "seller" else 0
        key, of = f"step:{play.slug}:{slug}", f"play:{play.slug}"
        yield Action(key, of, channel, minutes, minutes * minute + each, step=(version, slug))


def _channel(step: Step) -> str:
    """How a step reaches its client."""
    return step.channel if step.who == "seller" else str(Channel.MESSAGE)


def _book(
    currency: str, tools: Sequence[Action], due: Collection[int]
) -> tuple[dict[int, str], dict[int, str]]:
    """Kinds by key of the clients whose money this is and for whom there is a tool, and of those with a step that is due."""
    kinds = {each.tool.for_kind for each in tools if each.tool}
    whose = Client.objects.filter(merged_into=None, erased_at=None)
    first = City.objects.order_by("pk").first()
    here = Q(city__currency=currency) | (
        Q(city=None) if first and first.currency == currency else Q(pk__in=[])
    )
    for_tools = Q() if "" in kinds else Q(kind__in=kinds)
    rows = whose.filter(here & for_tools).values_list("pk", "kind")
    return dict(rows.iterator(chunk_size=CHUNK)), dict(whose.filter(pk__in=due).values_list("pk", "kind"))


def _sieved(
    ids: Ints, is_company: NDArray[np.bool_], actions: Sequence[Action], now: datetime, told: Told
) -> NDArray[np.bool_]:
    """Which client may be offered which tool, [clients, actions]."""
    may = np.zeros((len(ids), len(actions)), dtype=np.bool_)
    ways = [
        (
            channel,
            side,
            {
                each.tool.pk: (at, each.tool)
                for at, each in enumerate(actions)
                if each.tool and each.channel == channel
            },
        )
        for channel, side in ((Channel.CALL, is_company), (Channel.MESSAGE, ~is_company))
    ]
    for first in range(0, len(ids), CHUNK):
        told(first, len(ids))
        for channel, side, asked in ways:
            those = ids[first : first + CHUNK][side[first : first + CHUNK]].tolist()
            tools = [tool for _at, tool in asked.values()]
            yes = eligibility.eligible(tools=tools, client_ids=those, now=now, channel=channel)
            for tool, good in yes.items():
                may[np.searchsorted(ids, good), asked[tool][0]] = True
    return may


def _weighed(
    whom: Whom, actions: Sequence[Action], numbers: int, minutes: Mapping[str, int], now: datetime
) -> Candidates:
    """What each pair costs and adds."""
    ids, asked = whom.ids, whom.ids.tolist()
    rest = worth.rest_minor(asked, now=now)
    bills, yes = _bills(asked), _yes_rates([each.tool for each in actions if each.tool])
    shape = (len(ids), len(actions))
    adds, cost, tool_cost, chance = (np.zeros(shape) for _each in range(4))
    basis, learned = [], set(rest.learned_ids)
    known = {of: worth.added_chance(of, asked, now=now) for of in {each.of for each in actions}}
    dearest = _dearest_number(actions)
    for at, action in enumerate(actions):
        added = known[action.of]
        chance[:, at] = added.chance
        kind = added.basis
        gain = added.chance * rest.minor
        if action.tool:
            tool_cost[:, at] = _tool_cost(action.tool, bills, dearest)
        elif added.learned_id is None and _step(action).who == "seller":
            gain, kind = np.full(len(ids), _step(action).worth_minor), Choice.Basis.AUTHOR
            chance[:, at] = 0.0
        learned |= {added.learned_id} if added.learned_id else set()
        basis.append(str(kind))
        cost[:, at] = action.contact_minor + tool_cost[:, at]
        likely = yes[action.tool.pk] if action.tool else 0.0
        adds[:, at] = gain - action.contact_minor - likely * tool_cost[:, at]
    names = today.sellers()
    whose = today.sellers_of(asked)
    place = {name: at for at, name in enumerate(names)}
    return Candidates(
        clients=ids,
        actions=tuple(actions),
        adds=np.where(whom.may, np.clip(np.rint(adds), NEVER + 1, TOP), NEVER).astype(np.int64),
        cost=_whole(cost),
        tool_cost=_whole(tool_cost),
        rest=_whole(rest.minor),
        runs=whom.runs,
        chance=chance,
        basis=tuple(basis),
        sellers=tuple(names),
        busy=tuple(minutes.get(name, 0) for name in names),
        seller=np.array([place.get(whose.get(pk, ""), -1) for pk in asked], dtype=np.int64),
        is_company=whom.is_company,
        learned=tuple(sorted(learned)),
        room=whom.room,
        free_numbers=numbers,
        messages=whom.messages,
    )


def _whole(amounts: NDArray[np.float64]) -> Ints:
    return np.clip(np.rint(amounts), 0, TOP).astype(np.int64)


def _step(action: Action) -> Step:
    assert action.step is not None  # noqa: S101 - an action is a tool or a step
    play: Definition = definition_of(action.step[0])
    return play.step(action.step[1])


def _bills(ids: Sequence[int]) -> NDArray[np.float64]:
    """What each company pays a month: us, or else the competitors it could leave; 0 for people."""
    with connection.cursor() as cursor:
        cursor.execute(BILLS, [list(ids)])
        found = dict(cursor.fetchall())
    return np.array([float(found.get(pk, 0)) for pk in ids])


def _dearest_number(actions: Sequence[Action]) -> int:
    """The highest price of a class of numbers, where a tool gives a rebate on one: it costs no more than its part of that."""
    money = {each.tool.currency for each in actions if each.tool and each.tool.kind == Tool.Kind.NUMBER}
    rows = NumberClass.objects.filter(numbering__currency__in=money) if money else NumberClass.objects.none()
    return rows.aggregate(most=Max("price_minor"))["most"] or 0


def _tool_cost(tool: Tool, bills: NDArray[np.float64], dearest: int) -> Any:
    """What a yes costs at the most: its fixed parts, and the whole rebate: of the bill for a price, of the dearest number for one."""
    fixed = eligibility.least_cost_minor(tool)
    if tool.kind == Tool.Kind.PRICE:
        return fixed + np.ceil(bills * tool.rebate_percent / 100) * tool.months
    return fixed + (np.ceil(dearest * tool.rebate_percent / 100) if tool.kind == Tool.Kind.NUMBER else 0)


def _yes_rates(tools: Sequence[Tool | None]) -> dict[int, float]:
    """How often each tool gets a yes, of offers that ended; drawn to one in ten while they are few."""
    ended = Offer.objects.filter(tool__in=tools, presented_at__isnull=False, ended_at__isnull=False).values(
        "tool"
    )
    rows = ended.annotate(of=Count("pk"), yes=Count("pk", filter=Q(state=Offer.State.ACCEPTED)))
    found = {row["tool"]: (row["yes"], row["of"]) for row in rows}
    return {
        tool.pk: (found.get(tool.pk, (0, 0))[0] + BEFORE_ANY[0])
        / (found.get(tool.pk, (0, 0))[1] + BEFORE_ANY[1])
        for tool in tools
        if tool
    }


def free_numbers(currency: str) -> int:
    """How many numbers could be sold today for this money."""
    return Number.objects.filter(state="free", numbering__currency=currency).count()
