"""What a client does with a standing order: make it, change it, pause, resume, end it; skip a day or have it after all; answer.

Every verb locks the standing order's row first, so that a tap and the worker, or two taps, are one after the other; each can be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from guinda.base import codes
from guinda.base.refusals import Refusal
from guinda.catalog.queries import prices
from guinda.clients.messages import withdraw
from guinda.clients.models import Client
from guinda.journal.services import record
from guinda.orders import services as orders
from guinda.orders.models import Line, Order, Payment
from guinda.orders.quotes import Quote, check_bowl
from guinda.orders.standing import texts
from guinda.orders.standing.asking import lines_of, look, too_dear
from guinda.orders.standing.models import StandingLine, StandingOrder, Visit, VisitLine
from guinda.orders.standing.placing import order_it
from guinda.orders.standing.times import times
from guinda.orders.standing.visits import add_days, call_off, lay_out_anew, question_key

MOST = 10
"""Standing orders one client may have going: a household and an office need fewer, a prank needs more."""
KEPT = (Order.State.HELD, Order.State.CONFIRMED, Order.State.HANDED, Order.State.DELIVERED)
"""An order in one of these states came, or will come, to its door: it can become a standing one."""


class Rhythm(NamedTuple):
    """When, and how it is paid: `days` holds a bit for each day of the week, Monday the lowest."""

    days: int
    hour: int
    pay: str


def make(*, order: Order, key: UUID, client: Client, rhythm: Rhythm, now: datetime) -> StandingOrder:
    """The order's bowl and door, regularly from now on, for a client whose telephone is proved. The same key is the same standing order."""
    _check_rhythm(rhythm)
    if order.state not in KEPT:
        raise Refusal(
            "order_ended", _("This order did not come about. Make a standing order from one that did.")
        )
    with transaction.atomic():
        Client.objects.select_for_update(no_key=True).get(pk=client.pk)  # one at a time, to count them
        before = StandingOrder.objects.filter(key=key, client=client).first()
        if before:
            return before
        if StandingOrder.objects.filter(client=client, ended_at=None).count() >= MOST:
            raise Refusal(
                "too_many_standing", _("You have ten standing orders already. End one of them first, please.")
            )
        standing = _write(order, key, client, rhythm, now)
        add_days(standing, now=now)
        texts.tell_made(standing, now=now)
        record(kind="standing.made", ref=standing.source, by="client", at=now, data=rhythm._asdict())
    return standing


def _write(order: Order, key: UUID, client: Client, rhythm: Rhythm, now: datetime) -> StandingOrder:
    standing = StandingOrder.objects.create(
        key=key,
        code=codes.secret_code(),
        city=order.city,
        client=client,
        made_from=order,
        language=order.language,
        lat=order.lat,
        lon=order.lon,
        street=order.street,
        flat=order.flat,
        note=order.note,
        made_at=now,
        laid_out_until=now.date(),
        **rhythm._asdict(),
    )
    StandingLine.objects.bulk_create(
        StandingLine(standing=standing, variety_id=slug, weight_g=grams, per_kg_minor=per_kg_minor)
        for slug, (grams, per_kg_minor) in bowl_of(order).items()
    )
    return standing


def bowl_of(order: Order) -> dict[str, tuple[int, int]]:
    """Grams and the price a kilogram, as it was paid, by variety."""
    sums: dict[str, list[int]] = {}
    for line in Line.objects.filter(order=order).select_related("lot").order_by("pk"):
        grams_and_minor = sums.setdefault(line.lot.variety_id, [0, 0])
        grams_and_minor[0] += line.weight_g
        grams_and_minor[1] += line.price_minor
    return {slug: (grams, round(minor * 1000 / grams)) for slug, (grams, minor) in sums.items()}


