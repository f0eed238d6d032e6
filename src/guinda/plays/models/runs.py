"""Clients' ways through plays."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guinda.clients.models import Client, Touch
from guinda.plays.models.plays import Play, PlayVersion


class Run(models.Model):
    """One client's way through one version of a play. `step` is the one they stand before; `number` counts the steps behind them.

    A holdout's run has no step: it only waits whether the goal is reached without us. The goal is looked for until `deadline_at`, also
    after the last step, so that what is compared is everybody who came in.
    """

    class State(models.TextChoices):
        """Where it stands. Every change is compare-and-set."""

        WAITING = "waiting", _("waits for its time")
        LISTED = "listed", _("on a seller's list")
        ASKED = "asked", _("at the panel")
        DONE = "done", pgettext_lazy("run", "done")
        LEFT = "left", pgettext_lazy("run", "left")

    ACTIVE = (State.WAITING, State.LISTED, State.ASKED)

    class Why(models.TextChoices):
        """Why it ended."""

        END = "end", _("came to its end")
        GOAL = "goal", _("reached the goal")
        TIME = "time", _("its time was over")
        GONE = "gone", _("the client was merged or erased")
        HELD_BACK = "held_back", _("may not be contacted")
        LEFT_OUT = "left_out", _("the day’s plans gave its message to others")
        OFF = "off", _("the play was switched off")

    play = models.ForeignKey(
        Play, on_delete=models.PROTECT, related_name="runs", db_index=False, verbose_name=_("play")
    )
    version = models.ForeignKey(
        PlayVersion, on_delete=models.PROTECT, related_name="runs", db_index=False, verbose_name=_("version")
    )
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="runs", db_index=False, verbose_name=_("client")
    )
    city = models.ForeignKey(
        "places.City",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("city"),
        help_text=_("Whose money and calendar its steps are in."),
    )
    entry_key = models.CharField(_("entry key"), max_length=160, unique=True)
    entered_at = models.DateTimeField(_("entered"))
    holdout = models.BooleanField(_("holdout"), default=False)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.WAITING)
    step = models.CharField(_("step"), max_length=40, blank=True, default="")
    number = models.PositiveIntegerField(_("steps behind"), default=0)
    step_at = models.DateTimeField(_("came to the step"))
    due_at = models.DateTimeField(
        _("due"), help_text=_("When the step is to be done, or an awaited event is waited for no longer.")
    )
    waits_for = models.CharField(_("waits for"), max_length=60, blank=True, default="")
    heard_at = models.DateTimeField(_("what it waits for came"), null=True, blank=True)
    lapses_at = models.DateTimeField(_("the step lapses"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("times held back"), default=0)
    deadline_at = models.DateTimeField(_("goal until"))
    goal_at = models.DateTimeField(_("goal reached"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    why = models.CharField(_("why it ended"), max_length=9, choices=Why.choices, blank=True, default="")

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        indexes = [
            models.Index(fields=["play", "due_at"], name="plays_run_due", condition=Q(state="waiting")),
            models.Index(
                fields=["play", "lapses_at"],
                name="plays_run_lapses",
                condition=Q(state__in=["listed", "asked"], lapses_at__isnull=False),
            ),
            models.Index(fields=["due_at"], name="plays_run_listed", condition=Q(state="listed")),
            models.Index(fields=["client", "play", "-entered_at"], name="plays_run_client"),
            models.Index(fields=["play", "-entered_at"], name="plays_run_entered"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["play", "client"],
                condition=Q(state__in=["waiting", "listed", "asked"]),
                name="plays_run_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "listed", "asked"], ended_at__isnull=True, why="")
                | (Q(state__in=["done", "left"], ended_at__isnull=False) & ~Q(why="")),
                name="plays_run_ends",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["listed", "asked"]) | ~Q(step=""),
                name="plays_run_somebody_does_a_step",
            ),
            models.CheckConstraint(
                condition=Q(goal_at=None) | Q(goal_at__lte=F("deadline_at")), name="plays_run_goal_in_time"
            ),
            models.CheckConstraint(
                condition=Q(holdout=False) | Q(step=""), name="plays_run_holdout_gets_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.play_id}: {self.client_id}"


class StepDone(models.Model):
    """One step of a run that is behind it, with its outcome, what was written for it, and what it cost. Added, never changed."""

    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="steps_done", db_index=False, verbose_name=_("run")
    )
    number = models.PositiveIntegerField(_("number"), help_text=_("How many steps of the run came before."))
    step = models.CharField(_("step"), max_length=40)
    variant = models.CharField(_("variant"), max_length=40, blank=True, default="")
    outcome = models.CharField(_("outcome"), max_length=30)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by whom"), max_length=100)
    evidence = models.JSONField(_("what was written"), default=dict, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=0)
    cost_minor = models.PositiveIntegerField(_("cost, minor units"), default=0)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    touch = models.ForeignKey(
        Touch,
        on_delete=models.PROTECT,
        related_name="steps_done",
        db_index=False,
        null=True,
        blank=True,
        verbose_name=_("touch"),
    )
    key = models.UUIDField(_("idempotency key"), null=True, blank=True)

    class Meta:
        verbose_name = _("step done")
        verbose_name_plural = _("steps done")
        indexes = [
            models.Index(fields=["by", "at"], name="plays_stepdone_day", condition=Q(key__isnull=False)),
            models.Index(fields=["at"], name="plays_stepdone_sent", condition=Q(outcome="sent")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(key__isnull=False), name="plays_stepdone_key_once"
            ),
            models.UniqueConstraint(
                fields=["touch"], condition=Q(touch__isnull=False), name="plays_stepdone_touch_once"
            ),
            models.UniqueConstraint(fields=["run", "number"], name="plays_stepdone_once"),
            models.CheckConstraint(condition=~Q(outcome=""), name="plays_stepdone_ended_somehow"),
            models.CheckConstraint(
                condition=Q(cost_minor=0) | Q(currency__regex=r"^[A-Z]{3}$"), name="plays_stepdone_currency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}: {self.step} → {self.outcome}"


class Heard(models.Model):
    """An event of the journal that plays have yet to look at. Looked at, it is deleted."""

    event = models.OneToOneField(
        "journal.Event", on_delete=models.CASCADE, primary_key=True, related_name="+", verbose_name=_("event")
    )

    class Meta:
        verbose_name = _("event to look at")
        verbose_name_plural = _("events to look at")

    def __str__(self) -> str:
        return str(self.event_id)


class Lookout(models.Model):
    """How far a play's lists were looked through in this round for clients who may not be contacted any more: see `engine.look_again`."""

    play = models.OneToOneField(
        Play, on_delete=models.CASCADE, primary_key=True, related_name="+", verbose_name=_("play")
    )
    after = models.PositiveBigIntegerField(
        _("after run"), default=0, help_text=_("The last run looked at; 0 at a round's beginning.")
    )

    class Meta:
        verbose_name = _("lookout")
        verbose_name_plural = _("lookouts")

    def __str__(self) -> str:
        return f"{self.play_id}: {self.after}"
