"""The worker's part: the evening before, a visit becomes an order, a question, or a word that nothing comes.

Each visit is decided in one transaction: the order, the visit that names it and the message are written together or not at all, so a
worker killed at any moment leaves either nothing or everything. The order's key is derived from the visit, so even two houses working on
the same day could not place it twice.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from guinda.base import money
from guinda.base.refusals import Refusal
from guinda.journal.services import record
from guinda.orders.models import Order, Payment
from guinda.orders.quotes import Quote
from guinda.orders.services import Ahead, Door, Placed, Who, place
from guinda.orders.standing import texts
from guinda.orders.standing.asking import Trouble, lines_of, look
from guinda.orders.standing.models import Visit
from guinda.orders.standing.times import START_S

logger = logging.getLogger(__name__)
BATCH = 20
"""Visits decided in one round: a second at most, so that no courier's plan waits for it."""
LOOK_AGAIN_S = 10 * 60
"""While a client is asked or waits, the shelves are looked at this often: what has come in is brought after all."""


def place_visits(*, now: datetime, limit: int = BATCH) -> int:
    """The worker's chore: decide what is due; returns how many visits were looked at. Safe with any number of workers."""
    due = Visit.objects.filter(state__in=Visit.OPEN, due_at__lte=now).order_by("due_at", "pk")
    return sum(_try(pk, now) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _try(pk: int, now: datetime) -> bool:
    """Decide one visit; a fault of ours with one holds up no other."""
    try:
        with transaction.atomic():
            visit = claimed(pk, now)
            if visit is not None:
                decide(visit, now=now)
            return visit is not None
    except Exception:
        logger.exception("Visit %s could not be decided and will be tried again", pk)
        Visit.objects.filter(pk=pk, state__in=Visit.OPEN).update(due_at=now + timedelta(seconds=LOOK_AGAIN_S))
        return False


def claimed(pk: int, now: datetime) -> Visit | None:
    """The visit with its standing order, both locked, if it is still due and nobody else has it in hand."""
    rows = Visit.objects.select_for_update(of=("self", "standing"), skip_locked=True)
    return (
        rows.select_related("standing__city", "standing__client")
        .filter(pk=pk, state__in=Visit.OPEN, due_at__lte=now)
        .first()
    )


def decide(visit: Visit, *, now: datetime) -> None:
    """Order it; or ask its client; or, when the time to decide is over, say that nothing comes. The rows are locked."""
    if now >= _latest(visit):
        _not_coming(visit, now)  # nobody looked in time
        return
    found = look(visit, lines_of(visit), now=now)
    trouble = order_it(visit, found, now=now) if isinstance(found, Quote) else found
    if trouble is None:
        return
    if now >= visit.answer_by:
        _not_coming(visit, now)
    elif visit.state == Visit.State.PLANNED:
        _ask(visit, trouble, now)
    else:
        Visit.objects.filter(pk=visit.pk).update(due_at=_next_look(visit, now))


def _latest(visit: Visit) -> datetime:
    """Until when an order still makes sense: a payment by card needs the time that was promised for it."""
    by_card = visit.standing.pay == Payment.CARD
    return visit.answer_by if by_card else visit.wished_at - timedelta(seconds=START_S)


def order_it(visit: Visit, chosen: Quote, *, now: datetime) -> Trouble | None:
    """Write the order and the visit that names it; what stood in the way when the shelf had changed under us."""
    standing = visit.standing
    try:
        placed = place(
            key=visit.key,
            quote=chosen,
            door=Door(standing.street, standing.flat, standing.note),
            pay=standing.pay,
            who=Who(standing.client_id, standing.client.phone or "", standing.language),
            source=standing.source,
            now=now,
            ahead=Ahead(visit.wished_at - timedelta(seconds=START_S), visit.answer_by),
        )
    except Refusal as refusal:
        return Trouble(refusal, list(refusal.facts.get("left_g", {})))
    order = Order.objects.get(code=placed.code)
    Visit.objects.filter(pk=visit.pk).update(state=Visit.State.PLACED, order=order)
    visit.state, visit.order = Visit.State.PLACED, order
    record(kind="visit.placed", ref=order.code, by=standing.source, at=now, data={"date": str(visit.date)})
    _tell(visit, placed, now)
    return None


def _tell(visit: Visit, placed: Placed, now: datetime) -> None:
    total = money.show(placed.total_minor, placed.currency, visit.standing.language)
    if visit.standing.pay == Payment.CARD:
        texts.ask_to_pay(visit, reverse("pay", args=[placed.pay_token]), total=total, now=now)
    else:
        texts.tell_ordered(visit, placed.spoken_code, total=total, now=now)


def _ask(visit: Visit, trouble: Trouble, now: datetime) -> None:
    visit.asks += 1
    Visit.objects.filter(pk=visit.pk).update(
        state=Visit.State.ASKED,
        answer=Visit.Answer.NONE,
        asked_at=now,
        asks=visit.asks,
        due_at=_next_look(visit, now),
    )
    texts.ask(visit, trouble, now=now)
    data = {"date": str(visit.date), "fruit": sorted(trouble.troubled)}
    record(kind="visit.asked", ref=visit.standing.source, by="system", at=now, data=data)


def _next_look(visit: Visit, now: datetime) -> datetime:
    return min(now + timedelta(seconds=LOOK_AGAIN_S), visit.answer_by)


def _not_coming(visit: Visit, now: datetime) -> None:
    """The time to decide is over: said to the client once, with the reason that is true."""
    silent = visit.state == Visit.State.ASKED and visit.answer == Visit.Answer.NONE
    if silent:
        visit.answer = Visit.Answer.SILENT
    visit.state = Visit.State.SKIPPED if silent else Visit.State.OUT
    Visit.objects.filter(pk=visit.pk).update(state=visit.state, answer=visit.answer)
    texts.tell_not_coming(visit, now=now)
    data = {"date": str(visit.date), "answer": visit.answer}
    record(kind=f"visit.{visit.state}", ref=visit.standing.source, by="system", at=now, data=data)
