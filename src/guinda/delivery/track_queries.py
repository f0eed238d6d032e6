"""Reads for the tracking page. `standings` is the one source of what it says, for the first look and for every change."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import FilteredRelation, Q
from payments import PaymentStatus

from guinda.base.texts import pick
from guinda.clients.contacting import newest_words
from guinda.clients.models import Channel, Consent
from guinda.delivery.fleet import SILENT_S
from guinda.delivery.models import Task
from guinda.journal.models import Event
from guinda.orders.models import Order, Payment
from guinda.orders.services import ACCEPTED, RECALLED

CODE = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
MINUTE = timedelta(minutes=1)
STAGES: dict[str, str] = {
    Order.State.HELD: "paying",
    Order.State.CONFIRMED: "making",
    Order.State.HANDED: "riding",
    Order.State.DELIVERED: "delivered",
    Order.State.FAILED: "failed",
    Order.State.CANCELLED: "cancelled",
    Order.State.EXPIRED: "expired",
}
OPEN_STAGES = frozenset({"paying", "planned", "making", "riding"})


@dataclass(frozen=True)
class Standing:
    """How an order stands, in facts that need no language: times are HH:MM on the city's clock."""

    stage: str
    by: str
    """When it should be at the door as things are now; ended: when it ended."""
    promised: str
    minutes: int
    """Until `by`; at the door: how many minutes before the promise, below nought when after it."""
    late: bool
    courier: str
    lat: float | None
    lon: float | None
    trouble: str = ""
    """`silent`: who carries it is not heard of; `nobody`: the bag is ready and no courier has it."""
    heard: str = ""
    """When a silent courier was last heard of."""
    known: bool = True
    """Whether `by` rests on anything: in trouble, once it has passed, it does not."""
    by_office: bool = False
    """How it ended was said by the office: the minute is not known, and nobody stood at the door for certain."""

    @property
    def ended(self) -> bool:
        """Nothing will change any more."""
        return self.stage not in OPEN_STAGES

    def as_json(self) -> dict[str, Any]:
        """What the page's script gets."""
        facts = asdict(self)
        del facts["by_office"], facts["heard"]  # the page says them in words
        return {**facts, "ended": self.ended}


FIELDS = (
    "code", "state", "start_at", "promised_at", "city__time_zone", "task__state", "task__expected_at", "task__ended_at",
    "task__by_office", "task__ready_at", "task__courier", "task__courier__name", "shift__lat", "shift__lon", "shift__seen_at",
)  # fmt: skip


def standings(*, codes: Collection[str], now: datetime) -> dict[str, Standing]:
    """How each of these orders stands, by code; an unknown one is left out. One query however many."""
    on_duty = FilteredRelation("task__courier__shifts", condition=Q(task__courier__shifts__ended_at=None))
    rows = Order.objects.filter(code__in=codes).annotate(shift=on_duty).values(*FIELDS)
    return {row["code"]: _standing(row, now) for row in rows}


def _standing(row: dict[str, Any], now: datetime) -> Standing:
    stage = STAGES[row["state"]]
    if stage == "making" and row["start_at"] and now < row["start_at"]:
        stage = "planned"  # for a wished hour that is not near yet
    zone = ZoneInfo(row["city__time_zone"])
    promised_at = whole_minute(row["promised_at"])
    at = _ended_at(row, now) if stage not in OPEN_STAGES else _expected_at(row, now)
    minutes = (promised_at - at if stage == "delivered" else at - now) / MINUTE
    trouble = _trouble(row, stage, now)
    followed = stage == "riding" and row["task__state"] == Task.State.CARRIED and not trouble
    heard_at = row["shift__seen_at"]
    return Standing(
        stage=stage,
        by=f"{at.astimezone(zone):%H:%M}",
        promised=f"{promised_at.astimezone(zone):%H:%M}",
        minutes=int(minutes) if stage == "delivered" else max(1, math.ceil(minutes)),
        late=at > promised_at and stage in {"making", "riding", "delivered"} and not row["task__by_office"],
        courier="" if trouble == "nobody" else (row["task__courier__name"] or "").split(" ")[0],
        lat=row["shift__lat"] if followed else None,
        lon=row["shift__lon"] if followed else None,
        trouble=trouble,
        heard=f"{heard_at.astimezone(zone):%H:%M}" if trouble == "silent" and heard_at else "",
        known=not trouble or max(row["task__expected_at"] or promised_at, promised_at) > now,
        by_office=bool(row["task__by_office"]),
    )


