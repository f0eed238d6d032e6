"""Couriers, shifts, tasks and what clients said of them."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from guinda.base.points import Point
from guinda.places.travel import Mode


class Courier(models.Model):
    """Who carries bags: a staff account with a way of moving and a limit of weight."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="courier")
    name = models.CharField(max_length=80, help_text="What clients see.")
    phone = models.CharField(max_length=16, blank=True, default="")
    city = models.ForeignKey("places.City", on_delete=models.PROTECT, related_name="couriers")
    home_store = models.ForeignKey("places.Store", on_delete=models.PROTECT, related_name="couriers")
    mode = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Mode], default=Mode.BICYCLE)
    carries_g = models.PositiveIntegerField(default=12_000)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(carries_g__gt=0), name="delivery_courier_carries")]

    def __str__(self) -> str:
        return self.name


class Shift(models.Model):
    """A courier's time on duty and where they were last seen. One open shift each."""

    courier = models.ForeignKey(Courier, on_delete=models.PROTECT, related_name="shifts")
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="When the courier means to stop.")
    ended_at = models.DateTimeField(null=True, blank=True)
    lat = models.FloatField()
    lon = models.FloatField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["courier"], condition=Q(ended_at=None), name="delivery_shift_one_open"),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("started_at")), name="delivery_shift_ends"),
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

        WAITING = "waiting"
        ASSIGNED = "assigned"
        CARRIED = "carried"
        DELIVERED = "delivered"
        FAILED = "failed"
        CANCELLED = "cancelled"

    OPEN = (State.WAITING, State.ASSIGNED, State.CARRIED)

    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="task")
    city = models.ForeignKey("places.City", on_delete=models.PROTECT, related_name="tasks")
    store = models.ForeignKey("places.Store", on_delete=models.PROTECT, related_name="tasks")
    lat = models.FloatField()
    lon = models.FloatField()
    weight_g = models.PositiveIntegerField()
    ready_at = models.DateTimeField(help_text="When the store has the bag ready.")
    promised_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    courier = models.ForeignKey(Courier, on_delete=models.PROTECT, related_name="tasks", null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="Place in the courier's route, from 1.")
    expected_at = models.DateTimeField(null=True, blank=True, help_text="The plan's present time at the door.")
    assigned_at = models.DateTimeField(null=True, blank=True)
    picked_up_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    code_checked = models.BooleanField(default=False, help_text="The client read the spoken code.")
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["city", "state"], name="delivery_task_open", condition=Q(state__in=["waiting", "assigned", "carried"])),
            models.Index(fields=["courier", "position"], name="delivery_task_route", condition=Q(state__in=["assigned", "carried"])),
            models.Index(fields=["-ended_at"], name="delivery_task_ended"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "cancelled"]) | Q(courier__isnull=False), name="delivery_task_has_courier",
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

    key = models.UUIDField(primary_key=True)
    courier = models.ForeignKey(Courier, on_delete=models.PROTECT, related_name="taps")
    kind = models.CharField(max_length=20)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="taps", null=True, blank=True)
    tapped_at = models.DateTimeField(help_text="On the courier's telephone.")
    arrived_at = models.DateTimeField()
    answer = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.kind} by {self.courier_id}"


class Rating(models.Model):
    """What the client said: of the fruit and of the courier's kindness, 1 to 5, and a word."""

    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="rating")
    fruit = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    kindness = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    word = models.CharField(max_length=300, blank=True, default="")
    rated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(fruit__range=(1, 5)) & Q(kindness__range=(1, 5)), name="delivery_rating_range"),
        ]

    def __str__(self) -> str:
        return f"{self.fruit}/{self.kindness} for order {self.order_id}"
