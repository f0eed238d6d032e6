"""What of a plan still fits at the moment when it is kept: between making and keeping other things go out."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, Q, Value, When

from guinda.clients.models import Channel
from guinda.planner import spent
from guinda.planner.asking import read
from guinda.planner.models import Choice, Plan
from guinda.planner.spent import Spent


def outdate(plan: Plan, *, now: datetime) -> int:
    """Take out of a plan that is about to be kept what went out since would make too much; returns how many choices.

    Offers to clients who have been given as much as one may get in a day, and those that money or messages no longer reach for: who was
    pinned or drawn comes first, then what adds most. The caller holds the day's turn.
    """
    asked, given = read(plan.asked), spent.of_today(currency=plan.currency, now=now)
    left = spent.left(asked, given)
    room = {"budget": left.budget_minor, "messages": left.messages}
    if all(each["most"] == room[each["name"]] for each in plan.limits if each["name"] in room):
        return 0
    gone = [pk for pk, fits in _each(plan, given, room, asked.each) if not fits]
    return Choice.objects.filter(pk__in=gone).update(state=Choice.State.OUTDATED)


def _each(plan: Plan, given: Spent, room: dict[str, int], most: int) -> list[tuple[int, bool]]:
    """Every choice that has not gone yet, and whether it fits still."""
    first = Case(When(why=Choice.Why.BEST, then=Value(1)), default=Value(0))
    rows = Choice.objects.filter(plan=plan).exclude(_went(plan)).order_by(first, "-adds_minor", "pk")
    found = []
    for pk, client, channel, cost, tool in rows.values_list(
        "pk", "client_id", "channel", "cost_minor", "tool_id"
    ):
        message = int(channel == Channel.MESSAGE)
        is_offer = tool is not None
        fits = cost <= room["budget"] and message <= room["messages"] and given.clients[client] < most
        if fits or not is_offer:
            room["budget"] -= cost
            room["messages"] -= message
        found.append((pk, fits or not is_offer))
    return found


def _went(plan: Plan) -> Q:
    """Steps of runs that have moved on since: they are among what was given."""
    return Q(run__step_at__gt=plan.made_at)
