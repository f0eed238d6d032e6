"""Reads for the client's pages of a standing order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guinda.base import money
from guinda.base.texts import pick
from guinda.catalog.models import Variety
from guinda.catalog.queries import prices
from guinda.orders.models import Order
from guinda.orders.standing.asking import Question, questions
from guinda.orders.standing.models import StandingOrder, Visit, Wanted
from guinda.orders.standing.texts import day_text, when_text
from guinda.orders.standing.times import PLACED_FROM, START_S, instant

CODE = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
PAST_DAYS = 7
"""Days that are over are shown for so long."""


def standing_of(code: str) -> StandingOrder | None:
    """The standing order that this secret code opens; any other text opens none."""
    if not CODE.fullmatch(code):
        return None
    return StandingOrder.objects.select_related("city", "client").filter(code=code).first()


def order_of(code: str) -> Order | None:
    """The order whose tracking page asks for a standing one."""
    if not CODE.fullmatch(code):
        return None
    return Order.objects.select_related("city", "client").filter(code=code).first()


def made_already(order: Order) -> StandingOrder | None:
    """The standing order that this order comes from, or the newest one made from it and still going."""
    own = Q(visits__order=order) | Q(made_from=order, ended_at=None)
    return StandingOrder.objects.filter(own).order_by("-pk").first()


@dataclass(frozen=True)
class Portion:
    """A line as the page shows it, at the price of today."""

    slug: str
    name: str
    product: str
    colour: str
    weight_g: int
    start_g: int
    price: str


def portions(standing: StandingOrder, lines: Sequence[Wanted], *, by_kg: dict[str, int]) -> list[Portion]:
    """The lines with their names and prices; `lines` bring their varieties and products."""
    found, start_g = [], 0
    for line in lines:
        variety = line.variety
        price_minor = money.price_minor(line.weight_g, by_kg.get(variety.slug, line.per_kg_minor))
        found.append(
            Portion(
                slug=variety.slug,
                name=pick(variety.name),
                product=pick(variety.product.name),
                colour=variety.colour,
                weight_g=line.weight_g,
                start_g=start_g,
                price=show(standing, price_minor),
            )
        )
        start_g += line.weight_g
    return found


@dataclass(frozen=True)
class Day:
    """A visit as the page shows it: one word for how it stands, and what can be done about it."""

    visit: Visit
    day: str
    stage: str
    instead: str
    placed_from: str
    answer_by: str
    questions: Sequence[dict[str, Any]]
    can_skip: bool
    can_bring: bool


def days(standing: StandingOrder, *, now: datetime) -> list[Day]:
    """The days from a week ago on that were not called off. Only today's and tomorrow's can have a question, so the queries are few."""
    rows = (
        standing.visits.filter(wished_at__gt=now - timedelta(days=PAST_DAYS))
        .exclude(state=Visit.State.CANCELLED)
        .select_related("order")
        .prefetch_related("lines__variety")
        .order_by("date")
    )
    return [_day(standing, visit, now) for visit in rows]


def _day(standing: StandingOrder, visit: Visit, now: datetime) -> Day:
    visit.standing = standing
    placed_at = instant(visit.date - timedelta(days=1), PLACED_FROM, standing.zone)
    asked = visit.state == Visit.State.ASKED and visit.open_at(now)
    skipped_by_client = visit.state == Visit.State.SKIPPED and visit.answer == Visit.Answer.SKIP
    return Day(
        visit=visit,
        day=day_text(visit.date),
        stage=_stage(visit),
        instead=", ".join(
            f"{pick(line.variety.name)} {line.weight_g}\u00a0{_('g')}" for line in visit.lines.all()
        ),
        placed_from=when_text(placed_at, standing),
        answer_by=when_text(visit.answer_by, standing),
        questions=[_asked(standing, each) for each in questions(visit, now=now)] if asked else [],
        can_skip=visit.open_at(now) or (visit.order is not None and visit.order.can_be_cancelled),
        can_bring=standing.live and skipped_by_client and visit.order is None and now < visit.answer_by,
    )


ORDER_STAGES: dict[str, str] = {
    Order.State.HELD: "to_pay",
    Order.State.CONFIRMED: "ordered",
    Order.State.HANDED: "riding",
    Order.State.DELIVERED: "delivered",
    Order.State.FAILED: "failed",
    Order.State.CANCELLED: "order_cancelled",
    Order.State.EXPIRED: "not_paid",
}


def _stage(visit: Visit) -> str:
    """How the day stands, its order's state included."""
    if visit.state == Visit.State.PLACED and visit.order is not None:
        return ORDER_STAGES[visit.order.state]
    if visit.state in {Visit.State.ASKED, Visit.State.SKIPPED} and visit.answer:
        return f"{visit.state}_{visit.answer}"
    return str(visit.state)


def _asked(standing: StandingOrder, question: Question) -> dict[str, Any]:
    """A question with its prices as texts: of the whole weight, and of a kilogram where that is the news."""
    line = question.line
    return {
        "field": f"for_{line.variety_id}",
        "name": pick(question.variety.name),
        "weight_g": line.weight_g,
        "agreed": show(standing, line.per_kg_minor),
        "dearer": show(standing, question.dearer_minor) if question.dearer_minor else "",
        "choices": [
            {
                "value": choice.value,
                "name": pick(choice.variety.name),
                "product": pick(choice.variety.product.name),
                "colour": choice.variety.colour,
                "same": choice.variety.slug == line.variety_id,
                "price": show(standing, money.price_minor(choice.weight_g, choice.per_kg_minor)),
            }
            for choice in question.choices
        ],
        "can_leave_out": question.can_leave_out,
    }


def fruit(standing: StandingOrder, *, now: datetime) -> list[dict[str, Any]]:
    """Every variety that has a price in the city, with what is in the bowl of it: the rows of the page that changes it."""
    lines = {line.variety_id: line.weight_g for line in standing.lines.all()}
    by_kg = prices(city_id=standing.city_id, now=now)
    rows = Variety.objects.select_related("product").filter(slug__in={*by_kg, *lines})
    return [
        {
            "slug": row.slug,
            "name": pick(row.name),
            "product": pick(row.product.name),
            "colour": row.colour,
            "per_kg": show(standing, by_kg[row.slug]) if row.slug in by_kg else "",
            "weight_g": lines.get(row.slug, 0),
        }
        for row in rows.order_by("product__position", "position", "slug")
    ]


def from_hour(standing: StandingOrder) -> str:
    """Nobody comes before this hour."""
    return f"{(standing.hour - START_S // 3600) % 24:02d}:00"


def show(standing: StandingOrder, amount_minor: int) -> str:
    """Money as the reader writes it."""
    return money.show(amount_minor, standing.city.currency, get_language() or "en")
