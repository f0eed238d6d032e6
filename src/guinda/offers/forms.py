"""What a person asks of a number, as the picker sends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guinda.offers.imports import NOT_DIGITS
from guinda.offers.meaning import Meaning
from guinda.offers.models import NumberClass, Numbering
from guinda.solvers.wish import Wish

ROWS = [("", gettext_lazy("one")), *((str(zeros), str(10**zeros)) for zeros in range(1, 4))]
KINDS = [("", gettext_lazy("any")), *((str(each), str(each)) for each in range(1, 5))]


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
    row = forms.TypedChoiceField(
        label=gettext_lazy("How many in a row"), required=False, choices=ROWS, coerce=int, empty_value=None
    )
    of_class = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Class"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    seed = forms.IntegerField(required=False, min_value=0, max_value=10**9, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, numbering: Numbering, classes: Sequence[NumberClass]) -> None:
        super().__init__(data)
        self.numbering, self.classes = numbering, classes
        self.fields["of_class"].choices = [(each.row, each.name) for each in classes]  # type: ignore[attr-defined]
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

    @property
    def zeros(self) -> int:
        """How many last digits the numbers in a row go through: 0 for one number, 2 for a hundred."""
        return self.cleaned_data["row"] or 0

    def wish(self) -> Wish:
        """What was asked, of the digits that the numbers in a row share; of a form that is valid."""
        asked, zeros = self.cleaned_data, self.zeros
        return Wish(
            self.numbering.length - zeros,
            pattern="".join(sign or "_" for sign in self.places[: self.numbering.length - zeros]),
            contains=asked["has"][: self.numbering.length - zeros],
            digits=asked["only"] or "0123456789",
            kinds_max=asked["kinds"] or 10,
            like=None if asked["like"] is None else asked["like"] // 10**zeros,
        )

    def class_rows(self) -> list[int]:
        """The classes that were asked for, all when none was, as far as the budget reaches."""
        budget, asked = self.cleaned_data["budget"], self.cleaned_data["of_class"]
        return [
            each.row
            for each in self.classes
            if (not asked or each.row in asked) and (budget is None or each.price_minor <= budget * 100)
        ]

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


class MeaningForm(forms.Form):
    """What a number might mean to a client; nothing is required, and nothing of it is written down."""

    present = forms.CharField(label=gettext_lazy("Your present number"), required=False, max_length=30)
    birthday = forms.DateField(
        label=gettext_lazy("A birthday"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    year = forms.IntegerField(
        label=gettext_lazy("The year your company began"), required=False, min_value=1000, max_value=2999
    )

    def clean_present(self) -> str:
        """Digits, however they were written."""
        told = NOT_DIGITS.sub("", self.cleaned_data["present"])
        if told and not (told.isascii() and told.isdecimal()):
            raise forms.ValidationError(_("Enter digits only."))
        return told

    def meaning(self) -> Meaning:
        """Of a form that is valid."""
        return Meaning(**self.cleaned_data)

    @staticmethod
    def nothing() -> Meaning:
        """What is looked for when nothing was told."""
        return Meaning()
