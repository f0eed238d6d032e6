"""A play and its versions."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guinda.base.texts import in_all_languages, pick
from guinda.plays.definition import Definition, parse


class Play(models.Model):
    """A play by its short name, and whether it goes on. What it says and does is in its versions; the newest is `version`.

    New runs start on the newest version; whoever is on the way finishes on the version they started.
    """

    class State(models.TextChoices):
        """Whether clients come in and move on."""

        DRAFT = "draft", _("draft")
        ON = "on", pgettext_lazy("play", "on")
        PAUSED = "paused", pgettext_lazy("play", "paused")
        OFF = "off", pgettext_lazy("play", "off")

    slug = models.SlugField(_("short name"), max_length=40, unique=True)
    name = models.JSONField(_("name"), validators=[in_all_languages])
    whom = models.CharField(_("for whom"), max_length=8)
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=100, help_text=_("Of plays that are due at once the lower moves first.")
    )
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.DRAFT)
    version = models.ForeignKey(
        "plays.PlayVersion",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("newest version"),
    )
    event = models.CharField(
        _("begins with"),
        max_length=60,
        blank=True,
        default="",
        help_text=_("Empty: each night, by its segment."),
    )
    night_date = models.DateField(_("last night"), null=True, blank=True)
    changed_by = models.CharField(_("changed by"), max_length=100)
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("play")
        verbose_name_plural = _("plays")
        permissions = [
            ("switch_play", _("Can switch a play on, pause it and switch it off")),
            ("do_step", _("Can do a seller's steps")),
        ]
        indexes = [models.Index(fields=["event"], name="plays_play_event", condition=Q(state="on"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | Q(version__isnull=False), name="plays_play_runs_a_version"
            ),
        ]

    def __str__(self) -> str:
        return pick(self.name)


class PlayVersion(models.Model):
    """A play as it was written at one time; never changed. `definition` holds the same as `text`, as plain values."""

    play = models.ForeignKey(Play, on_delete=models.CASCADE, related_name="versions", verbose_name=_("play"))
    number = models.PositiveIntegerField(_("number"))
    text = models.TextField(_("text"), help_text=_("TOML."))
    definition = models.JSONField(_("definition"))
    digest = models.CharField(_("digest"), max_length=64, help_text=_("SHA-256 of the text."))
    by = models.CharField(_("by whom"), max_length=100)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("version of a play")
        verbose_name_plural = _("versions of plays")
        constraints = [
            models.UniqueConstraint(fields=["play", "number"], name="plays_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="plays_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.play_id}/{self.number}"

    def save(self, **options: Any) -> None:
        """Written once: whoever is on the way relies on it."""
        if self.pk is not None:
            raise ValueError("A version of a play is never changed. Make another.")
        super().save(**options)

    def read(self) -> Definition:
        """What it says, in the order in which it was written: the database keeps none of `definition`'s names."""
        return parse(self.text)
