"""A plan of one day, and what it gives each client."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guinda.clients.models import Channel

CHOSEN = "plan.chosen"
"""The event by which a company's offer becomes a seller's step."""


class Plan(models.Model):
    """Whom to offer what on a day, in one currency: asked for, made by a worker, looked at, and kept or not. Money is minor units."""

    class State(models.TextChoices):
        """Where it stands. Every change is compare-and-set."""

        ASKED = "asked", pgettext_lazy("a plan is", "asked for")
        MAKING = "making", pgettext_lazy("a plan is", "being made")
        READY = "ready", pgettext_lazy("a plan is", "ready")
        KEPT = "kept", pgettext_lazy("a plan is", "kept")
        REPLACED = "replaced", pgettext_lazy("a plan is", "replaced")
        FAILED = "failed", pgettext_lazy("a plan is", "failed")

    key = models.UUIDField(_("idempotency key"), unique=True)
    date = models.DateField(_("day"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ASKED)
    asked = models.JSONField(
        _("what was asked"), help_text=_("Budget, hours, caps, floors: see `planner.asking`.")
    )
    seed = models.PositiveIntegerField(_("seed"))
    asked_by = models.CharField(_("asked by"), max_length=100)
    asked_at = models.DateTimeField(_("asked"))
    seen_at = models.DateTimeField(_("last sign of who makes it"), null=True, blank=True)
    doing = models.CharField(_("at"), max_length=12, blank=True, default="")
    done_percent = models.PositiveSmallIntegerField(_("done, percent"), default=0)
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    kept_by = models.CharField(_("kept by"), max_length=100, blank=True, default="")
    kept_at = models.DateTimeField(_("kept"), null=True, blank=True)
    fault = models.CharField(_("why it failed"), max_length=300, blank=True, default="")

    clients = models.PositiveIntegerField(_("clients looked at"), default=0)
    candidates = models.PositiveIntegerField(_("candidates"), default=0)
    chosen = models.PositiveIntegerField(_("chosen"), default=0)
    adds_minor = models.BigIntegerField(_("expected to add, minor units"), default=0)
    bound_minor = models.BigIntegerField(
        _("no plan adds more than, minor units"),
        default=0,
        help_text=_(
            "Lagrange’s bound, in whole numbers, given what people pinned and what is kept for learning."
        ),
    )
    cost_minor = models.PositiveBigIntegerField(_("cost, minor units"), default=0)
    pins_cost_minor = models.BigIntegerField(_("what the pins cost, minor units"), default=0)
    learning_cost_minor = models.BigIntegerField(_("what learning costs, minor units"), default=0)
    limits = models.JSONField(
        _("limits"), default=list, help_text=_("Of each its most, least, use and price.")
    )
    curve = models.JSONField(_("value against budget"), default=list)
    shorts = models.JSONField(_("floors out of reach"), default=list)
    unmet = models.JSONField(
        _("pins not met"),
        default=list,
        help_text=_("Of each its key, and why: not_eligible, another_pin, no_room, not_chosen."),
    )
    left_out_count = models.PositiveIntegerField(
        _("messages of plays left out"),
        default=0,
        help_text=_("Offers by message that plays would make that day and the plan does not choose."),
    )
    learned = models.JSONField(
        _("what it was reckoned with"), default=list, help_text=_("Keys of what was learned.")
    )
    took_ms = models.PositiveIntegerField(_("took, milliseconds"), default=0)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        permissions = [("keep_plan", _("Can have plans made, keep them, and pin"))]
        indexes = [
            models.Index(fields=["-asked_at"], name="planner_plan_newest"),
            models.Index(
                fields=["asked_at"], name="planner_plan_to_make", condition=Q(state__in=["asked", "making"])
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["date", "currency"], condition=Q(state="kept"), name="planner_plan_one_kept"
            ),
            models.CheckConstraint(condition=Q(done_percent__lte=100), name="planner_plan_percent"),
            models.CheckConstraint(
                condition=Q(state__in=["kept", "replaced"], kept_at__isnull=False)
                | Q(state__in=["asked", "making", "ready", "failed"], kept_at=None),
                name="planner_plan_kept_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(fault=""), name="planner_plan_failed_why"
            ),
            models.CheckConstraint(
                condition=Q(adds_minor__lte=F("bound_minor")), name="planner_plan_under_bound"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.currency}"

    @property
    def ref(self) -> str:
        """How journals name it."""
        return f"plan:{self.pk}"

    @property
    def gap(self) -> float:
        """How far the plan can be from the best, in shares of the bound."""
        return (self.bound_minor - self.adds_minor) / max(1, abs(self.bound_minor))


class Choice(models.Model):
    """What a plan gives one client: an offer of a tool, or the step of a play that is due; why, and what came of it.

    `adds_minor` is what it is expected to add after its expected cost; `cost_minor` is what it costs at the most, which the budget counts.
    """

    class Why(models.TextChoices):
        """How it came to be chosen."""

        BEST = "best", pgettext_lazy("chosen", "adds most")
        PINNED = "pinned", pgettext_lazy("chosen", "pinned by a person")
        LEARNING = "learning", pgettext_lazy("chosen", "by chance, to learn from")

    class Basis(models.TextChoices):
        """What its added chance rests on."""

        LEARNED = "learned", _("learned for clients like this one")
        POOLED = "pooled", _("the mean of all clients: too few data to tell them apart")
        ASSUMED = "assumed", _("an assumption: nobody was left alone to compare with yet")
        AUTHOR = "author", _("what the play’s author says it is worth")

    class State(models.TextChoices):
        """Whether it went to who does it."""

        PLANNED = "planned", pgettext_lazy("a choice is", "planned")
        GIVEN = "given", pgettext_lazy("a choice is", "given")
        REFUSED = "refused", pgettext_lazy("a choice is", "refused")
        OUTDATED = (
            "outdated",
            pgettext_lazy("a choice is", "no longer fits"),
        )

    plan = models.ForeignKey(
        Plan, on_delete=models.CASCADE, related_name="choices", db_index=False, verbose_name=_("plan")
    )
    client = models.ForeignKey(
        "clients.Client", on_delete=models.PROTECT, related_name="+", verbose_name=_("client")
    )
    tool = models.ForeignKey(
        "offers.Tool",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        null=True,
        blank=True,
        verbose_name=_("tool"),
    )
    run = models.ForeignKey(
        "plays.Run", on_delete=models.SET_NULL, related_name="+", null=True, blank=True, verbose_name=_("run")
    )
    action = models.CharField(
        _("action"), max_length=120, help_text=_("tool:NAME:CHANNEL or step:PLAY:STEP.")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=[*Channel.choices, ("desk", _("desk"))])
    seller = models.CharField(_("seller"), max_length=150, blank=True, default="")
    place = models.PositiveIntegerField(_("place in the seller’s day"), default=0)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=0)
    cost_minor = models.PositiveBigIntegerField(_("cost, minor units"), default=0)
    adds_minor = models.BigIntegerField(_("expected to add, minor units"))
    chance = models.FloatField(_("added chance"), default=0.0)
    rest_minor = models.PositiveBigIntegerField(_("margin still to come, minor units"), default=0)
    basis = models.CharField(_("rests on"), max_length=8, choices=Basis.choices)
    why = models.CharField(_("why"), max_length=8, choices=Why.choices, default=Why.BEST)
    second = models.CharField(_("second best"), max_length=120, blank=True, default="")
    second_minor = models.BigIntegerField(_("which would add, minor units"), default=0)
    decided_by = models.CharField(_("limit that decided"), max_length=120, blank=True, default="")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PLANNED)
    given_at = models.DateTimeField(_("given"), null=True, blank=True)
    said = models.CharField(_("why it was refused"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        indexes = [
            models.Index(fields=["plan", "seller", "place"], name="planner_choice_list"),
            models.Index(fields=["plan", "id"], name="planner_choice_to_give", condition=Q(state="planned")),
            models.Index(fields=["tool"], name="planner_choice_tool", condition=Q(tool__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["plan", "client", "action"], name="planner_choice_once"),
            models.CheckConstraint(
                condition=Q(state="refused") & ~Q(said="") | ~Q(state="refused") & Q(said=""),
                name="planner_choice_refused_why",
            ),
            models.CheckConstraint(
                condition=Q(state="given", given_at__isnull=False) | ~Q(state="given") & Q(given_at=None),
                name="planner_choice_given_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id}: {self.action}"

    @property
    def ref(self) -> str:
        """How journals name it."""
        return f"choice:{self.pk}"


class LeftOut(models.Model):
    """The offers by message that plays would make that day and a plan does not choose: runs, each with how many steps are behind it."""

    plan = models.OneToOneField(
        Plan, on_delete=models.CASCADE, primary_key=True, related_name="left_out", verbose_name=_("plan")
    )
    runs = ArrayField(models.BigIntegerField(), verbose_name=_("runs"))
    numbers = ArrayField(models.PositiveIntegerField(), verbose_name=_("steps behind"))

    class Meta:
        verbose_name = _("messages left out")
        verbose_name_plural = _("messages left out")

    def __str__(self) -> str:
        return str(self.plan_id)