def change(
    *, standing: StandingOrder, rhythm: Rhythm, bowl: Mapping[str, int], now: datetime
) -> StandingOrder:
    """Other days, another hour, another bowl at today's prices (grams by variety), from the next open day on."""
    _check_rhythm(rhythm)
    check_bowl(bowl)
    with transaction.atomic():
        locked = _locked(standing)
        kept = dict(locked.lines.values_list("variety_id", "per_kg_minor"))
        agreed = {**kept, **prices(city_id=locked.city_id, now=now)}
        if not bowl.keys() <= agreed.keys():
            raise Refusal(
                "not_sold", _("One of these varieties is not sold any more. Choose another, please.")
            )
        locked.lines.all().delete()
        StandingLine.objects.bulk_create(
            StandingLine(standing=locked, variety_id=slug, weight_g=grams, per_kg_minor=agreed[slug])
            for slug, grams in bowl.items()
        )
        locked.days, locked.hour, locked.pay = rhythm
        locked.save(update_fields=["days", "hour", "pay"])
        if locked.live:
            lay_out_anew(locked, now=now)
        record(kind="standing.changed", ref=locked.source, by="client", at=now, data=rhythm._asdict())
    return locked


def pause(*, standing: StandingOrder, now: datetime) -> None:
    """Nothing more comes until it is resumed; paused already is no error. What is ordered already stays."""
    with transaction.atomic():
        locked = _locked(standing)
        if locked.paused_at is None:
            StandingOrder.objects.filter(pk=locked.pk).update(paused_at=now)
            call_off(locked, now=now)
            record(kind="standing.paused", ref=locked.source, by="client", at=now)


def resume(*, standing: StandingOrder, now: datetime) -> None:
    """It goes on with the next day that can still be decided; going on already is no error."""
    with transaction.atomic():
        locked = _locked(standing)
        if locked.paused_at is not None:
            locked.paused_at = None
            locked.save(update_fields=["paused_at"])
            lay_out_anew(locked, now=now)
            record(kind="standing.resumed", ref=locked.source, by="client", at=now)


def end(*, standing: StandingOrder, by: str, now: datetime, reason: str = "") -> None:
    """For good; ended already is no error. What is ordered already stays."""
    with transaction.atomic():
        locked = (
            StandingOrder.objects.select_for_update(of=("self",)).select_related("city").get(pk=standing.pk)
        )
        if locked.ended_at is None:
            StandingOrder.objects.filter(pk=locked.pk).update(ended_at=now)
            call_off(locked, now=now)
            record(kind="standing.ended", ref=locked.source, by=by, at=now, data={"reason": reason})


def skip(*, standing: StandingOrder, day: date, now: datetime) -> None:
    """Not that day. An order that is made already is cancelled with it, until its courier has the bag; skipped already is no error."""
    with transaction.atomic():
        visit = _visit(_locked(standing), day)
        if visit.state == Visit.State.PLACED and visit.order is not None:
            if visit.order.state not in {Order.State.CANCELLED, Order.State.EXPIRED}:
                orders.cancel(order=visit.order, reason="the client skipped the day", by="client", now=now)
        elif visit.state not in Visit.OPEN:
            return
        withdraw(keys=[question_key(visit)], now=now)
        visits = Visit.objects.filter(pk=visit.pk)
        visits.update(state=Visit.State.SKIPPED, answer=Visit.Answer.SKIP)
        _told(visit, "skipped", now)


def bring(*, standing: StandingOrder, day: date, now: datetime) -> None:
    """The skipped day after all, while it can be decided; one whose order was cancelled can't come back."""
    with transaction.atomic():
        locked = _locked(standing)
        visit = _visit(locked, day)
        if visit.state in Visit.OPEN:
            return
        at = times(day, locked.hour, locked.zone)
        back = (
            visit.state == Visit.State.SKIPPED and visit.answer == Visit.Answer.SKIP and visit.order is None
        )
        if not (locked.live and back and at and now < visit.answer_by):
            raise _too_late()
        Visit.objects.filter(pk=visit.pk).update(
            state=Visit.State.PLANNED, answer=Visit.Answer.NONE, due_at=max(at.place_at, now)
        )
        _told(visit, "brought_after_all", now)


def wait(*, standing: StandingOrder, day: date, now: datetime) -> None:
    """The answer to a question: try until the day is decided, and say so when nothing came in."""
    with transaction.atomic():
        visit = _asked(_locked(standing), day, now)
        Visit.objects.filter(pk=visit.pk).update(answer=Visit.Answer.WAIT)
        _told(visit, "waits", now)


class Chosen(NamedTuple):
    """What shall come in place of a line: a variety at the price its client read, minor units a kilogram."""

    variety_id: str
    per_kg_minor: int


