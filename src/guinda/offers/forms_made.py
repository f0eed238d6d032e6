"""What a seller says of an offer, of how it was put before the client, and of what a competitor offered."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib.auth.models import User
from django.utils import dates
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guinda.base.money import from_major
from guinda.base.refusals import Refusal
from guinda.clients.models import Channel, Client, Competitor
from guinda.offers.imports import NOT_DIGITS
from guinda.offers.making import Wanted
from guinda.offers.models import Numbering, Tool
from guinda.offers.terms import Terms
from guinda.orders.models import Order
from guinda.orders.standing.services import KEPT

WEEKDAYS = [(1 << day, name) for day, name in dates.WEEKDAYS.items()]
OF_KIND: dict[str, tuple[str, ...]] = {
    Tool.Kind.PRICE: ("supply", "base", "percent", "months"),
    Tool.Kind.GIFT: (),
    Tool.Kind.SERVICE: ("base", "months"),
    Tool.Kind.TRIAL: ("months",),
    Tool.Kind.NUMBER: ("numbering", "base", "percent"),
    Tool.Kind.STANDING: ("order", "days", "hour"),
}
"""The fields that mean something for each kind of tool; contact and note do for all."""


class OfferForm(forms.Form):
    """The terms of one offer of one tool to one client; only the fields its kind needs are there."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    tool = forms.ModelChoiceField(queryset=Tool.objects.all(), widget=forms.HiddenInput)
    supply: Any = forms.ModelChoiceField(
        label=gettext_lazy("What it is about"), queryset=None, required=False
    )
    numbering = forms.ModelChoiceField(
        label=gettext_lazy("Numbers of"), queryset=Numbering.objects.order_by("name"), required=False
    )
    base = forms.DecimalField(
        label=gettext_lazy("Price before the rebate"),
        min_value=0,
        max_value=10**9,
        decimal_places=2,
        required=False,
    )
    percent = forms.IntegerField(
        label=gettext_lazy("Rebate, percent"), min_value=0, max_value=100, required=False
    )
    months = forms.IntegerField(label=gettext_lazy("Months"), min_value=0, max_value=60, required=False)
    order: Any = forms.ModelChoiceField(
        label=gettext_lazy("This order, regularly"), queryset=None, required=False
    )
    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("On these days"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    hour = forms.IntegerField(
        label=gettext_lazy("At the door by, full hour"), min_value=0, max_value=23, required=False
    )
    contact: Any = forms.ModelChoiceField(label=gettext_lazy("Who decides"), queryset=None, required=False)
    note = forms.CharField(label=gettext_lazy("A word to the client"), max_length=300, required=False)

    def __init__(self, data: Any, *, client: Client, tool: Tool) -> None:
        super().__init__(data, initial={"key": uuid4(), "tool": tool, "months": tool.months, "hour": 12})
        self.client = client
        self.auto_id = f"tool{tool.pk}_%s"
        own: dict[str, Any] = {
            "supply": client.supplies.order_by("pk"),
            "contact": client.contacts.order_by("-decides", "pk"),
            "order": Order.objects.filter(client=client, state__in=KEPT).order_by("-pk"),
        }
        for name, rows in own.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
        for name in {each for names in OF_KIND.values() for each in names} - set(OF_KIND[tool.kind]):
            del self.fields[name]

    def wanted(self, seller: User) -> Wanted:
        """Of a form that is valid: what is to be offered."""
        told = self.cleaned_data
        base = told.get("base")
        return Wanted(
            key=told["key"],
            client_id=self.client.pk,
            tool=told["tool"],
            terms=Terms(
                percent=told.get("percent") or 0,
                base_minor=from_major(Decimal(base), told["tool"].currency) if base else 0,
                months=told.get("months"),
                supply_id=_pk(told.get("supply")),
                numbering_id=_pk(told.get("numbering")),
                order_id=_pk(told.get("order")),
                days=sum(told.get("days") or []),
                hour=told.get("hour") or 0,
                note=told["note"],
            ),
            seller=seller,
            contact=told["contact"],
        )


def _pk(row: Any) -> int | None:
    return None if row is None else int(row.pk)


class PresentForm(forms.Form):
    """How an offer was put before the client."""

    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=Channel.choices)
    minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=0, max_value=600, initial=3)
    note = forms.CharField(label=gettext_lazy("What was said"), max_length=500, required=False)


class NumberForm(forms.Form):
    """A number as it is written, and the key of its hold."""

    key = forms.UUIDField()
    number = forms.CharField(max_length=30)

    def __init__(self, data: Any, *, numbering: Numbering | None) -> None:
        super().__init__(data)
        self.numbering = numbering

    def chosen(self) -> tuple[int, UUID]:
        """The whole number and the key; a number of other digits is refused."""
        digits = NOT_DIGITS.sub("", self.cleaned_data["number"]) if self.is_valid() else ""
        if (
            self.numbering is None
            or not digits.isascii()
            or not digits.isdecimal()
            or len(digits) < self.numbering.length
        ):
            raise Refusal("bad_number", _("Enter a whole number, digits only."), status=422)
        return self.numbering.base + int(digits[-self.numbering.length :]), self.cleaned_data["key"]


class ApproachForm(forms.Form):
    """What a client tells us of a competitor's offer."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    competitor = forms.CharField(label=gettext_lazy("Which competitor"), max_length=120)
    what = forms.CharField(label=gettext_lazy("What they offered"), max_length=300)
    monthly = forms.DecimalField(
        label=gettext_lazy("A month"), min_value=0, max_value=10**9, decimal_places=2, required=False
    )
    contact: Any = forms.ModelChoiceField(label=gettext_lazy("To whom"), queryset=None, required=False)
    approached_date = forms.DateField(
        label=gettext_lazy("When"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Any = None, *, client: Client, now: datetime) -> None:
        super().__init__(data, initial={"key": uuid4(), "approached_date": now.date()})
        self.auto_id = "approach_%s"
        self.fields["contact"].queryset = client.contacts.order_by("-decides", "pk")  # type: ignore[attr-defined]
        self.known = Competitor.objects.order_by("name")[:100]
        self.fields["competitor"].widget.attrs["list"] = "competitors"