def _trouble(row: dict[str, Any], stage: str, now: datetime) -> str:
    """What a client would want to know of an order that nobody is bringing just now, as far as we can tell."""
    heard_at = row["shift__seen_at"]
    silent = row["task__courier"] and (heard_at is None or heard_at < now - timedelta(seconds=SILENT_S))
    if stage == "riding":
        return "silent" if silent else ""
    ready = stage == "making" and row["task__ready_at"] and row["task__ready_at"] <= now
    return "nobody" if ready and (silent or not row["task__courier"]) else ""


def _expected_at(row: dict[str, Any], now: datetime) -> datetime:
    """The plan's time or else the promise; when that has passed without the bag at the door, within the next minute."""
    return whole_minute(max(row["task__expected_at"] or row["promised_at"], now))


def _ended_at(row: dict[str, Any], now: datetime) -> datetime:
    at: datetime = row["task__ended_at"] or min(row["promised_at"], now)
    return at


def whole_minute(at: datetime) -> datetime:
    """Rounded up: who is told 14:35 should never wait until 14:35:59."""
    floor = at.replace(second=0, microsecond=0)
    return floor if floor == at else floor + MINUTE


def order_of(code: str) -> Order | None:
    """The order this secret code opens, with what its page shows (one query); any other text opens none."""
    if not CODE.fullmatch(code):
        return None
    return Order.objects.select_related("city", "store", "rating", "client").filter(code=code).first()


def was_recalled(order: Order) -> bool:
    """Whether the order ended because its fruit was recalled: the journal has the reason. One query."""
    return Event.objects.filter(ref=order.code, kind="order.cancelled", data__reason=RECALLED).exists()


@dataclass(frozen=True)
class Portion:
    """One variety in the bowl: a weight made up from two lots is one portion."""

    variety_id: str
    name: str
    product: str
    colour: str
    weight_g: int
    price_minor: int
    start_g: int
    """How much of the bowl lies before it, for the picture."""


def portions(order: Order) -> list[Portion]:
    """The bowl by variety, in the order it was composed. One query."""
    rows = order.lines.select_related("lot__variety__product").order_by("pk")
    found: dict[str, Portion] = {}
    weights: dict[str, list[int]] = {}
    for line in rows:
        weights.setdefault(line.lot.variety_id, [0, 0])
        weights[line.lot.variety_id][0] += line.weight_g
        weights[line.lot.variety_id][1] += line.price_minor
    start_g = 0
    for line in rows:
        variety = line.lot.variety
        if variety.slug in found:
            continue
        grams, minor = weights[variety.slug]
        product = pick(variety.product.name)
        found[variety.slug] = Portion(
            variety.slug, pick(variety.name), product, variety.colour, grams, minor, start_g
        )
        start_g += grams
    return list(found.values())


@dataclass(frozen=True)
class Money:
    """How an order is paid: cash or card, whether the money is in, and what goes back."""

    cash: bool
    paid: bool
    back_minor: int
    back_done: bool
    token: str
    """Opens the newest payment's page while it waits."""


def money(order: Order) -> Money:
    """Two queries: the payments, and what was refunded of them."""
    payments = list(order.payments.prefetch_related("refunds").order_by("pk"))
    refunds = [refund for payment in payments for refund in payment.refunds.all()]
    called_off = (PaymentStatus.CANCELLED, PaymentStatus.REFUNDED)
    good = [each for each in payments if each.status not in called_off and not each.refunds.all()]
    current = next((each for each in good if each.variant == Payment.CASH), (good or payments)[-1])
    paid = any(each.status in ACCEPTED for each in good)
    return Money(
        cash=current.variant == Payment.CASH,
        paid=paid,
        back_minor=sum(refund.amount_minor for refund in refunds),
        back_done=bool(refunds) and all(refund.done_at for refund in refunds),
        token=payments[-1].token,
    )


@dataclass(frozen=True)
class Word:
    """What the order's client has said of being written to when nothing is under way."""

    answer: str
    """`yes`, `no`, `never` (no to everything, which only the office takes back), or nothing where it is still to be asked."""
    may_agree: bool
    """Whether a yes from this page can count: it would reach the telephone of this order and no other."""


def word_of(order: Order) -> Word | None:
    """None where the order has no client, or one who was forgotten. One query."""
    client = order.client
    if client is None or client.erased_at or client.merged_into_id:
        return None
    said = newest_words(client.pk, Channel.MESSAGE)
    never = said.get(Consent.Purpose.EVERYTHING) is False
    offers, care = said.get(Consent.Purpose.OFFER), said.get(Consent.Purpose.CARE)
    answer = "never" if never else "yes" if offers else "no" if offers is False and not care else ""
    delivered = order.state == Order.State.DELIVERED
    return Word(answer, delivered and not never and bool(order.phone) and client.phone == order.phone)
