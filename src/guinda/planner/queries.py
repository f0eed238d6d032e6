"""Reads of plans: which one is in force, what was tried, what one buys, its choices page by page, and people's words that hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet, Sum

from guinda.offers.models import Tool
from guinda.planner.asking import Asked
from guinda.planner.models import Choice, Pin, Plan
from guinda.planner.naming import called

PAGE = 50
"""Choices on one page."""
TRIED = 12
"""Of a day's plans, the newest."""
NOT_GIVEN = (Choice.State.REFUSED, Choice.State.OUTDATED)
DONE = (Plan.State.READY, Plan.State.KEPT, Plan.State.REPLACED)


@dataclass(frozen=True)
class Bought:
    """What a plan buys of one action, or by one seller: how many choices, minutes, and minor units."""

    key: str
    choices: int
    minutes: int
    cost_minor: int
    adds_minor: int


@dataclass(frozen=True)
class Which:
    """The choices one wants to see; empty is all."""

    seller: str = ""
    action: str = ""
    refused: bool = False
    page: int = 1


def currencies() -> list[str]:
    """In which money tools are offered; a plan is of one."""
    return list(Tool.objects.order_by("currency").values_list("currency", flat=True).distinct())


def in_force(day: date, currency: str) -> Plan | None:
    """The plan kept for a day."""
    return Plan.objects.filter(date=day, currency=currency, state=Plan.State.KEPT).first()


def latest(day: date, currency: str) -> Plan | None:
    """What one looks at first: the plan in force, else the newest of the day, else the one kept last."""
    rows = Plan.objects.filter(currency=currency)
    return (
        in_force(day, currency)
        or rows.filter(date=day).exclude(state=Plan.State.REPLACED).order_by("-asked_at", "-pk").first()
        or rows.filter(kept_at__isnull=False).order_by("-kept_at", "-pk").first()
    )


def tried(day: date, currency: str) -> QuerySet[Plan]:
    """The day's plans, newest first."""
    return Plan.objects.filter(date=day, currency=currency).order_by("-asked_at", "-pk")[:TRIED]


def bought(plan: Plan, by: str = "action") -> list[Bought]:
    """What a plan buys by `action` or by `seller`, what adds most first."""
    rows = Choice.objects.filter(plan=plan).values(by).order_by(by)
    sums = rows.annotate(
        choices=Count("pk"), all_minutes=Sum("minutes"), cost=Sum("cost_minor"), adds=Sum("adds_minor")
    )
    found = [
        Bought(each[by], each["choices"], each["all_minutes"], each["cost"], each["adds"]) for each in sums
    ]
    return sorted(found, key=lambda each: (-each.adds_minor, each.key))


def to_give(plan: Plan) -> int:
    """How many choices of a kept plan are not given out yet."""
    return Choice.objects.filter(plan=plan, state=Choice.State.PLANNED).count()


def refused(plan: Plan) -> int:
    """How many could not be given."""
    return Choice.objects.filter(plan=plan, state__in=NOT_GIVEN).count()


def choices(plan: Plan, which: Which) -> tuple[list[Choice], int]:
    """One page of a plan's choices in the order of the sellers' days, and how many there are in all."""
    rows: QuerySet[Choice] = Choice.objects.filter(plan=plan)
    if which.seller:
        rows = rows.filter(seller=which.seller)
    if which.action:
        rows = rows.filter(action=which.action)
    if which.refused:
        rows = rows.filter(state__in=NOT_GIVEN)
    count = rows.count() if which.seller or which.action or which.refused else plan.chosen
    first = (which.page - 1) * PAGE
    page = rows.select_related("client", "tool", "plan").order_by("seller", "place", "pk")[
        first : first + PAGE
    ]
    return list(page), count


def standing_pins(day: date) -> QuerySet[Pin]:
    """Everybody's words that hold on a day, the newest first."""
    rows = Pin.objects.filter(ended_at=None, until_date__gte=day)
    return rows.select_related("client", "tool").order_by("-at", "-pk")


def people(by: Sequence[str]) -> dict[str, str]:
    """`staff:NAME`, as books write who did something -> the colleague's name; others as they stand."""
    wanted = {each.removeprefix("staff:") for each in by if each.startswith("staff:")}
    return {f"staff:{each.username}": called(each) for each in User.objects.filter(username__in=wanted)}


def may_stand(asked: Asked, currency: str) -> Q:
    """Tools that a floor can be asked of: those at hand in this money, and those asked for already."""
    slugs = [each.action.removeprefix("tool:") for each in asked.floors if each.action.startswith("tool:")]
    return Q(currency=currency, paused_at=None) | Q(slug__in=slugs)
