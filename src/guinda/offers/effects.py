"""What an accepted offer does: inside the transaction of the acceptance, so that it says and does the same or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import uuid5

from django.utils.translation import gettext as _

from guinda.base.office import today_of
from guinda.base.refusals import Refusal
from guinda.base.texts import pick
from guinda.clients.models import Supply
from guinda.offers import numbers
from guinda.offers.models import NumberClass, Offer, Tool
from guinda.offers.terms import Sums, Terms, months_later, sums
from guinda.orders.models import Payment
from guinda.orders.standing.services import Rhythm, make


def carry_out(offer: Offer, now: datetime) -> str:
    """Do what the offer says; returns what is to be done by hand, if anything. A Refusal undoes the acceptance with it."""
    return EFFECTS[Tool.Kind(offer.tool.kind)](offer, now)


def _sell_number(offer: Offer, now: datetime) -> str:
    """The held number becomes theirs, at its price of today; the rest of what was approved goes back to the tool's budget.

    Never more is booked than was approved, also where the tool has become dearer since.
    """
    if offer.hold_key is None or offer.number is None:
        raise Refusal("choose_number", _("Choose a number first; then accept the offer with it."))
    numbers.sell(key=offer.hold_key, client_id=offer.client_id, seller_id=offer.seller_id, now=now)
    found = sums_of_number(offer)
    offer.price_minor, offer.cost_minor = found.price_minor, min(offer.cost_minor, found.cost_minor)
    return ""


def sums_of_number(offer: Offer) -> Sums:
    """What the chosen number comes to at its price of today."""
    return sums(offer.tool, Terms(offer.percent, list_price_minor(offer), offer.months))


def list_price_minor(offer: Offer) -> int:
    """What the chosen number's class costs today; refused where that is more than was offered."""
    assert offer.number is not None  # noqa: S101 - the callers have looked
    row, numbering = offer.number.class_row, offer.number.numbering_id
    price_minor = NumberClass.objects.get(numbering=numbering, row=row).price_minor
    if price_minor > offer.base_minor:
        raise Refusal("too_dear", _("This number costs more than was offered. Choose another, please."))
    return price_minor


def _set_price(offer: Offer, now: datetime) -> str:
    """What they buy from us has this price from now on; bought from a competitor before, it is ours."""
    before = offer.supply
    what = before.what if before else _what(offer)
    _ours(offer, what, now)
    if before and before.competitor_id:
        Supply.objects.filter(pk=before.pk).delete()
    return ""


def _begin(offer: Offer, now: datetime) -> str:
    """A service or a trial is among what they have from us, until its end."""
    _ours(offer, _what(offer), now)
    return ""


def _hand_over(offer: Offer, _now: datetime) -> str:
    """A gift's piece left the stock when the offer was approved: somebody has to bring it."""
    return _("Hand over: %(gift)s") % {"gift": _what(offer)}


def _start_standing(offer: Offer, now: datetime) -> str:
    assert offer.order is not None  # noqa: S101 - the terms were checked
    make(
        order=offer.order,
        key=uuid5(offer.key, "standing"),
        client=offer.client,
        rhythm=Rhythm(offer.days, offer.hour, Payment.CASH),
        now=now,
    )
    return ""


EFFECTS: dict[Tool.Kind, Callable[[Offer, datetime], str]] = {
    Tool.Kind.NUMBER: _sell_number,
    Tool.Kind.PRICE: _set_price,
    Tool.Kind.SERVICE: _begin,
    Tool.Kind.TRIAL: _begin,
    Tool.Kind.GIFT: _hand_over,
    Tool.Kind.STANDING: _start_standing,
}


def _ours(offer: Offer, what: str, now: datetime) -> None:
    ends = months_later(today_of(now), offer.months) if offer.months else None
    Supply.objects.update_or_create(
        company_id=offer.client_id,
        competitor=None,
        what=what,
        defaults={"monthly_minor": offer.price_minor or None, "ends_date": ends},
    )


def _what(offer: Offer) -> str:
    return pick(offer.tool.name, offer.language)[:160]
