"""What a seller says of a contact."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from guinda.clients.models import Channel, Touch


class TouchForm(forms.Form):
    """A contact in a few fields; the key makes it one however often it is sent."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Touch.Outcome.choices)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=600, initial=3)
    by_client = forms.BooleanField(label=_("The client came to us"), required=False)
    note = forms.CharField(label=_("What was said"), max_length=500, required=False)
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    next_date = forms.DateField(
        label=_("On"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
