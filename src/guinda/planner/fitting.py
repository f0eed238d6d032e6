"""What of a plan still fits at the moment when it is kept: between making and keeping other things go out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import F, Q, QuerySet

from guinda.clients.models import Channel
from guinda.planner import spent
from guinda.planner.asking import CAPACITIES, read, takes
from guinda.planner.models import Choice, Plan, Trial
from guinda.planner.spent import Spent
from guinda.plays.models import Run

LEAVE_OUT = """
INSERT INTO planner_leftout AS l (plan_id, runs, numbers)
SELECT %(plan)s, array_agg(r.id), array_agg(r.number) FROM plays_run r WHERE r.id = ANY(%(runs)s) HAVING count(*) > 0
ON CONFLICT (plan_id) DO UPDATE SET runs = l.runs || excluded.runs, numbers = l.numbers || excluded.numbers
"""


class Standing(NamedTuple):
    """A choice that has not gone yet; `is_moot` where its run is over or stands at another day."""

    pk: int
    client: int
    kind: str
    channel: str
    cost: int
    tool: int | None
    tool_kind: str
    run: int | None
    is_moot: bool

    @property
    def can_stay_away(self) -> bool:
        """Whether leaving it out keeps it from going: a seller's step stands on a list whatever a plan says."""
        return self.tool is not None or self.channel == Channel.MESSAGE


def outdate(plan: Plan, *, now: datetime, until: datetime) -> int:
    """Take out of a plan that is about to be kept what went out since would make too much; returns how many choices.

    That is what is for clients who were given as much as one may get in a day or are in a trial of today, and what money, messages or a
    cap no longer reach for: sellers' steps take their part first, then whom people pinned or chance drew, then what adds most. A play's
    message that is taken out is left out. The caller holds the day's turn; `until` is the end of the office's day.
    """
    asked, given = read(plan.asked), spent.of_today(currency=plan.currency, now=now)
    left = spent.left(asked, given)
    room = {"budget": left.budget_minor, "messages": left.messages}
    room |= {name: most for name in CAPACITIES if (most := getattr(left, name)) is not None}
    room |= {f"segment:{each.kind}": each.most for each in left.caps}
    same = all(each["most"] == room[each["name"]] for each in plan.limits if each["name"] in room)
    if same and not given.clients and not given.drawn and not _moot(plan, until).exists():
        return 0
    gone = [each for each in _standing(plan, until) if not _fits(each, given, room, asked.each)]
    Choice.objects.filter(pk__in=[each.pk for each in gone]).update(state=Choice.State.OUTDATED)
    Trial.objects.filter(plan=plan, client__in=given.drawn).delete()
    messages = [each.run for each in gone if each.run and each.can_stay_away]
    Plan.objects.filter(pk=plan.pk).update(left_out_count=F("left_out_count") + len(messages))
    with connection.cursor() as cursor:
        cursor.execute(LEAVE_OUT, {"plan": plan.pk, "runs": messages})
    return len(gone)


def _fits(each: Standing, given: Spent, room: dict[str, int], most: int) -> bool:
    """Whether there is room for it; if so it takes its part."""
    taken = {f"segment:{each.kind}", *takes(each.channel, each.tool_kind)} & set(room)
    if each.is_moot:
        return False
    if each.can_stay_away and (
        each.cost > max(0, room["budget"])
        or any(room[name] < 1 for name in taken)
        or given.clients[each.client] >= spent.most_of(each.kind, most)
        or each.client in given.drawn
    ):
        return False
    room["budget"] -= each.cost
    for name in taken:
        room[name] -= 1
    given.clients[each.client] += 1
    return True


def _moot(plan: Plan, until: datetime) -> QuerySet[Choice]:
    """Choices whose run is over or stands at another day, and did not do so by being done."""
    over = ~Q(run__state__in=Run.ACTIVE) | Q(run__due_at__gte=until)
    return Choice.objects.filter(over, plan=plan, run__isnull=False, run__step_at__lte=plan.made_at)


def _standing(plan: Plan, until: datetime) -> Iterator[Standing]:
    """The choices in the order in which they take their part; a play's message that has gone since is among what was given."""
    gone = Q(run__step_at__gt=plan.made_at, channel=Channel.MESSAGE)
    rows = Choice.objects.filter(plan=plan).exclude(gone)
    rows = rows.select_related("client", "tool").only(
        "client__kind", "channel", "cost_minor", "tool__kind", "run", "why", "adds_minor"
    )
    moot = set(_moot(plan, until).values_list("pk", flat=True))
    told = []
    for each in rows.iterator(chunk_size=5_000):
        found = Standing(
            each.pk,
            each.client_id,
            each.client.kind,
            each.channel,
            each.cost_minor,
            each.tool_id,
            each.tool.kind if each.tool else "",
            each.run_id,
            is_moot=each.pk in moot,
        )
        turn = (each.why == Choice.Why.BEST) + 1 if found.can_stay_away else 0
        told.append((turn, -each.adds_minor, found))
    return (each for _turn, _adds, each in sorted(told))
