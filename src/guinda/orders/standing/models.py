"""A standing order, its lines, and its visits."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guinda.base.points import Point

KEYS = UUID("5f1f8a52-6c1e-4a53-9d3b-5a1c8e0b7d11")
"""The namespace of the idempotency keys that are derived from visits."""
ALL_DAYS = 0b111_1111


class StandingOrder(models.Model):
    """A bowl that comes by itself. Paused and ended are times: a pause is lifted by taking its time away, an end is for good."""

    key = models.UUIDField(_("idempotency key"), unique=True)
    code = models.CharField(
        _("code"), max_length=32, unique=True, help_text=_("Unguessable: opens the client's page.")
    )
    city = models.ForeignKey(
        "places.City", on_delete=models.PROTECT, related_name="standing_orders", verbose_name=_("city")
    )
    client = models.ForeignKey(
        "clients.Client",
        on_delete=models.PROTECT,
        related_name="standing_orders",
        verbose_name=_("client"),
    )
    made_from = models.ForeignKey(
        "orders.Order",
        on_delete=models.PROTECT,
        related_name="standing_orders",
        verbose_name=_("made from"),
        help_text=_("The order that the client wanted regularly."),
    )
    language = models.CharField(_("language"), max_length=2)
    lat = models.FloatField(_("latitude"))
    lon = models.FloatField(_("longitude"))
    street = models.CharField(_("street"), max_length=160)
    flat = models.CharField(_("flat"), max_length=40, blank=True, default="")
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    days = models.PositiveSmallIntegerField(
        _("days of the week"), help_text=_("A bit for each day: 1 Monday, 2 Tuesday, 4 Wednesday, up to 64.")
    )
    hour = models.PositiveSmallIntegerField(
        _("hour"), help_text=_("At the door by this full hour of the city's clock.")
    )
    pay = models.CharField(_("way of paying"), max_length=20)
    made_at = models.DateTimeField(_("made"))
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    laid_out_until = models.DateField(
        _("laid out until"), help_text=_("The last day that was looked at for visits.")
    )

    class Meta:
        verbose_name = _("standing order")
        verbose_name_plural = _("standing orders")
        permissions = [("end_standingorder", _("Can end a standing order"))]
        indexes = [
            models.Index(
                fields=["city", "laid_out_until"],
                name="orders_standing_due",
                condition=Q(paused_at=None, ended_at=None),
            ),
            models.Index(fields=["-made_at"], name="orders_standing_made"),
            models.Index(
                fields=["-made_at", "-id"],
                name="orders_standing_paused",
                condition=Q(paused_at__isnull=False, ended_at=None),
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(days__range=(1, ALL_DAYS)), name="orders_standing_has_a_day"),
            models.CheckConstraint(condition=Q(hour__range=(0, 23)), name="orders_standing_hour_of_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.street} {self.flat}".strip()

    @property
    def door(self) -> Point:
        """Where it goes."""
        return Point(self.lat, self.lon)

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.city.time_zone)

    @property
    def weekdays(self) -> list[int]:
        """Its days of the week, 0 for Monday."""
        return [day for day in range(7) if self.days >> day & 1]

    @property
    def live(self) -> bool:
        """Whether it makes visits."""
        return self.paused_at is None and self.ended_at is None

    @property
    def source(self) -> str:
        """What its orders say of where they were ordered."""
        return f"standing:{self.pk}"

    def get_absolute_url(self) -> str:
        """The client's page."""
        return reverse("standing", args=[self.code])


class Wanted(models.Model):
    """A variety and weight, with the price a kilogram that the client has last agreed to."""

    variety = models.ForeignKey(
        "catalog.Variety", on_delete=models.PROTECT, related_name="+", verbose_name=_("variety")
    )
    weight_g = models.PositiveIntegerField(_("weight, g"))
    per_kg_minor = models.PositiveIntegerField(
        _("agreed price, minor units a kg"),
        help_text=_("Much dearer than this, the client is asked first."),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.weight_g} g of {self.variety_id}"


