"""What a client does from the tracking page: rate, order the same again, cancel, say whether we may write."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.clients import contacting
from guinda.clients.models import Channel, Consent
from guinda.delivery.models import Rating
from guinda.delivery.track_queries import word_of
from guinda.journal.services import record
from guinda.orders import services as orders
from guinda.orders.models import Order, Payment
from guinda.orders.quotes import Quote, quote
from guinda.orders.services import Door, Placed, Who, place

AGAIN_AN_HOUR = 3
"""Cash orders that one tracking page may start in an hour: the page is secret, but nobody pays for them before the door."""
YES_AN_HOUR = 3
"""Times in an hour that a client's pages may say yes to being written to; with no after each, that bounds what is written down."""
ASKED = (Consent.Purpose.OFFER, Consent.Purpose.CARE)


def rate(*, order: Order, fruit: int, kindness: int, word: str, now: datetime) -> Rating:
    """Keep what the client says of a delivered order. Once: a second rating, also at the same time, is refused."""
    if order.state != Order.State.DELIVERED:
        raise Refusal("not_delivered", _("You can rate the order once it is at your door."))
    try:
        with transaction.atomic():
            rating = Rating.objects.create(
                order=order, fruit=fruit, kindness=kindness, word=word.strip(), rated_at=now
            )
            data = {"fruit": fruit, "kindness": kindness, "word": rating.word}
            record(kind="order.rated", ref=order.code, by="client", at=now, data=data)
    except IntegrityError:
        raise Refusal(
            "rated_already", _("You have rated this order already, thank you. We keep the first rating.")
        ) from None
    return rating


def quote_again(*, order: Order, bowl: dict[str, int], now: datetime) -> Quote:
    """Today's price and time for the same bowl at the same door; refuses what `orders.quotes.quote` refuses."""
    return quote(city=order.city, bowl=bowl, door=order.door, now=now)


def again(*, order: Order, key: UUID, token: str, now: datetime) -> Placed:
    """The same bowl to the same door, paid to the courier, at the quoted price and time. The same key is the same order."""
    chosen = Quote.from_token(token)
    _check_same(order, chosen)
    _check_not_too_many(order, key, now)
    return place(
        key=key,
        quote=chosen,
        door=Door(order.street, order.flat, order.note),
        pay=Payment.CASH,
        who=Who(order.client_id, order.phone, order.language),
        source=f"again:{order.pk}",
        now=now,
    )


def _check_same(order: Order, chosen: Quote) -> None:
    """A quote for another bowl or door is not what the button said."""
    bowl = {line.variety_id: line.weight_g for line in chosen.lines}
    same_door = (chosen.city_id, chosen.lat, chosen.lon) == (order.city_id, order.lat, order.lon)
    if not same_door or bowl != bowl_of(order):
        raise Refusal(
            "another_bowl",
            _("This offer is for another bowl. Here is the present one for yours."),
            status=422,
        )


def bowl_of(order: Order) -> dict[str, int]:
    """Grams by variety."""
    bowl: dict[str, int] = {}
    for variety_id, grams in order.lines.order_by("pk").values_list("lot__variety_id", "weight_g"):
        bowl[variety_id] = bowl.get(variety_id, 0) + grams
    return bowl


def _check_not_too_many(order: Order, key: UUID, now: datetime) -> None:
    recent = Order.objects.filter(
        source=f"again:{order.pk}",
        placed_at__gt=now - timedelta(hours=1),
        state__in=[Order.State.CONFIRMED, Order.State.HANDED],
    )
    if recent.exclude(key=key).count() >= AGAIN_AN_HOUR and not recent.filter(key=key).exists():
        raise Refusal(
            "too_many_again",
            _("Several bowls like this are on their way already. Order more once they are with you."),
            status=429,
        )


def cancel(*, order: Order, now: datetime) -> None:
    """The client thought better of it; tapped twice it is done once."""
    try:
        orders.cancel(order=order, reason="the client cancelled", by="client", now=now)
    except Refusal:
        if not Order.objects.filter(pk=order.pk, state=Order.State.CANCELLED).exists():
            raise


@transaction.atomic
def say_word(*, order: Order, given: bool, now: datetime) -> None:
    """The client lets us write when nothing is under way, or not; the same word again changes nothing.

    Yes counts for the telephone of a delivered order, so often an hour; no always counts.
    """
    contacting.lock([order.client_id] if order.client_id else [])
    fresh = Order.objects.select_related("client").get(pk=order.pk)
    word = word_of(fresh)
    if word is None or fresh.client_id is None:
        raise Refusal(
            "nobody_to_ask",
            _("No telephone was confirmed for this order, so we write about nothing but its way to you."),
        )
    said = contacting.newest_words(fresh.client_id, Channel.MESSAGE)
    changed = [purpose for purpose in ASKED if said.get(purpose) is not given]
    if given and changed:
        _check_may_agree(fresh.client_id, may=word.may_agree, now=now)
    for purpose in changed:
        contacting.say(
            client_id=fresh.client_id,
            purpose=purpose,
            channel=Channel.MESSAGE,
            given=given,
            by="client",
            how=Consent.How.TRACKING_PAGE,
            now=now,
        )


def _check_may_agree(client_id: int, *, may: bool, now: datetime) -> None:
    if not may:
        raise Refusal(
            "not_from_here", _("This page can’t say yes for you. Tell our office if we may write to you.")
        )
    lately = Consent.objects.filter(
        client_id=client_id,
        purpose=ASKED[0],
        given=True,
        by="client",
        how=Consent.How.TRACKING_PAGE,
        at__gt=now - timedelta(hours=1),
    )
    if lately.count() >= YES_AN_HOUR:
        raise Refusal(
            "too_many_words",
            _("This was changed several times just now. It stays at no; try again in an hour."),
            status=429,
        )
