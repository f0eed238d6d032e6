"""What was learned, by versions."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

METHODS: Mapping[str, str | LazyText] = {
    "linear": pgettext_lazy("a model", "linear"),
    "linear,": pgettext_lazy("a model", "linear and"),
    "boosted": pgettext_lazy("a model", "boosted"),
    "pooled": pgettext_lazy("a model", "one mean for all"),
}


class Learned(models.Model):
    """One version of something learned: from which window of data, how it does on clients it has not seen, and whether it is in use.

    Never changed but for `in_use` and `drift`; rolling back is using an older version.
    """

    class Kind(models.TextChoices):
        """What it tells."""

        UPLIFT = "uplift", pgettext_lazy("learned", "what an offer or a play adds")
        LIFETIME = "lifetime", pgettext_lazy("learned", "how much is still to come from a client")
        CHURN = "churn", pgettext_lazy("learned", "who leaves")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    subject = models.CharField(
        _("of what"), max_length=60, help_text=_("tool:NAME, play:NAME, people or companies.")
    )
    number = models.PositiveIntegerField(_("version"))
    from_at = models.DateTimeField(_("data from"))
    to_at = models.DateTimeField(_("data until"))
    clients = models.PositiveIntegerField(_("clients learned from"))
    method = models.CharField(_("method"), max_length=40)
    facts = models.JSONField(_("facts it reads"), default=list)
    content = models.JSONField(_("what was learned"))
    report = models.JSONField(_("how it does"), default=dict)
    drift = models.JSONField(_("what moved since"), default=dict)
    in_use = models.BooleanField(_("in use"), default=False)
    by = models.CharField(_("by whom"), max_length=100)
    at = models.DateTimeField(_("learned"))

    class Meta:
        verbose_name = _("what was learned")
        verbose_name_plural = _("what was learned")
        permissions = [("use_learned", _("Can choose the version in use"))]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject", "number"], name="planner_learned_once"),
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(in_use=True), name="planner_learned_one_in_use"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.number}"

    @property
    def spoken_method(self) -> str:
        """The method in the reader's words, as far as it has any: names of models and letters of learners stay."""
        return " ".join(str(METHODS.get(word, word)) for word in self.method.split(" "))


class Night(models.Model):
    """When something was last learned of by night: claimed by compare-and-set, so that one worker does it, once a day."""

    subject = models.CharField(_("of what"), max_length=60, primary_key=True)
    date = models.DateField(_("last night"))

    class Meta:
        verbose_name = _("night of learning")
        verbose_name_plural = _("nights of learning")

    def __str__(self) -> str:
        return f"{self.subject} {self.date:%Y-%m-%d}"
