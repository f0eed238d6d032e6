"""Today's list: which steps a seller does now, worth most per minute first, and never more than the day still holds.

An account is its territory's seller's. Whose any other client is, is decided by a hash: of all who may do steps, the one whose name and the
client's id give the largest number. So nobody calls a client of somebody else's, it needs no rows, and when a seller comes or goes only the
clients that they have or had change hands. In the quiet hours of a client's own clock a contact with them is on no list.

A room above may plan the day (`plan_by`): what it put in order comes first, in that order, each with its reason, and messages that it left
out are held back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet, Sum

from guinda.base.office import begin_of, today_of
from guinda.base.shown import amount
from guinda.base.texts import pick
from guinda.clients.contacting import is_quiet
from guinda.clients.models import Client, Contact
from guinda.plays.definition import DESK, Definition, Step
from guinda.plays.knowing import definition_of
from guinda.plays.models import Run, StepDone

ASSUMED_MINUTES = 5
"""Of a step that does not say how long it takes."""
STAFF = "staff:"
"""Before a name, where books write who did something."""
MOST = 60
"""Lines on a list: more than a day holds of the shortest steps that anybody does with care."""
STEPS = """
SELECT DISTINCT r.version_id, r.step FROM plays_run r JOIN plays_play p ON p.id = r.play_id AND p.state = 'on'
WHERE r.state = 'listed' AND r.due_at <= %(now)s
"""
SELLER = """coalesce(
    (SELECT seller.username FROM offers_account account JOIN offers_territory territory ON territory.id = account.territory_id
     JOIN auth_user seller ON seller.id = territory.seller_id
     WHERE account.client_id = {client} AND seller.username = ANY(%(sellers)s::text[])),
    (SELECT each FROM unnest(%(sellers)s::text[]) each ORDER BY hashtextextended(each || '/' || {client}, 0) DESC LIMIT 1))
"""
MINE = f"AND %(me)s = {SELLER.format(client='r.client_id')}"
LISTED = """
SELECT r.id, count(*) OVER () FROM plays_run r JOIN plays_play p ON p.id = r.play_id AND p.state = 'on'
JOIN clients_client c ON c.id = r.client_id AND c.merged_into_id IS NULL AND c.erased_at IS NULL
JOIN unnest(%(versions)s::bigint[], %(steps)s::text[], %(rates)s::float8[], %(at_desk)s::bool[]) AS what (version_id, step, rate, at_desk)
     ON what.version_id = r.version_id AND what.step = r.step
LEFT JOIN places_city home ON home.slug = c.city_id
CROSS JOIN LATERAL (SELECT (%(now)s::timestamptz AT TIME ZONE
                            coalesce(nullif(c.time_zone, ''), home.time_zone, %(office)s))::time AS at) AS clock
WHERE r.state = 'listed' AND r.due_at <= %(now)s AND (what.at_desk OR clock.at >= %(morning)s AND clock.at < %(evening)s) {mine}
ORDER BY array_position(%(planned)s::bigint[], r.id), what.rate DESC, p.priority, r.due_at, r.id LIMIT %(most)s
"""


class Planned(NamedTuple):
    """What a plan says of a step: what it is about where the step alone doesn't say, why, and where it is done."""

    what: str
    why: str
    url: str


class Left(NamedTuple):
    """Runs whose message a plan leaves out, and those of which it is not settled yet."""

    out: set[int]
    wait: set[int]


class DayPlan(ABC):
    """What a room above has planned for today."""

    @abstractmethod
    def order(self, seller: str, now: datetime) -> Sequence[int]:
        """The runs that come first, in their order; of everybody where `seller` is empty."""

    @abstractmethod
    def left_out(self, numbers: Mapping[int, int], now: datetime) -> Left | None:
        """Of runs, each with how many steps are behind it, those whose message is not to go today. Two queries.

        None while a plan is being put in force; from here to the end of the transaction none is.
        """

    @abstractmethod
    def told(self, runs: Sequence[Run], now: datetime) -> Mapping[int, Planned]:
        """By run what was planned with it and why, in the language being spoken. A fixed number of queries."""


_plans: list[DayPlan] = []


def plan_by(plan: DayPlan) -> None:
    """Let a room above put today's lists in order."""
    _plans[:] = [plan]


def left_out(numbers: Mapping[int, int], *, now: datetime) -> Left | None:
    """Of runs, each with how many steps are behind it, those whose message today's plan does not send; None: ask in a moment."""
    for each in _plans:
        return each.left_out(numbers, now)
    return Left(set(), set())


def planned(runs: Sequence[Run], *, now: datetime) -> dict[int, Planned]:
    """By run what today's plan says of its step; who was not planned is left out."""
    return {pk: told for each in _plans for pk, told in each.told(runs, now).items()}


@dataclass(frozen=True)
class Due:
    """One line: a run that stands before a seller's step. `call` is whom to call, where anybody can be; `planned` what the plan says."""

    run: Run
    play: Definition
    step: Step
    call: str
    planned: Planned | None = None

    @property
    def name(self) -> str:
        """The step's name."""
        return pick(self.step.name)

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return minutes_of(self.step)

    @property
    def worth(self) -> str:
        """What is expected of it, as money; empty where nothing is said."""
        return amount(self.step.worth_minor, self.run.city.currency) if self.step.worth_minor else ""


