"""What was predicted when a time was promised, and the margins learnt from how it went."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guinda.delivery.models.carrying import Task


class Prediction(models.Model):
    """The time at the door that the plan foresaw when the client was promised one: the promise less the margin of its kind."""

    task = models.OneToOneField(
        Task, on_delete=models.CASCADE, primary_key=True, related_name="prediction", verbose_name=_("task")
    )
    door_at = models.DateTimeField(_("predicted at the door"))
    hour = models.PositiveSmallIntegerField(_("hour of the day"))
    band = models.PositiveSmallIntegerField(_("load band"))

    class Meta:
        verbose_name = _("prediction")
        verbose_name_plural = _("predictions")
        constraints = [models.CheckConstraint(condition=Q(hour__lt=24), name="delivery_prediction_hour")]

    def __str__(self) -> str:
        return f"task {self.task_id} at {self.door_at:%H:%M}"


class Margin(models.Model):
    """What a promise adds to the prediction at an hour and a load, learnt from `errors` past errors."""

    city = models.ForeignKey(
        "places.City", on_delete=models.CASCADE, related_name="margins", verbose_name=_("city")
    )
    hour = models.PositiveSmallIntegerField(_("hour of the day"))
    band = models.PositiveSmallIntegerField(_("load band"))
    margin_s = models.IntegerField(_("margin, s"))
    errors = models.PositiveIntegerField(_("errors known"))
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("margin of promises")
        verbose_name_plural = _("margins of promises")
        constraints = [
            models.UniqueConstraint(fields=["city", "hour", "band"], name="delivery_margin_kind"),
            models.CheckConstraint(condition=Q(hour__lt=24), name="delivery_margin_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.margin_s} s at {self.hour} h, band {self.band}"


class Level(models.Model):
    """How far above the aim the quantile of past errors is taken in a city, steered by the promises kept until `counted_to`."""

    city = models.OneToOneField(
        "places.City", on_delete=models.CASCADE, primary_key=True, related_name="+", verbose_name=_("city")
    )
    above_aim = models.FloatField(_("above the aim"), default=0.0)
    counted_to = models.DateTimeField(_("promises counted up to"))

    class Meta:
        verbose_name = _("level of promises")
        verbose_name_plural = _("levels of promises")

    def __str__(self) -> str:
        return f"{self.above_aim:+.3f} in {self.city_id}"
