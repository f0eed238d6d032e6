"""Which beautiful number an offer is about: chosen by the seller for days, or by the client on the offer's page for minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, PositiveSmallIntegerField, Value, When
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.clients import contacting
from guinda.offers import numbers
from guinda.offers.effects import list_price_minor
from guinda.offers.models import Number, Offer

SELLER_HOLD_S = 48 * 3600
"""An offer in writing holds its number for two days, and never longer than it is valid itself."""
KNOCKS_MAX = 20
"""Changes by one link in a minute: a person needs a few, and a script could keep the best numbers held."""
MINUTE = timedelta(minutes=1)


def choose(*, offer: Offer, number: int, key: UUID, now: datetime, hold_s: int = numbers.HOLD_S) -> Offer:
    """Hold a number for this offer in place of the one before; the same key again is the same hold.

    Raises:
        Refusal: `offer_over`, `too_dear`, `other_numbers` for one that was not offered, or what `numbers.hold` refuses.
    """
    with transaction.atomic():
        contacting.lock([offer.client_id])
        numbers.in_turn(seller_id=offer.seller_id, client_id=offer.client_id)
        open_ones = Offer.objects.select_for_update(of=("self",)).filter(
            pk=offer.pk, ended_at=None, until_at__gt=now
        )
        held = open_ones.exclude(state=Offer.State.DRAFTED).first()
        if held is None:
            raise Refusal(
                "offer_over", _("This offer can’t be changed any more. Ask us for a new one, please.")
            )
        row = Number.objects.filter(pk=number, numbering=held.numbering_id).first()
        if row is None:
            raise Refusal(
                "other_numbers", _("This number is not among those offered. Choose another, please.")
            )
        before = held.hold_key
        held.number = row
        list_price_minor(held)
        if before and before != key:
            numbers.release(key=before, seller_id=held.seller_id, now=now)
        left_s = int((held.until_at - now).total_seconds())
        numbers.hold(
            numbers=[number],
            key=key,
            seller_id=held.seller_id,
            client_id=held.client_id,
            now=now,
            hold_s=max(1, min(hold_s, left_s)),
        )
        held.hold_key = key
        held.save(update_fields=["number", "hold_key"])
    return held


def knock(offer: Offer, *, now: datetime) -> None:
    """Count a change by the link, over all processes; too many in a minute are refused with 429."""
    fresh = When(knocked_at__gt=now - MINUTE, then=F("knocks") + 1)
    since = When(knocked_at__gt=now - MINUTE, then=F("knocked_at"))
    rows = Offer.objects.filter(pk=offer.pk).exclude(knocked_at__gt=now - MINUTE, knocks__gte=KNOCKS_MAX)
    counted = rows.update(
        knocks=Case(fresh, default=Value(1), output_field=PositiveSmallIntegerField()),
        knocked_at=Case(since, default=Value(now)),
    )
    if not counted:
        raise Refusal("too_fast", _("That was very quick. Wait a minute, please, and go on."), status=429)