class StandingLine(Wanted):
    """What each visit brings."""

    standing = models.ForeignKey(
        StandingOrder, on_delete=models.CASCADE, related_name="lines", verbose_name=_("standing order")
    )

    class Meta:
        verbose_name = pgettext_lazy("of a standing order", "line")
        verbose_name_plural = pgettext_lazy("of a standing order", "lines")
        constraints = [
            models.UniqueConstraint(fields=["standing", "variety"], name="orders_standingline_once"),
            models.CheckConstraint(condition=Q(weight_g__gt=0), name="orders_standingline_positive"),
        ]


class Visit(models.Model):
    """One day of a standing order. Every change of state is compare-and-set on its locked row."""

    class State(models.TextChoices):
        """What will become of the day, or became of it."""

        PLANNED = "planned", _("planned")
        ASKED = "asked", _("the client is asked")
        PLACED = "placed", _("ordered")
        SKIPPED = "skipped", _("skipped")
        OUT = "out", _("not to be had")
        CANCELLED = "cancelled", _("called off")

    OPEN = (State.PLANNED, State.ASKED)
    """The worker still has something to do for these."""

    class Answer(models.TextChoices):
        """Why an open visit is asked about, and a skipped one skipped."""

        NONE = "", _("no answer yet")
        WAIT = "wait", _("waits for new fruit")
        SKIP = "skip", _("skipped by the client")
        SILENT = "silent", _("did not answer in time")

    standing = models.ForeignKey(
        StandingOrder, on_delete=models.PROTECT, related_name="visits", verbose_name=_("standing order")
    )
    date = models.DateField(_("day"), help_text=_("On the city's calendar."))
    wished_at = models.DateTimeField(_("wished at the door"))
    answer_by = models.DateTimeField(
        _("answer by"), help_text=_("What is not decided by then is not brought.")
    )
    due_at = models.DateTimeField(_("due"), help_text=_("When the worker looks at it next."))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PLANNED)
    answer = models.CharField(
        _("answer"), max_length=10, choices=Answer.choices, blank=True, default=Answer.NONE
    )
    asked_at = models.DateTimeField(_("asked"), null=True, blank=True)
    asks = models.PositiveSmallIntegerField(
        _("questions"), default=0, help_text=_("How many questions were sent about this day.")
    )
    order = models.OneToOneField(
        "orders.Order",
        on_delete=models.PROTECT,
        related_name="visit",
        null=True,
        blank=True,
        verbose_name=_("order"),
    )

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["date"]
        indexes = [
            models.Index(
                fields=["due_at"], name="orders_visit_due", condition=Q(state__in=["planned", "asked"])
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["standing", "date"], name="orders_visit_once_a_day"),
            models.CheckConstraint(
                condition=Q(state="placed", order__isnull=False) | ~Q(state="placed"),
                name="orders_visit_placed_has_order",
            ),
            models.CheckConstraint(
                condition=~Q(state="asked") | Q(asked_at__isnull=False), name="orders_visit_asked_when"
            ),
            models.CheckConstraint(
                condition=Q(answer_by__lt=models.F("wished_at")), name="orders_visit_answer_before"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} ({self.state})"

    @property
    def key(self) -> UUID:
        """The idempotency key of its order: the same whoever places it, and however often."""
        return uuid5(KEYS, f"{self.standing.code}:{self.date.isoformat()}")

    def open_at(self, now: datetime) -> bool:
        """Whether the client can still decide about it."""
        return self.state in self.OPEN and now < self.answer_by


class VisitLine(Wanted):
    """What one visit brings instead of the standing order's lines, when the client chose so for that day."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="lines", verbose_name=_("visit"))

    class Meta:
        verbose_name = pgettext_lazy("of a visit", "line")
        verbose_name_plural = pgettext_lazy("of a visit", "lines")
        constraints = [
            models.UniqueConstraint(fields=["visit", "variety"], name="orders_visitline_once"),
            models.CheckConstraint(condition=Q(weight_g__gt=0), name="orders_visitline_positive"),
        ]
