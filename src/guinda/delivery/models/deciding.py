"""What people decided about a task in the planner's stead, and what each round of planning did."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guinda.delivery.models.carrying import Courier, Task


class Ruling(models.Model):
    """A person's word that the planner plans around: this courier brings the task, or never does. It holds until it is undone."""

    class Kind(models.TextChoices):
        """What was said."""

        PIN = "pin", _("must bring it")
        FORBID = "forbid", _("must not bring it")

    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="ruled", verbose_name=_("task"))
    courier = models.ForeignKey(
        Courier, on_delete=models.PROTECT, related_name="ruled", verbose_name=_("courier")
    )
    by = models.CharField(_("by whom"), max_length=100)
    at = models.DateTimeField(_("at"))
    undone_by = models.CharField(_("undone by"), max_length=100, blank=True, default="")
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("ruling")
        verbose_name_plural = _("rulings")
        permissions = [("rule_task", "Can pin and forbid couriers on the board")]
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=Q(kind="pin", undone_at=None), name="delivery_ruling_one_pin"
            ),
            models.UniqueConstraint(
                fields=["task", "courier"], condition=Q(undone_at=None), name="delivery_ruling_one_word"
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by="") | Q(undone_at__isnull=False) & ~Q(undone_by=""),
                name="delivery_ruling_undone_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of courier {self.courier_id} for task {self.task_id}"


class Reason(models.Model):
    """Why the planner gave a task to a courier: what it cost there, and what the second best would have cost.

    Costs are weighted seconds, the unit of `solvers.dispatch`'s objective. One row each time a task gets a courier.
    """

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="reasons", verbose_name=_("task"))
    courier = models.ForeignKey(
        Courier, on_delete=models.PROTECT, related_name="reasons", verbose_name=_("courier")
    )
    at = models.DateTimeField(_("at"))
    cost = models.FloatField(_("cost"))
    second = models.ForeignKey(
        Courier,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("second best"),
    )
    second_cost = models.FloatField(_("cost of the second best"), null=True, blank=True)
    parts = models.JSONField(_("parts"), default=dict, help_text=_("What the cost is made of."))

    class Meta:
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")
        indexes = [models.Index(fields=["task", "-id"], name="delivery_reason_task")]
        constraints = [
            models.CheckConstraint(
                condition=Q(second__isnull=True) | Q(second_cost__isnull=False), name="delivery_reason_second"
            ),
        ]

    def __str__(self) -> str:
        return f"task {self.task_id} to courier {self.courier_id} for {self.cost:.0f}"


class Round(models.Model):
    """One time the planner looked at a city: how much there was, how long it took and how good the plan is."""

    city = models.ForeignKey(
        "places.City", on_delete=models.PROTECT, related_name="rounds", verbose_name=_("city")
    )
    at = models.DateTimeField(_("at"))
    couriers = models.PositiveIntegerField(_("couriers"))
    tasks = models.PositiveIntegerField(_("tasks"))
    unassigned = models.PositiveIntegerField(_("without a courier"))
    wished = models.PositiveIntegerField(_("changes wished"))
    changed = models.PositiveIntegerField(_("changes written"))
    solver_ms = models.PositiveIntegerField(_("solver, ms"))
    took_ms = models.PositiveIntegerField(
        _("whole round, ms"), help_text=_("Reading, planning and writing, in real milliseconds.")
    )
    gap = models.FloatField(
        _("gap"),
        null=True,
        blank=True,
        help_text=_("How far the plan may be from the best one, as a share of its cost; empty when unknown."),
    )

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        indexes = [models.Index(fields=["city", "at"], name="delivery_round_city_at")]
        constraints = [
            models.CheckConstraint(
                condition=Q(changed__lte=models.F("wished")), name="delivery_round_changed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city_id} at {self.at:%Y-%m-%d %H:%M:%S}"