@dataclass(frozen=True)
class Day:
    """What a seller does now, and how many more wait for another day."""

    due: Sequence[Due]
    waits: int
    done: int
    done_min: int
    left_min: int


def minutes_of(step: Step) -> int:
    """How long a step takes, as far as anybody knows."""
    return step.minutes or ASSUMED_MINUTES


def day_of(user: User, *, now: datetime, everybody: bool = False) -> Day:
    """This seller's day; with `everybody`, and for who is no seller, whoever's clients they are."""
    done, done_min = _done(f"{STAFF}{user.get_username()}", now)
    left_min = max(0, round(settings.SELLER_HOURS * 60) - done_min)
    ids, found = _listed("" if everybody else user.get_username(), now)
    chosen, taken_min = [], 0
    for each in _lines(ids, now):
        if taken_min + each.minutes <= left_min:
            chosen.append(each)
            taken_min += each.minutes
    return Day(chosen, found - len(chosen), done, done_min, left_min)


def line(run: Run, *, now: datetime) -> Due:
    """One of them by itself; while it is night where its client lives there is nobody to call."""
    play = definition_of(run.version_id)
    zone = run.client.time_zone or (run.client.city.time_zone if run.client.city else settings.TIME_ZONE)
    call = "" if is_quiet(now, zone) else _calls([run.client]).get(run.client_id, "")
    return Due(run, play, play.step(run.step), call, planned([run], now=now).get(run.pk))


def sellers() -> list[str]:
    """Who may do steps, by name."""
    may = User.objects.with_perm(
        "plays.do_step", include_superusers=False, backend="django.contrib.auth.backends.ModelBackend"
    )
    return list(may.order_by("username").values_list("username", flat=True))


def sellers_of(client_ids: Collection[int]) -> dict[int, str]:
    """Whose each of these clients is, by the seller's name; nobody's while there are no sellers."""
    names = sellers()
    if not names:
        return {}
    sql = f"SELECT c.id, {SELLER.format(client='c.id')} FROM unnest(%(ids)s::bigint[]) AS c (id)"  # noqa: S608 - our own parts
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": list(client_ids), "sellers": names})
        return dict(cursor.fetchall())


def _done(by: str, now: datetime) -> tuple[int, int]:
    """How many steps they did since midnight of the office's day, and in how many minutes."""
    rows = _todays(now).filter(by=by[:100])
    found = rows.aggregate(minutes=Sum("minutes"))
    return rows.count(), found["minutes"] or 0


def minutes_done(now: datetime) -> dict[str, int]:
    """By seller the minutes of steps done today. One query."""
    rows = _todays(now).filter(by__startswith=STAFF).order_by("by").values_list("by").annotate(Sum("minutes"))
    return {by.removeprefix(STAFF): minutes for by, minutes in rows}


def _todays(now: datetime) -> QuerySet[StepDone]:
    """Steps that people did since midnight of the office's day."""
    return StepDone.objects.filter(at__gte=begin_of(today_of(now)), key__isnull=False)


def _listed(me: str, now: datetime) -> tuple[list[int], int]:
    names = sellers() if me else []
    with connection.cursor() as cursor:
        cursor.execute(STEPS, {"now": now})
        kinds = cursor.fetchall()
        steps = [definition_of(version).step(step) for version, step in kinds]
        facts: dict[str, Any] = {
            "now": now,
            "versions": [version for version, _step in kinds],
            "steps": [step for _version, step in kinds],
            "rates": [each.worth_minor / minutes_of(each) for each in steps],
            "at_desk": [each.channel == DESK for each in steps],
            "office": settings.TIME_ZONE,
            "evening": settings.QUIET_HOURS[0],
            "morning": settings.QUIET_HOURS[1],
            "most": MOST,
            "planned": [pk for each in _plans for pk in each.order(me, now)],
        }
        mine = me in names
        if mine:
            facts |= {"me": me, "sellers": names}
        cursor.execute(LISTED.format(mine=MINE if mine else ""), facts)
        rows = cursor.fetchall()
    return [pk for pk, _count in rows], rows[0][1] if rows else 0


def _lines(ids: Sequence[int], now: datetime) -> list[Due]:
    runs = Run.objects.select_related("client", "play", "city").in_bulk(list(ids))
    calls = _calls([each.client for each in runs.values()])
    told = planned(list(runs.values()), now=now)
    found = []
    for pk in ids:
        if pk in runs:
            run = runs[pk]
            play = definition_of(run.version_id)
            call = calls.get(run.client_id, "")
            found.append(Due(run, play, play.step(run.step), call, told.get(pk)))
    return found


def _calls(clients: Sequence[Client]) -> dict[int, str]:
    """Whom to call: at a company who decides, else its own telephone."""
    calls = {each.pk: each.phone for each in clients if each.phone}
    companies = [each.pk for each in clients if each.kind == Client.Kind.COMPANY]
    rows = Contact.objects.filter(company__in=companies).exclude(phone="") if companies else ()
    for each in sorted(rows, key=lambda row: (row.decides, -row.pk)):
        calls[each.company_id] = each.phone
    return calls
