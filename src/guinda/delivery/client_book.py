"""What deliveries tell the client book: how the client felt, and whose words are forgotten on request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Avg, Count, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guinda.clients.rooms import Entry, Fact, Room, Source, Who, plain
from guinda.delivery.models import Rating, Task

UNHAPPY = 3.5
"""A mean below this is shown as bad news."""


class Deliveries(Source):
    """How each delivery ended."""

    at = "ended_at"

    def rows(self, who: Who) -> QuerySet[Any]:
        """By the client's orders."""
        return Task.objects.filter(order__client__in=who.ids, ended_at__isnull=False).select_related("order")

    def entry(self, row: Task) -> Entry:
        """Late or in time."""
        assert row.ended_at is not None  # noqa: S101 - the rows above
        late_min = int((row.ended_at - row.promised_at).total_seconds() // 60)
        more = _("%(n)s min after the promise") % {"n": late_min} if late_min > 0 else ""
        text = f"{row.order.spoken_code}: {row.get_state_display()}"
        return Entry(row.ended_at, row.pk, "delivery", text, more)


class Ratings(Source):
    """What they said of it."""

    at = "rated_at"

    def rows(self, who: Who) -> QuerySet[Any]:
        """By the client's orders."""
        return Rating.objects.filter(order__client__in=who.ids)

    def entry(self, row: Rating) -> Entry:
        """Fruit and kindness, and a word."""
        text = _("Rated the fruit %(fruit)s and the courier %(kindness)s of 5")
        facts = {"fruit": row.fruit, "kindness": row.kindness}
        return Entry(row.rated_at, row.pk, "rating", text % facts, row.word)


class DeliveryRoom(Room):
    """Deliveries and ratings of a client."""

    sources = (Deliveries(), Ratings())

    def facts(self, who: Who) -> Sequence[Fact]:
        """How they feel: the mean of all they rated."""
        rated = Rating.objects.filter(order__client__in=who.ids)
        mean = rated.aggregate(n=Count("pk"), fruit=Avg("fruit"), kindness=Avg("kindness"))
        if not mean["n"]:
            return ()
        felt = (mean["fruit"] + mean["kindness"]) / 2
        said = _("%(felt)s of 5 (ratings: %(n)s)") % {
            "felt": number_format(felt, decimal_pos=1),
            "n": mean["n"],
        }
        return [Fact(gettext_lazy("How they feel"), said, "bad" if felt < UNHAPPY else "good")]

    def export(self, who: Who) -> dict[str, list[dict[str, Any]]]:
        """Ratings with their words."""
        rated = Rating.objects.filter(order__client__in=who.ids)
        return {"ratings": plain(rated, "rated_at", "fruit", "kindness", "word")}

    def erase(self, who: Who) -> None:
        """Their words and the door on the map; the grades stay."""
        Rating.objects.filter(order__client__in=who.ids).update(word="")
        for task in Task.objects.filter(order__client__in=who.ids).only("lat", "lon"):
            Task.objects.filter(pk=task.pk).update(lat=round(task.lat, 2), lon=round(task.lon, 2), note="")
