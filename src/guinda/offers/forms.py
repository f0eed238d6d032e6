"""What a person asks of a number, as the picker sends it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guinda.offers.models import NumberClass, Numbering
from guinda.solvers.wish import Wish

KINDS = [("", gettext_lazy("any")), *((str(each), str(each)) for each in range(1, 5))]
NOT_DIGITS = re.compile(r"[\s()+.-]")


class WishForm(forms.Form):
    """The wish bar. The digits in place come as one field `d` per digit; everything else by its name; nothing is required."""

    has = forms.CharField(label=gettext_lazy("Contains"), required=False, max_length=15)
    only = forms.CharField(label=gettext_lazy("Only these digits"), required=False, max_length=15)
    kinds = forms.TypedChoiceField(
        label=gettext_lazy("Different digits, at most"),
        required=False,
        choices=KINDS,
        coerce=int,
        empty_value=None,
    )
    like = forms.CharField(
        label=gettext_lazy("Like this number"),
        required=False,
        max_length=30,
        help_text=gettext_lazy("The present number, say: those that differ in one or two digits."),
    )
    budget = forms.IntegerField(
        label=gettext_lazy("Price up to"), required=False, min_value=0, max_value=10**9
    )
    seed = forms.IntegerField(required=False, min_value=0, max_value=10**9, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, numbering: Numbering) -> None:
        super().__init__(data)
        self.numbering = numbering
        self.places = [sign.strip() for sign in data.getlist("d")][: numbering.length]
        self.places += [""] * (numbering.length - len(self.places))

    def clean_has(self) -> str:
        """Digits, no more than a number has."""
        return self._digits("has")

    def clean_only(self) -> str:
        """Digits, each counted once."""
        return "".join(sorted(set(self._digits("only", most=15))))

    def clean_like(self) -> int | None:
        """The last digits of a number written in any of the usual ways."""
        told = NOT_DIGITS.sub("", self.cleaned_data["like"])
        if told and not (told.isascii() and told.isdecimal() and len(told) >= self.numbering.length):
            raise forms.ValidationError(
                _("Enter a whole number, %(length)d digits or more.") % {"length": self.numbering.length}
            )
        return int(told[-self.numbering.length :]) if told else None

    def clean(self) -> dict[str, Any]:
        """The digits in place, each a digit or nothing."""
        if any(sign not in ("", *"0123456789") for sign in self.places):
            self.places = [sign if sign in "0123456789" else "" for sign in self.places]
            raise forms.ValidationError(_("In each place stands one digit or nothing."))
        return self.cleaned_data

    def wish(self) -> Wish:
        """What was asked; of a form that is valid."""
        asked = self.cleaned_data
        return Wish(
            self.numbering.length,
            pattern="".join(sign or "_" for sign in self.places),
            contains=asked["has"],
            digits=asked["only"] or "0123456789",
            kinds_max=asked["kinds"] or 10,
            like=asked["like"],
        )

    def class_rows(self, classes: list[NumberClass]) -> list[int]:
        """The classes the budget reaches."""
        budget = self.cleaned_data["budget"]
        return [each.row for each in classes if budget is None or each.price_minor <= budget * 100]

    def _digits(self, name: str, most: int | None = None) -> str:
        told = NOT_DIGITS.sub("", self.cleaned_data[name])
        if told and not (told.isascii() and told.isdecimal()):
            raise forms.ValidationError(_("Enter digits only."))
        if len(told) > (most or self.numbering.length):
            raise forms.ValidationError(
                _("A number here has %(length)d digits; enter that many at most.")
                % {"length": self.numbering.length}
            )
        return told