def choose(*, standing: StandingOrder, day: date, chosen: Mapping[str, Chosen | None], now: datetime) -> None:
    """The answer to a question: another variety for a line, the same at its new price, or None to leave it out; ordered at once.

    Refused, and nothing is changed, when a price is no longer the one that was read, or a shelf has emptied meanwhile.
    """
    with transaction.atomic():
        visit = _asked(_locked(standing), day, now)
        _replace_lines(visit, chosen, prices(city_id=visit.standing.city_id, now=now))
        lines = list(visit.lines.order_by("pk"))
        check_bowl({line.variety_id: line.weight_g for line in lines})
        found = look(visit, lines, now=now)
        if not isinstance(found, Quote) or order_it(visit, found, now=now) is not None:
            raise _changed_meanwhile()
        withdraw(keys=[question_key(visit)], now=now)
        _told(visit, "chosen", now)


def _replace_lines(visit: Visit, chosen: Mapping[str, Chosen | None], by_kg: Mapping[str, int]) -> None:
    """The day's own lines; the same variety at a new price is agreed to for the days to come as well."""
    grams: dict[str, int] = {}
    agreed: dict[str, int] = {}
    for line in lines_of(visit):
        instead = chosen.get(line.variety_id, Chosen(line.variety_id, line.per_kg_minor))
        if instead is None:
            continue
        if line.variety_id in chosen and by_kg.get(instead.variety_id) != instead.per_kg_minor:
            raise _changed_meanwhile()
        grams[instead.variety_id] = grams.get(instead.variety_id, 0) + line.weight_g
        agreed[instead.variety_id] = instead.per_kg_minor
        if instead.variety_id == line.variety_id and too_dear(instead.per_kg_minor, line.per_kg_minor):
            same = visit.standing.lines.filter(variety_id=line.variety_id)
            same.update(per_kg_minor=instead.per_kg_minor)
    visit.lines.all().delete()
    VisitLine.objects.bulk_create(
        VisitLine(visit=visit, variety_id=slug, weight_g=grams[slug], per_kg_minor=agreed[slug])
        for slug in grams
    )


def _locked(standing: StandingOrder) -> StandingOrder:
    """The row, locked and fresh; one that has ended is refused."""
    rows = StandingOrder.objects.select_for_update(of=("self",)).select_related("city", "client")
    locked = rows.get(pk=standing.pk)
    if locked.ended_at is not None:
        raise Refusal(
            "standing_ended",
            _("This standing order has ended. Make a new one from the page of any of its orders."),
        )
    return locked


def _visit(locked: StandingOrder, day: date) -> Visit:
    """Its visit of that day, locked; a day that was never laid out is refused."""
    rows = Visit.objects.select_for_update(of=("self",)).select_related("order")
    visit = rows.filter(standing=locked, date=day).first()
    if visit is None:
        raise Refusal(
            "no_such_day", _("Nothing is planned for that day. The page shows the days that are."), status=404
        )
    visit.standing = locked
    return visit


def _asked(locked: StandingOrder, day: date, now: datetime) -> Visit:
    visit = _visit(locked, day)
    if visit.state != Visit.State.ASKED or now >= visit.answer_by:
        raise _too_late()
    return visit


def _too_late() -> Refusal:
    return Refusal("day_is_decided", _("This day is decided already. The page shows how it stands."))


def _changed_meanwhile() -> Refusal:
    return Refusal(
        "changed_meanwhile",
        _("A price or a shelf has changed meanwhile. Here is what can be had now; choose again, please."),
    )


def _check_rhythm(rhythm: Rhythm) -> None:
    if not 0 < rhythm.days < 128:
        raise Refusal("no_day", _("Choose at least one day of the week."), status=422)
    if rhythm.pay != Payment.CASH and rhythm.pay not in settings.PAYMENT_VARIANTS:
        raise Refusal(
            "no_such_payment",
            _("This way of paying is not offered here. Choose another, please."),
            status=422,
        )


def _told(visit: Visit, what: str, now: datetime) -> None:
    record(
        kind=f"visit.{what}", ref=visit.standing.source, by="client", at=now, data={"date": str(visit.date)}
    )
