"""The form of the dispatcher's board."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guinda.delivery.models import Courier, Ruling


class RulingForm(forms.Form):
    """Who must bring the bag, or must not."""

    kind = forms.ChoiceField(choices=Ruling.Kind.choices)
    courier = forms.ModelChoiceField(
        Courier.objects.none(),
        error_messages={
            "required": _("Choose a courier first."),
            "invalid_choice": _("Choose a courier of this city."),
        },
    )

    def __init__(self, *args: Any, city_id: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["courier"].queryset = Courier.objects.filter(city_id=city_id)  # type: ignore[attr-defined]

    def why(self) -> str:
        """The first thing that is wrong, in one sentence."""
        return str(next(iter(self.errors.values()))[0])
