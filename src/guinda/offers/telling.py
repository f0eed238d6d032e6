"""The message that brings an offer's link to the decision maker's telephone."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from guinda.base.refusals import Refusal
from guinda.clients.messages import enqueue
from guinda.clients.models import Message
from guinda.offers.models import Offer
from guinda.places.models import City


def send_link(offer: Offer, *, city: City, now: datetime) -> None:
    """Have the link sent to the contact, else to the client, in the offer's language; no later than it is valid."""
    phone = (offer.contact.phone if offer.contact else "") or offer.client.phone
    if not phone:
        raise Refusal(
            "no_telephone", _("There is no telephone to send it to. Enter one, or present it another way.")
        )
    with override(offer.language):
        text = _("%(offer)s: our offer for you, to read and to answer: %(url)s") % {
            "offer": str(offer.tool)[:80],
            "url": settings.SITE_URL + offer.link,
        }
    enqueue(
        key=f"offer:{offer.pk}",
        purpose=Message.Purpose.OFFER,
        phone=phone,
        language=offer.language,
        text=text,
        lapses_at=offer.until_at,
        now=now,
        client_id=offer.client_id,
        city=city,
    )
