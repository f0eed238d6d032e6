"""An offer as people read it: what it costs them, for how long, until when it is good."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guinda.base.shown import amount
from guinda.offers.models import Offer, Tool
from guinda.offers.steps import city_of
from guinda.orders.standing.texts import hour_text

Pair = tuple[str, str]


def facts_of(offer: Offer, *, pays_minor: int | None = None) -> list[Pair]:
    """The terms for the client's eyes: label and value, only those that say something; of a chosen number also what it costs them."""
    made: list[Pair] = []
    ended = offer.state == Offer.State.ACCEPTED
    if offer.base_minor and offer.tool.kind == Tool.Kind.NUMBER:
        label = _("Price") if ended else _("A number up to")
        made.append((label, amount(offer.price_minor if ended else offer.base_minor, offer.currency)))
    elif offer.base_minor:
        if offer.percent:
            made.append((_("A month until now"), amount(offer.base_minor, offer.currency)))
        made.append((_("A month from now on"), amount(offer.price_minor, offer.currency)))
    if offer.percent:
        made.append((_("Rebate"), f"{offer.percent}\u00a0%"))
    if pays_minor is not None:
        made.append((_("You pay"), amount(pays_minor, offer.currency)))
    if offer.months:
        held = ngettext("%(n)s month", "%(n)s months", offer.months) % {"n": offer.months}
        made.append((_("It holds for"), held))
    if offer.tool.kind == Tool.Kind.STANDING:
        made.append((_("At the door by"), hour_text(offer.hour)))
    return made


def until_text(offer: Offer) -> str:
    """The last day and minute on the clock of the client's city."""
    local = offer.until_at.astimezone(ZoneInfo(city_of(offer.client).time_zone))
    return f"{date_format(local, 'j E Y')}, {local:%H:%M}"
