"""Forms of the client's pages of a standing order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guinda.base.refusals import Refusal
from guinda.orders.models import Payment
from guinda.orders.standing.services import Chosen, Rhythm
from guinda.orders.standing.texts import MONDAY, hour_text

HOURS = range(8, 23)
"""Hours that are offered: those in which couriers ride. The books can hold any."""
CHOSEN = re.compile(r"([-a-zA-Z0-9_]{1,50}):([0-9]{1,9})", re.ASCII)
FOR = "for_"


def day_choices() -> list[tuple[str, str]]:
    """The days of the week in the language being spoken."""
    return [(str(day), date_format(MONDAY + timedelta(days=day), "l")) for day in range(7)]


def pay_choices() -> list[tuple[str, str]]:
    """The ways of paying that the house offers."""
    ways = [(Payment.CASH, _("Cash to the courier"))]
    return [*ways, *((name, _("By card")) for name in settings.PAYMENT_VARIANTS)]


class RhythmForm(forms.Form):
    """Days, hour and way of paying."""

    days = forms.MultipleChoiceField(
        choices=day_choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one day of the week.")},
    )
    hour = forms.TypedChoiceField(choices=[(each, hour_text(each)) for each in HOURS], coerce=int)
    pay = forms.ChoiceField(choices=pay_choices)

    def rhythm(self) -> Rhythm:
        """What was chosen."""
        data = self.cleaned_data
        return Rhythm(sum(1 << int(day) for day in set(data["days"])), data["hour"], data["pay"])


class NewForm(RhythmForm):
    """With the key that makes a double tap one, and a telephone with its code when we don't know the client's."""

    key = forms.UUIDField()
    phone = forms.CharField(max_length=40, required=False)
    code = forms.CharField(max_length=10, required=False)


def bowl_from(data: QueryDict) -> dict[str, int]:
    """Grams by variety, from fields `g_<variety>`; an empty field is none of it."""
    return {
        name[2:]: _grams(str(text))
        for name, text in data.items()
        if name.startswith("g_") and str(text).strip() not in {"", "0"}
    }


def _grams(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text.strip(), re.ASCII):
        raise Refusal("bad_weight", _("Write each weight in whole grams, for example 500."), status=422)
    return int(text)


def chosen_from(data: QueryDict) -> Mapping[str, Chosen | None]:
    """What shall come in place of each line, from fields `for_<variety>`; an empty one leaves it out."""
    found = {name.removeprefix(FOR): str(text) for name, text in data.items() if name.startswith(FOR)}
    if not found:
        raise Refusal("nothing_chosen", _("Choose what we shall bring instead, please."), status=422)
    return {slug: _chosen(text) for slug, text in found.items()}


def _chosen(text: str) -> Chosen | None:
    if not text:
        return None
    match = CHOSEN.fullmatch(text)
    if match is None:
        raise Refusal("nothing_chosen", _("Choose what we shall bring instead, please."), status=422)
    return Chosen(match[1], int(match[2]))


def initial_of(values: Rhythm) -> dict[str, Any]:
    """A rhythm as the form shows it."""
    days = [str(day) for day in range(7) if values.days >> day & 1]
    return {"days": days, "hour": values.hour, "pay": values.pay}
