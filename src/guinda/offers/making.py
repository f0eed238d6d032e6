"""An offer's way to the client: drafted, approved, presented. What it ends in is `ending`; what each step shares is `steps`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from guinda.base import codes
from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.clients import contacting
from guinda.clients.models import Channel, Client, Consent, Contact, Rule, Touch
from guinda.offers.eligibility import Reason, keep, why_not
from guinda.offers.models import Allowance, Offer, Tool
from guinda.offers.steps import State, city_of, log, step, tell, unless
from guinda.offers.telling import send_link
from guinda.offers.terms import Sums, Terms, check, months_of, sums


@dataclass(frozen=True)
class Wanted:
    """What is to be offered to whom: one press of the seller's button."""

    key: UUID
    client_id: int
    tool: Tool
    terms: Terms
    seller: User
    contact: Contact | None = None
    channel: Channel = Channel.CALL


def draft(wanted: Wanted, *, now: datetime) -> Offer:
    """An offer as a seller thought of it; approved at once where the seller may give so much. The same key is the same offer.

    Raises:
        Refusal: `not_eligible` with the first reason (all are kept), what `terms.check` refuses, `other_money`, `not_theirs`, `key_used`.
    """
    with transaction.atomic():
        made = _drafted(wanted, now)
    if isinstance(made, Offer):
        return made
    keep(tool=wanted.tool, answers={wanted.client_id: made}, now=now)
    raise Refusal("not_eligible", made[0].sentence, rule=made[0].rule)


def _drafted(wanted: Wanted, now: datetime) -> Offer | list[Reason]:
    """The offer, or why there can be none."""
    contacting.lock([wanted.client_id])
    before = Offer.objects.filter(key=wanted.key).first()
    if before:
        if (before.client_id, before.tool_id) != (wanted.client_id, wanted.tool.pk):
            raise Refusal(
                "key_used", _("This page was used for another offer already. Load it again, please.")
            )
        return before
    tool, terms = wanted.tool, wanted.terms
    reasons = why_not(
        tool=tool,
        client_ids=[wanted.client_id],
        now=now,
        channel=wanted.channel,
        cost_minor=sums(tool, terms).cost_minor,
    )[wanted.client_id]
    if reasons:
        return reasons
    found = check(tool, terms)
    client = Client.objects.select_related("city").get(pk=wanted.client_id)
    _check_theirs(client, wanted)
    offer = _written(client, wanted, found, now)
    tell("drafted", offer, offer.drafted_by, now)
    if may_give(wanted.seller, tool, found.cost_minor):
        _approve(offer, offer.drafted_by, now)
    return Offer.objects.get(pk=offer.pk)


def _written(client: Client, wanted: Wanted, found: Sums, now: datetime) -> Offer:
    tool, terms = wanted.tool, wanted.terms
    return Offer.objects.create(
        key=wanted.key,
        code=codes.secret_code(),
        client=client,
        contact=wanted.contact,
        tool=tool,
        language=client.language,
        note=terms.note,
        seller=wanted.seller,
        currency=tool.currency,
        percent=terms.percent,
        months=months_of(tool, terms),
        base_minor=terms.base_minor,
        price_minor=found.price_minor,
        cost_minor=found.cost_minor,
        supply_id=terms.supply_id,
        numbering_id=terms.numbering_id,
        order_id=terms.order_id,
        days=terms.days,
        hour=terms.hour,
        channel=wanted.channel,
        drafted_by=by_whom(wanted.seller),
        drafted_at=now,
        until_at=now + timedelta(days=tool.valid_days),
    )


def _check_theirs(client: Client, wanted: Wanted) -> None:
    """What the offer names must be this client's, and its money the client's city's: costs of all touches are added up there."""
    terms = wanted.terms
    if city_of(client).currency != wanted.tool.currency:
        raise Refusal(
            "other_money", _("This tool is in another currency than the client’s city. Choose another tool.")
        )
    strange = [
        wanted.contact is not None and wanted.contact.company_id != client.pk,
        terms.supply_id is not None and not client.supplies.filter(pk=terms.supply_id).exists(),
        terms.order_id is not None and not client.orders.filter(pk=terms.order_id).exists(),
    ]
    if any(strange):
        raise Refusal(
            "not_theirs", _("This is not the client’s own. Load the page again and choose once more.")
        )


