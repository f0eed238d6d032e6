"""How an offer ends: accepted, declined, withdrawn, or by its time. Of many who end it at once one does; the others are told so."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.clients import contacting
from guinda.clients.models import Touch
from guinda.offers.effects import carry_out
from guinda.offers.models import Offer
from guinda.offers.steps import State, give_back, let_go, log, step, tell, unless

EXPIRED_AT_ONCE = 500


def accept(*, offer: Offer, now: datetime, by: str = "client") -> Offer:
    """The client says yes: the offer does what it says, the touch and its cost are written, all in one transaction.

    Accepted already is the same answer. Raises Refusal `offer_over`, or whatever its effect refuses; then everything is as before.
    """
    with transaction.atomic():
        contacting.lock([offer.client_id])
        facts = {"state": State.ACCEPTED, "ended_by": by, "ended_at": now}
        if not step(offer, [State.PRESENTED], facts, now=now):
            unless(offer, State.ACCEPTED, now)
            return Offer.objects.get(pk=offer.pk)
        done = Offer.objects.select_related(
            "client__city", "tool", "contact", "supply", "number", "order"
        ).get(pk=offer.pk)
        approved_minor = done.cost_minor
        by_hand = carry_out(done, now)
        Offer.objects.filter(pk=done.pk).update(price_minor=done.price_minor, cost_minor=done.cost_minor)
        give_back({done.tool_id: (0, approved_minor - done.cost_minor)})
        log(
            done,
            "accepted",
            Touch.Outcome.AGREED,
            by=by,
            now=now,
            given_minor=done.cost_minor,
            next_step=by_hand,
        )
        number = {"number": done.number_id} if done.number_id else {}
        tell("accepted", done, by, now, cost_minor=done.cost_minor, price_minor=done.price_minor, **number)
    return done


def decline(*, offer: Offer, objection: str, now: datetime, by: str = "client", words: str = "") -> Offer:
    """The client says no, with the reason; declined already is the same answer. What was held and set aside is free again."""
    if objection not in Offer.Objection.values:
        raise Refusal("objection_missing", _("Tap the reason that is nearest, please."), status=422)
    with transaction.atomic():
        contacting.lock([offer.client_id])
        facts = {"state": State.DECLINED, "objection": objection, "words": words[:300]}
        if not step(offer, [State.PRESENTED], {**facts, "ended_by": by, "ended_at": now}, now=now):
            unless(offer, State.DECLINED, now)
            return Offer.objects.get(pk=offer.pk)
        done = Offer.objects.select_related("client__city", "tool", "contact").get(pk=offer.pk)
        let_go(done, now)
        log(
            done,
            "declined",
            Touch.Outcome.DECLINED,
            by=by,
            now=now,
            note=f"{done.get_objection_display()} {words}"[:500],
        )
        tell("declined", done, by, now, objection=objection)
    return done


def withdraw(*, offer: Offer, user: User, now: datetime) -> Offer:
    """Take an open offer back; withdrawn already is no error."""
    with transaction.atomic():
        contacting.lock([offer.client_id])
        had = State(Offer.objects.values_list("state", flat=True).select_for_update().get(pk=offer.pk))
        facts = {"state": State.WITHDRAWN, "ended_by": by_whom(user), "ended_at": now}
        if not step(offer, Offer.OPEN, facts, now=now, late=True):
            unless(offer, State.WITHDRAWN, now)
            return Offer.objects.get(pk=offer.pk)
        done = Offer.objects.get(pk=offer.pk)
        if had in Offer.TAKEN:
            let_go(done, now)
        tell("withdrawn", done, by_whom(user), now)
    return done


def expire_offers(*, now: datetime) -> int:
    """Open offers whose time is over expire, some hundreds in one go; returns how many. Any number of workers may."""
    with transaction.atomic():
        due = Offer.objects.select_for_update(skip_locked=True).filter(ended_at=None, until_at__lte=now)
        found = list(due.order_by("pk")[:EXPIRED_AT_ONCE])
        taken = Q(pk__in=[each.pk for each in found if each.state in Offer.TAKEN])
        sums = (
            Offer.objects.filter(taken)
            .values("tool")
            .annotate(n=Count("pk"), cost=Sum("cost_minor"))
            .order_by("tool")
        )
        back = {row["tool"]: (row["n"], row["cost"]) for row in sums}
        Offer.objects.filter(pk__in=[each.pk for each in found]).update(
            state=State.EXPIRED, ended_by="system", ended_at=now
        )
        for each in found:
            tell("expired", each, "system", now)
        give_back(back)
    return len(found)
