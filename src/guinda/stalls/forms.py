"""What the store keeper fills in: who gets which fruit, and what was counted in the evening."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from guinda.base.money import from_major
from guinda.places.models import City
from guinda.stalls.models import Load, Seller, Stall
from guinda.stalls.queries import Offer
from guinda.stalls.services.closing import CASH


class Amount(forms.DecimalField):
    """A number with a comma or a point, as people write it; not below nought."""

    def __init__(self, *, places: int, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(min_value=0, max_digits=11, decimal_places=places, widget=widget, **options)

    def to_python(self, value: Any) -> Any:
        """`1,5` is `1.5`."""
        return super().to_python(value.replace(",", ".").strip() if isinstance(value, str) else value)


class StallForm(forms.Form):
    """Where and to whom a bag goes: asked first, because the store's lots follow from it."""

    stall = forms.ModelChoiceField(label=_("stall"), queryset=Stall.objects.none())

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["stall"].queryset = Stall.objects.filter(active=True).order_by("name_latin")  # type: ignore[attr-defined]


class IssueForm(forms.Form):
    """A seller, change, and a weight beside each lot of the stall's store."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    seller = forms.ModelChoiceField(label=_("seller"), queryset=Seller.objects.none())
    change = Amount(label=_("change"), places=2, initial=0)

    def __init__(self, *args: Any, stall: Stall, offers: Sequence[Offer], **options: Any) -> None:
        super().__init__(*args, **options)
        self.stall, self.offers = stall, offers
        free = Seller.objects.filter(city=stall.city_id, active=True).exclude(
            bags__closed_at=None, bags__isnull=False
        )
        self.fields["seller"].queryset = free.order_by("name")  # type: ignore[attr-defined]
        for offer in offers:
            self.fields[f"lot-{offer.lot.pk}"] = Amount(places=3, required=False, label=str(offer.lot))

    @property
    def rows(self) -> list[tuple[Offer, forms.BoundField]]:
        """Each lot with its field."""
        return [(offer, self[f"lot-{offer.lot.pk}"]) for offer in self.offers]

    @property
    def wants_g(self) -> dict[int, int]:
        """Grams by lot."""
        return _grams({offer.lot.pk: self.cleaned_data.get(f"lot-{offer.lot.pk}") for offer in self.offers})

    @property
    def float_minor(self) -> int:
        """The change, minor units."""
        return from_major(self.cleaned_data["change"], self.stall.city.currency)


class CountForm(forms.Form):
    """The evening's count: a weight for each lot, the cash, and, where they are asked for, reasons."""

    cash = Amount(label=_("all the cash in the box"), places=2)

    def __init__(self, *args: Any, loads: Sequence[Load], city: City, **options: Any) -> None:
        super().__init__(*args, **options)
        self.loads, self.city = loads, city
        for load in loads:
            self.fields[f"lot-{load.lot_id}"] = Amount(places=3, label=str(load.lot))
        for number in (*(load.lot_id for load in loads), CASH):
            self.fields[f"why-{number}"] = forms.CharField(label=_("Why?"), required=False, max_length=200)

    @property
    def rows(self) -> list[tuple[Load, forms.BoundField, forms.BoundField]]:
        """Each lot with its weight and its reason."""
        return [(load, self[f"lot-{load.lot_id}"], self[f"why-{load.lot_id}"]) for load in self.loads]

    @property
    def why_cash(self) -> forms.BoundField:
        """The reason of a difference in the cash."""
        return self[f"why-{CASH}"]

    @property
    def counted_g(self) -> dict[int, int]:
        """Grams by lot; a lot of which nothing came back is left out."""
        return _grams({load.lot_id: self.cleaned_data[f"lot-{load.lot_id}"] for load in self.loads})

    @property
    def cash_minor(self) -> int:
        """The cash, minor units."""
        return from_major(self.cleaned_data["cash"], self.city.currency)

    @property
    def reasons(self) -> dict[int, str]:
        """Reasons by lot, and of the cash under `CASH`."""
        return {
            int(name[4:]): text
            for name, text in self.cleaned_data.items()
            if name.startswith("why-") and text
        }


def _grams(kilograms: dict[int, Decimal | None]) -> dict[int, int]:
    return {number: int(amount * 1000) for number, amount in kilograms.items() if amount}
