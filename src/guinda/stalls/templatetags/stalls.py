"""`{% load stalls %}{{ load.weight_g|kilograms }} {{ bag.float_minor|amount:bag.currency }} {{ bag.issued_at|when:bag.stall }}`."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import pgettext

from guinda.base import shown
from guinda.stalls.models import Stall

register = template.Library()
register.filter("kilograms", shown.kilograms)
register.filter("amount", shown.amount)


@register.filter
def when(instant: datetime | None, stall: Stall) -> str:
    """Day and minute as the stall's city shows them."""
    if instant is None:
        return ""
    local = timezone.localtime(instant, ZoneInfo(stall.city.time_zone))
    return date_format(local, pgettext("date format", "j M, H:i").replace(" ", "\u00a0"))