def may_give(user: User, tool: Tool, cost_minor: int) -> bool:
    """Whether the approval rule lets this person give it at that cost."""
    if user.is_superuser:
        return True
    most = Allowance.objects.filter(tool=tool, role__in=user.groups.all()).aggregate(most=Max("most_minor"))[
        "most"
    ]
    return most is not None and cost_minor <= most


def approve(*, offer: Offer, user: User, now: datetime) -> Offer:
    """Say yes to a draft, as far as one's allowance reaches; approved already is no error. Stock and budget are set aside for it."""
    if not may_give(user, offer.tool, offer.cost_minor):
        raise Refusal(
            "may_not_give", _("You may not give so much of this. Ask somebody who may."), status=403
        )
    with transaction.atomic():
        _approve(offer, by_whom(user), now)
    return Offer.objects.get(pk=offer.pk)


def _approve(offer: Offer, by: str, now: datetime) -> None:
    facts = {"state": State.APPROVED, "approved_by": by, "approved_at": now}
    if not step(offer, [State.DRAFTED], facts, now=now):
        unless(offer, State.APPROVED, now)
        return
    enough = (
        Q(pieces_left=None) | Q(pieces_left__gt=0),
        Q(budget_left_minor=None) | Q(budget_left_minor__gte=offer.cost_minor),
    )
    taken = Tool.objects.filter(*enough, pk=offer.tool_id).update(
        pieces_left=F("pieces_left") - 1, budget_left_minor=F("budget_left_minor") - offer.cost_minor
    )
    if not taken:
        raise Refusal("none_left", _("None of it is left, or its budget is spent. Offer something else."))
    tell("approved", offer, by, now)


def present(
    *, offer: Offer, user: User, channel: Channel, now: datetime, minutes: int = 0, said: str = ""
) -> Offer:
    """Put an approved offer before the client: by a message with its link, or in a talk that is logged with its minutes.

    Raises:
        Refusal: `held_back` where `contacting` holds the contact back (it is counted), `no_telephone` for a message to nobody.
    """
    with transaction.atomic():
        contacting.lock([offer.client_id])
        rule = _held_back(offer, channel, now)
        if rule is None:
            return _presented(offer, user, channel, now, minutes=minutes, note=said)
    key = f"{offer.ref}:{now:%Y-%m-%d}"
    contacting.may_contact(offer.client_id, purpose=Consent.Purpose.OFFER, channel=channel, now=now, key=key)
    raise Refusal(
        "held_back",
        _("Not now: %(rule)s. Present it another way or another day.") % {"rule": rule.label},
    )


def _presented(offer: Offer, user: User, channel: Channel, now: datetime, **talk: Any) -> Offer:
    by = by_whom(user)
    facts = {"state": State.PRESENTED, "presented_by": by, "presented_at": now, "channel": channel}
    if not step(offer, [State.APPROVED], facts, now=now):
        unless(offer, State.PRESENTED, now)
        return Offer.objects.get(pk=offer.pk)
    done = Offer.objects.select_related("client__city", "tool", "contact").get(pk=offer.pk)
    if channel == Channel.MESSAGE:
        send_link(done, city=city_of(done.client), now=now)
    else:
        log(done, "presented", Touch.Outcome.REACHED, by=by, now=now, **talk)
    tell("presented", done, by, now, channel=channel)
    return done


def _held_back(offer: Offer, channel: Channel, now: datetime) -> Rule | None:
    """What stands against presenting it; an offer that was presented already is no new contact."""
    if Offer.objects.filter(pk=offer.pk, state=State.PRESENTED).exists():
        return None
    waits = channel == Channel.MESSAGE
    purpose = Consent.Purpose.OFFER
    return contacting.against([offer.client_id], purpose=purpose, channel=channel, now=now, waits=waits).get(
        offer.client_id
    )
