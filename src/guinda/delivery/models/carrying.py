"""Couriers, shifts, tasks and what clients said of them."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guinda.base.points import Point
from guinda.places.travel import Mode


class Courier(models.Model):
    """Who carries bags: a staff account with a way of moving and a limit of weight."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="courier", verbose_name=_("account")
    )
    name = models.CharField(_("name"), max_length=80, help_text=_("What clients see."))
    phone = models.CharField(_("telephone"), max_length=16, blank=True, default="")
    city = models.ForeignKey(
        "places.City", on_delete=models.PROTECT, related_name="couriers", verbose_name=_("city")
    )
    home_store = models.ForeignKey(
        "places.Store", on_delete=models.PROTECT, related_name="couriers", verbose_name=_("home store")
    )
    mode = models.CharField(
        _("way of moving"),
        max_length=10,
        choices=[(each.value, each.value) for each in Mode],
        default=Mode.BICYCLE,
    )
    carries_g = models.PositiveIntegerField(_("carries, g"), default=12_000)

    class Meta:
        verbose_name = _("courier")
        verbose_name_plural = _("couriers")
        constraints = [models.CheckConstraint(condition=Q(carries_g__gt=0), name="delivery_courier_carries")]

    def __str__(self) -> str:
        return self.name


class Shift(models.Model):
    """A courier's time on duty and where they were last seen. One open shift each."""

    courier = models.ForeignKey(
        Courier, on_delete=models.PROTECT, related_name="shifts", verbose_name=_("courier")
    )
    started_at = models.DateTimeField(_("started"))
    ends_at = models.DateTimeField(_("means to end"), help_text=_("When the courier means to stop."))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    lat = models.FloatField(_("latitude"))
    lon = models.FloatField(_("longitude"))
    seen_at = models.DateTimeField(_("last seen"))
    wait_at = models.ForeignKey(
        "places.Store",
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("better waits at"),
        help_text=_("Where the planner expects work, while the courier has none."),
    )

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            models.UniqueConstraint(
                fields=["courier"], condition=Q(ended_at=None), name="delivery_shift_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("started_at")), name="delivery_shift_ends"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.courier} from {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def point(self) -> Point:
        """Where the courier was last seen."""
        return Point(self.lat, self.lon)


class Task(models.Model):
    """One order to carry. Every change of state is compare-and-set."""

    class State(models.TextChoices):
        """Waiting for a courier, given to one, carried, and how it ended."""

        WAITING = "waiting", _("waiting")
        ASSIGNED = "assigned", _("assigned")
        CARRIED = "carried", _("carried")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    OPEN = (State.WAITING, State.ASSIGNED, State.CARRIED)

    order = models.OneToOneField(
        "orders.Order", on_delete=models.PROTECT, related_name="task", verbose_name=_("order")
    )
    city = models.ForeignKey(
        "places.City", on_delete=models.PROTECT, related_name="tasks", verbose_name=_("city")
    )
    store = models.ForeignKey(
        "places.Store", on_delete=models.PROTECT, related_name="tasks", verbose_name=_("store")
    )
    lat = models.FloatField(_("latitude"))
    lon = models.FloatField(_("longitude"))
    weight_g = models.PositiveIntegerField(_("weight, g"))
    ready_at = models.DateTimeField(_("bag ready"), help_text=_("When the store has the bag ready."))
    promised_at = models.DateTimeField(_("promised at the door"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    courier = models.ForeignKey(
        Courier,
        on_delete=models.PROTECT,
        related_name="tasks",
        null=True,
        blank=True,
        verbose_name=_("courier"),
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Place in the courier's route, from 1.")
    )
    leaves_at = models.DateTimeField(
        _("leaves the store"),
        null=True,
        blank=True,
        help_text=_("The plan's present time of leaving the store with the bag."),
    )
    expected_at = models.DateTimeField(
        _("expected at the door"), null=True, blank=True, help_text=_("The plan's present time at the door.")
    )
    assigned_at = models.DateTimeField(_("given to the courier"), null=True, blank=True)
    picked_up_at = models.DateTimeField(_("picked up"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    code_checked = models.BooleanField(
        _("code was read"), default=False, help_text=_("The client read the spoken code.")
    )
    by_office = models.BooleanField(
        _("ended by the office"),
        default=False,
        help_text=_("The courier's telephone was silent; somebody in the office said how it ended."),
    )
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    rulings = models.PositiveIntegerField(
        _("rulings"),
        default=0,
        db_default=0,
        help_text=_(
            "How often somebody pinned, forbade or undid: a plan made before the last time is stale."
        ),
    )

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        permissions = [("end_task", "Can end a task whose courier is silent")]
        indexes = [
            models.Index(
                fields=["city", "state"],
                name="delivery_task_open",
                condition=Q(state__in=["waiting", "assigned", "carried"]),
            ),
            models.Index(
                fields=["courier", "position"],
                name="delivery_task_route",
                condition=Q(state__in=["assigned", "carried"]),
            ),
            models.Index(fields=["-ended_at"], name="delivery_task_ended"),
            models.Index(fields=["state", "-id"], name="delivery_task_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "cancelled"]) | Q(courier__isnull=False),
                name="delivery_task_has_courier",
            ),
        ]

    def __str__(self) -> str:
        return f"task of order {self.order_id} ({self.state})"

    @property
    def door(self) -> Point:
        """Where it goes."""
        return Point(self.lat, self.lon)


class Tap(models.Model):
    """A button a courier pressed, kept by its key so that one sent again after a lost answer counts once."""

    key = models.UUIDField(_("idempotency key"), primary_key=True)
    courier = models.ForeignKey(
        Courier, on_delete=models.PROTECT, related_name="taps", verbose_name=_("courier")
    )
    kind = models.CharField(_("kind"), max_length=20)
    task = models.ForeignKey(
        Task, on_delete=models.PROTECT, related_name="taps", null=True, blank=True, verbose_name=_("task")
    )
    tapped_at = models.DateTimeField(_("tapped"), help_text=_("On the courier's telephone."))
    arrived_at = models.DateTimeField(_("arrived"))
    answer = models.JSONField(_("answer"), default=dict)

    class Meta:
        verbose_name = _("tap")
        verbose_name_plural = _("taps")
        indexes = [models.Index(fields=["-arrived_at"], name="delivery_tap_arrived")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.courier_id}"


class Rating(models.Model):
    """What the client said: of the fruit and of the courier's kindness, 1 to 5, and a word."""

    order = models.OneToOneField(
        "orders.Order", on_delete=models.PROTECT, related_name="rating", verbose_name=_("order")
    )
    fruit = models.PositiveSmallIntegerField(
        _("fruit"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    kindness = models.PositiveSmallIntegerField(
        _("kindness"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    word = models.CharField(_("a word"), max_length=300, blank=True, default="")
    rated_at = models.DateTimeField(_("rated"))

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.CheckConstraint(
                condition=Q(fruit__range=(1, 5)) & Q(kindness__range=(1, 5)), name="delivery_rating_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fruit}/{self.kindness} for order {self.order_id}"
