"""A file sent through the office, and what came of it."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guinda.tables.declare import TABLES, Table


class Upload(models.Model):
    """A file on its way into a table: it arrives in parts, is looked at, and is written once somebody confirms what was shown.

    `outcome` holds what the page shows: counts, the first changes, the problems, or a refusal's sentence, in the sender's language.
    """

    class State(models.TextChoices):
        """What was last done with it."""

        ARRIVING = "arriving", _("arriving")
        SENT = "sent", _("being read")
        SHOWN = "shown", _("to be confirmed")
        CONFIRMED = "confirmed", _("being written")
        APPLIED = "applied", _("written")
        REFUSED = "refused", _("refused")
        LAPSED = "lapsed", _("lapsed")

    WORK = (State.SENT, State.CONFIRMED)
    """What the worker has to do: there is no state for "doing it", because a worker that dies has done nothing."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    table_name = models.CharField(_("table"), max_length=40)
    file_name = models.CharField(_("file"), max_length=200)
    encoding = models.CharField(_("encoding"), max_length=12, blank=True, default="")
    language = models.CharField(_("language"), max_length=2)
    size_bytes = models.PositiveIntegerField(_("size, bytes"))
    by = models.CharField(_("by whom"), max_length=100)
    sent_at = models.DateTimeField(_("sent"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ARRIVING)
    rows_done = models.PositiveIntegerField(_("rows read"), default=0)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    token = models.CharField(_("what was shown"), max_length=64, blank=True, default="")
    outcome = models.JSONField(_("outcome"), default=dict)

    class Meta:
        verbose_name = _("file brought in")
        verbose_name_plural = _("files brought in")
        permissions = [("export_personal", _("Can send out names and telephones of people"))]
        indexes = [
            models.Index(
                fields=["sent_at"], name="tables_upload_work", condition=Q(state__in=["sent", "confirmed"])
            ),
            models.Index(fields=["-sent_at"], name="tables_upload_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} → {self.table_name}"

    @property
    def table(self) -> Table | None:
        """What it goes into; None when no room declares that any more."""
        return TABLES.get(self.table_name)

    @property
    def in_work(self) -> bool:
        """Whether the worker has something to do with it."""
        return self.state in self.WORK


class Part(models.Model):
    """Some bytes of a file, until it is written, refused or forgotten."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts", verbose_name=_("file"))
    number = models.PositiveSmallIntegerField(_("number"))
    content = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("part of a file")
        verbose_name_plural = _("parts of files")
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="tables_part_once")]

    def __str__(self) -> str:
        return f"{self.number} of {self.upload_id}"
