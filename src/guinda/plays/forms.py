"""What a seller says of a step."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guinda.base.texts import pick
from guinda.plays.definition import Step
from guinda.plays.outcomes import label
from guinda.plays.services import LONGEST_WRITTEN
from guinda.plays.today import minutes_of


class DoneForm(forms.Form):
    """How a step went: what was written for it, and the outcome that was pressed. The key makes it one however often it is sent."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    step = forms.CharField(max_length=40, widget=forms.HiddenInput)
    note = forms.CharField(label=_("What was said"), max_length=LONGEST_WRITTEN, required=False)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=600)

    def __init__(self, *args: Any, what: Step, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["minutes"].initial = minutes_of(what)
        for each in what.evidence:
            needed = ", ".join(label(outcome, what) for outcome in each.outcomes)
            self.fields[f"evidence-{each.field}"] = forms.CharField(
                label=pick(each.label),
                max_length=LONGEST_WRITTEN,
                required=False,
                help_text=_("Needed for: %(outcomes)s") % {"outcomes": needed},
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    @property
    def evidence(self) -> dict[str, str]:
        """What was written, by field; of a form that is valid."""
        named = "evidence-"
        return {
            name.removeprefix(named): text
            for name, text in self.cleaned_data.items()
            if name.startswith(named)
        }


class PutOffForm(forms.Form):
    """When a step comes back, on the client's clock."""

    step = forms.CharField(max_length=40, widget=forms.HiddenInput)
    date = forms.DateField(
        label=_("Comes back on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    time = forms.TimeField(
        label=_("At"), initial="10:00", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
