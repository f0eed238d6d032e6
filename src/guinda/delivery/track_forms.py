"""Forms of the tracking page."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

GRADES = [(str(each), str(each)) for each in range(1, 6)]


class RatingForm(forms.Form):
    """The fruit and the courier's kindness, 1 to 5, and a word."""

    fruit = forms.TypedChoiceField(
        choices=GRADES, coerce=int, error_messages={"required": _("Tap a cherry for the fruit, one to five.")}
    )
    kindness = forms.TypedChoiceField(
        choices=GRADES,
        coerce=int,
        error_messages={"required": _("Tap a cherry for the courier, one to five.")},
    )
    word = forms.CharField(max_length=300, required=False)


class WordForm(forms.Form):
    """Whether we may write to them when nothing is under way."""

    answer = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")], coerce=lambda answer: answer == "yes"
    )


class AgainForm(forms.Form):
    """The key that makes a double tap one order, and the price and time that the button stated."""

    key = forms.UUIDField()
    quote = forms.CharField(max_length=16_000)
