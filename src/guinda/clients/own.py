"""What the client book itself knows of a client, through the same seam as the rooms above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guinda.base.shown import amount
from guinda.clients import contacting
from guinda.clients.models import (
    Address,
    Channel,
    Client,
    Complaint,
    Consent,
    HeldBack,
    Message,
    PhoneCode,
    Touch,
)
from guinda.clients.rooms import Entry, Fact, Room, Source, Who, plain


class Touches(Source):
    """Contacts of ours and of theirs."""

    def rows(self, who: Who) -> QuerySet[Any]:
        """By the index of a client's touches."""
        return Touch.objects.filter(client__in=who.ids)

    def entry(self, row: Touch) -> Entry:
        """Channel and outcome; what was said, who, what it cost."""
        text = f"{row.get_channel_display()}: {row.get_outcome_display()}"
        facts = [row.step, row.note, row.by, amount(row.cost_minor, row.currency) if row.cost_minor else ""]
        return Entry(row.at, row.pk, "touch", text, " · ".join(filter(None, facts)))


class Messages(Source):
    """What went to their telephone; a code is shown to nobody."""

    at = "made_at"

    def rows(self, who: Who) -> QuerySet[Any]:
        """All but codes."""
        return Message.objects.filter(client__in=who.ids).exclude(purpose=Message.Purpose.CODE)

    def entry(self, row: Message) -> Entry:
        """Why it went, what it said."""
        text = f"{row.get_purpose_display()}: {row.get_state_display()}"
        return Entry(row.made_at, row.pk, "message", text, row.text)


class Consents(Source):
    """What they agreed to and refused."""

    def rows(self, who: Who) -> QuerySet[Any]:
        """By the client."""
        return Consent.objects.filter(client__in=who.ids)

    def entry(self, row: Consent) -> Entry:
        """Yes or no to what, by which channel."""
        said = _("Yes to %(purpose)s by %(channel)s") if row.given else _("No to %(purpose)s by %(channel)s")
        facts = {"purpose": row.get_purpose_display(), "channel": row.get_channel_display()}
        return Entry(row.at, row.pk, "consent", said % facts, row.told)


class Complaints(Source):
    """What they complained of."""

    def rows(self, who: Who) -> QuerySet[Any]:
        """By the index of a client's complaints."""
        return Complaint.objects.filter(client__in=who.ids)

    def entry(self, row: Complaint) -> Entry:
        """Of what, in which words, and what was done."""
        text = _("Complaint about %(about)s") % {"about": row.about} if row.about else _("Complaint")
        done = _("Closed: %(answer)s") % {"answer": row.answer} if row.closed_at else _("Open")
        return Entry(row.at, row.pk, "complaint", text, " · ".join(filter(None, [row.words, done])))


class Book(Room):
    """The book's own rows."""

    sources = (Touches(), Messages(), Consents(), Complaints())

    def facts(self, who: Who) -> Sequence[Fact]:
        """For what and how they may be contacted."""
        allowed = contacting.agreed(who.ids[0])
        told = [
            f"{Consent.Purpose(purpose).label}: {_channels(channels)}"
            for purpose, channels in allowed.items()
            if any(channels.values())
        ]
        if told:
            return [Fact(gettext_lazy("They agreed to"), "; ".join(told), "good")]
        if all(said is False for channels in allowed.values() for said in channels.values()):
            return [Fact(gettext_lazy("They agreed to"), _("nothing: do not contact"), "bad")]
        return [Fact(gettext_lazy("They agreed to"), _("nothing yet"))]

    def export(self, who: Who) -> dict[str, list[dict[str, Any]]]:
        """Who they are, where they live, what was said."""
        of = {"client__in": who.ids}
        return {
            "clients": plain(
                Client.objects.filter(pk__in=who.ids),
                "kind",
                "phone",
                "email",
                "name",
                "language",
                "since_at",
            ),
            "addresses": plain(
                Address.objects.filter(**of), "street", "flat", "note", "lat", "lon", "used_at"
            ),
            "touches": plain(
                Touch.objects.filter(**of),
                "at",
                "channel",
                "outcome",
                "step",
                "note",
                "next_step",
                "next_date",
            ),
            "messages": plain(Message.objects.filter(**of), "made_at", "purpose", "state", "text"),
            "consents": plain(Consent.objects.filter(**of), "at", "purpose", "channel", "given", "how"),
            "complaints": plain(
                Complaint.objects.filter(**of), "at", "about", "words", "answer", "closed_at"
            ),
            "held_back": plain(HeldBack.objects.filter(**of), "at", "purpose", "channel", "rule"),
        }

    def erase(self, who: Who) -> None:
        """Who they are and what was said; that there was a touch and what it cost stays, and so do their yes and no."""
        Address.objects.filter(client__in=who.ids).delete()
        Message.objects.filter(client__in=who.ids).delete()
        Message.objects.filter(phone__in=who.phones).delete()
        PhoneCode.objects.filter(phone__in=who.phones).delete()
        Touch.objects.filter(client__in=who.ids).update(step="", note="", next_step="", next_date=None)
        Consent.objects.filter(client__in=who.ids).update(how="")
        Complaint.objects.filter(client__in=who.ids).update(words="", answer="")


def _channels(channels: Mapping[str, bool | None]) -> str:
    """Those that are allowed, or that all are."""
    if all(channels.values()):
        return _("by every channel")
    return ", ".join(str(Channel(each).label) for each in channels if channels[each])
