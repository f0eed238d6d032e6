"""What offers tell the client book: what was put before a client and what came of it, and what competitors offered them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guinda.base.shown import amount
from guinda.clients.rooms import Entry, Fact, Link, Room, Source, Who, plain
from guinda.offers.models import Approach, Number, Offer


class Offers(Source):
    """Offers made to them, when they were drafted."""

    at = "drafted_at"

    def rows(self, who: Who) -> QuerySet[Any]:
        """By the index of a client's offers."""
        return Offer.objects.filter(client__in=who.ids).select_related("tool")

    def entry(self, row: Offer) -> Entry:
        """Which tool and how it stands; price, objection, words."""
        text = _("Offer %(tool)s: %(state)s") % {"tool": row.tool, "state": row.get_state_display()}
        facts = [
            amount(row.price_minor, row.currency) if row.price_minor else "",
            row.get_objection_display() if row.objection else "",
            row.words,
        ]
        return Entry(
            row.drafted_at, row.pk, "offer", text, " · ".join(filter(None, facts)), row.get_absolute_url()
        )


class Approaches(Source):
    """What competitors offered them."""

    def rows(self, who: Who) -> QuerySet[Any]:
        """By the index of a client's approaches."""
        return Approach.objects.filter(client__in=who.ids).select_related("competitor")

    def entry(self, row: Approach) -> Entry:
        """Who, and what."""
        text = _("Approached by %(competitor)s") % {"competitor": row.competitor}
        return Entry(row.at, row.pk, "approach", text, row.what)


class OffersRoom(Room):
    """Offers, numbers and competitors' offers of a client."""

    sources = (Offers(), Approaches())

    def facts(self, who: Who) -> Sequence[Fact]:
        """The offer that is open, and the number they have from us."""
        is_open = (
            Offer.objects.filter(client__in=who.ids, ended_at=None).select_related("tool").order_by("-pk")
        )
        facts = [
            Fact(gettext_lazy("Offered"), f"{each.tool}, {each.get_state_display()}") for each in is_open[:2]
        ]
        owned = Number.objects.filter(owner__in=who.ids).order_by("pk")[:3]
        return [*facts, *(Fact(gettext_lazy("Their number"), str(each), "good") for each in owned)]

    def links(self, client_id: int) -> Sequence[Link]:
        """What can be offered to them, and why not the rest."""
        url = reverse("client_tools", args=[client_id])
        return [Link(gettext_lazy("What can be offered"), url, "offers.add_offer")]

    def export(self, who: Who) -> dict[str, list[dict[str, Any]]]:
        """Offers with what the client said to them."""
        offers = Offer.objects.filter(client__in=who.ids)
        said = ("drafted_at", "tool__slug", "state", "note", "objection", "words", "price_minor", "currency")
        told = Approach.objects.filter(client__in=who.ids)
        return {
            "offers": plain(offers, *said),
            "competitors_offers": plain(told, "at", "competitor__name", "what", "monthly_minor"),
        }

    def is_busy(self, who: Who) -> bool:
        """While an offer waits for their answer."""
        return Offer.objects.filter(client__in=who.ids, ended_at=None).exists()

    def erase(self, who: Who) -> None:
        """Their words and ours to them; that it was offered, and what it cost, stays."""
        Offer.objects.filter(client__in=who.ids).update(note="", words="")
        Approach.objects.filter(client__in=who.ids).update(what=_("forgotten"))
