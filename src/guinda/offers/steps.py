"""What every step of an offer's life shares: compare-and-set, how it stands, what is given back, the touch and the journal.

Lock order, everywhere: the client's row, the offer's, what it does (the seller's holds, numbers, supplies, standing orders), the tool's
row last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid5

from django.db.models import F
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.clients import touching
from guinda.clients.models import Channel, Client, Touch
from guinda.journal.services import record
from guinda.offers import numbers
from guinda.offers.models import Offer, Tool
from guinda.places.models import City

State = Offer.State


def city_of(client: Client) -> City:
    """Whose money and clock count for this client."""
    return client.city or City.objects.order_by("pk")[0]


def step(
    offer: Offer, states: Collection[State], facts: Mapping[str, Any], *, now: datetime, late: bool = False
) -> bool:
    """Compare-and-set: True for the one who moved it on. Only a withdrawal may come `late`."""
    rows = Offer.objects.filter(pk=offer.pk, state__in=states)
    return bool((rows if late else rows.filter(until_at__gt=now)).update(**facts))


def unless(offer: Offer, wanted: State, now: datetime) -> None:
    """Nothing when the offer stands where the step leads: it was sent twice. Else a refusal that says how it stands."""
    stands = Offer.objects.get(pk=offer.pk)
    if stands.state == wanted:
        return
    if stands.state in Offer.OPEN and stands.until_at > now:
        raise Refusal(
            "not_yet",
            _("This offer is %(state)s: another step comes first.") % {"state": stands.get_state_display()},
        )
    state = State.EXPIRED.label if stands.state in Offer.OPEN else stands.get_state_display()
    raise Refusal(
        "offer_over",
        _("This offer is over: it was %(state)s. Ask us for a new one, please.") % {"state": state},
    )


def let_go(offer: Offer, now: datetime) -> None:
    """What was held and set aside for an offer that came to nothing."""
    if offer.hold_key:
        numbers.release(key=offer.hold_key, seller_id=offer.seller_id, now=now)
    give_back({offer.tool_id: (1, offer.cost_minor)})


def give_back(amounts: dict[int, tuple[int, int]]) -> None:
    """Pieces and minor units to tools, in the order of their keys."""
    for tool, (pieces, cost_minor) in sorted(amounts.items()):
        if pieces or cost_minor:
            Tool.objects.filter(pk=tool).update(
                pieces_left=F("pieces_left") + pieces, budget_left_minor=F("budget_left_minor") + cost_minor
            )


def log(offer: Offer, what: str, outcome: Touch.Outcome, *, by: str, now: datetime, **facts: Any) -> None:
    """The touch of a step, with its cost; one of the client's own doing counts for no cap."""
    touching.log(
        key=uuid5(offer.key, what),
        client=offer.client,
        contact=offer.contact,
        channel=Channel(offer.channel or Channel.CALL),
        outcome=outcome,
        city=city_of(offer.client),
        by=by,
        by_client=by == "client",
        now=now,
        step=str(offer.tool)[:120],
        **facts,
    )


def tell(what: str, offer: Offer, by: str, now: datetime, **facts: Any) -> None:
    """Write it in the journal; rooms above hear of it after commit."""
    data = {"client": offer.client_id, "tool": offer.tool.slug, "kind": offer.tool.kind, **facts}
    record(kind=f"offer.{what}", ref=offer.ref, by=by, at=now, data=data)
