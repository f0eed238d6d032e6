"""What a keeper types: weights in kilograms and money in its large unit, with a point or a comma. `cleaned_data` has the small ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from guinda.base.money import from_major
from guinda.base.refusals import Refusal
from guinda.catalog import evidence
from guinda.catalog.evidence import Checked
from guinda.catalog.models import Variety
from guinda.places.models import Store
from guinda.stores import reasons
from guinda.stores.queries import OnShelf
from guinda.stores.services import Arrival, Weighed

MOST_KG = 2_000
"""Of one entry: a lorry's worth; more is a slip of the finger."""
LONGEST = timedelta(days=90)
"""No fruit of ours keeps longer."""
MINUTE_FORMAT = "%Y-%m-%dT%H:%M"


class Decimals(forms.DecimalField):
    """A number as people type it in any of our languages."""

    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> Any:
        """With a comma or a point."""
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class Kilograms(Decimals):
    """Typed in kilograms, cleaned to whole grams."""

    def __init__(self, *, least_g: int = 1, **options: Any) -> None:
        limits = [MinValueValidator(Decimal(least_g) / 1000), MaxValueValidator(MOST_KG)]
        super().__init__(max_digits=8, decimal_places=3, validators=limits, **options)

    def clean(self, value: Any) -> Any:
        """Grams, or None where nothing was typed and nothing has to be."""
        kilograms = super().clean(value)
        return None if kilograms is None else int(kilograms * 1000)


class Moment(forms.DateTimeField):
    """A minute on the store's clock."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTE_FORMAT)
        super().__init__(widget=widget, input_formats=[MINUTE_FORMAT, "%Y-%m-%dT%H:%M:%S"], **options)


class EvidenceField(forms.FileField):
    """A file, cleaned to what may be kept of it. What it is, its content says; `accept` only helps to choose."""

    def __init__(self, *, pictures_only: bool, **options: Any) -> None:
        self.pictures_only = pictures_only
        super().__init__(required=False, max_length=500, **options)
        kinds = "image/jpeg,image/png,image/webp" + ("" if pictures_only else ",application/pdf")
        self.widget.attrs |= {"accept": kinds, "data-most-bytes": evidence.MOST_BYTES}

    def clean(self, data: Any, initial: Any = None) -> Checked | None:
        """Checked, or refused with what would be right."""
        upload: Any = super().clean(data, initial)
        if not upload:
            return None
        try:
            return evidence.check(upload.file, pictures_only=self.pictures_only)
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal.sentence)) from None


class PaneForm(forms.Form):
    """A form that shares its page with others: its fields' ids begin with its own name, so that each label names one field."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{type(self).__name__}_%s", **options})


class EvidenceForm(PaneForm):
    """Files of a lot that is there already."""

    photograph = EvidenceField(label=_("Photograph"), pictures_only=True)
    certificate = EvidenceField(label=_("Certificate, a PDF or a picture"), pictures_only=False)


class ArrivalForm(EvidenceForm):
    """A lot as it comes off the lorry."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    variety = forms.ModelChoiceField(label=_("Variety"), queryset=Variety.objects.none(), empty_label=None)
    weight_g = Kilograms(label=_("Weight, kg"), least_g=100)
    cost = Decimals(
        label=_("What all of it cost"), max_digits=10, decimal_places=2, min_value=0, max_value=20_000_000
    )
    grower = forms.CharField(
        label=_("Grower"), max_length=120, widget=forms.TextInput({"list": "growers", "autocomplete": "off"})
    )
    origin = forms.CharField(
        label=_("Region"), max_length=120, widget=forms.TextInput({"list": "origins", "autocomplete": "off"})
    )
    picked_at = Moment(label=_("Picked"))
    brix = Decimals(label=_("Sweetness, °Brix"), max_digits=3, decimal_places=1, min_value=1, max_value=40)
    inspected_by = forms.CharField(label=_("Inspected by"), max_length=120)
    inspected_at = Moment(label=_("Inspected"))
    washed_by = forms.CharField(label=_("Washed by"), max_length=120)
    washed_at = Moment(label=_("Washed"))
    expires_at = Moment(label=_("Good until"))
    GROUPS = (
        (_("What came"), ("variety", "weight_g", "cost")),
        (_("Where it is from"), ("grower", "origin", "picked_at")),
        (
            _("What was checked"),
            ("brix", "inspected_by", "inspected_at", "washed_by", "washed_at", "expires_at"),
        ),
        (_("Evidence"), ("photograph", "certificate")),
    )

    def __init__(self, *args: Any, now: datetime, currency: str, **options: Any) -> None:
        self.now, self.currency = now, currency
        super().__init__(*args, **options)
        varieties = self.fields["variety"]
        assert isinstance(varieties, forms.ModelChoiceField)  # noqa: S101 - told to the types
        varieties.queryset = Variety.objects.select_related("product")
        self.fields["cost"].label = f"{self.fields['cost'].label}, {currency}"

    def groups(self) -> Iterable[tuple[Any, list[forms.BoundField]]]:
        """The fields as they stand on the paper."""
        return [(title, [self[name] for name in names]) for title, names in self.GROUPS]

    def clean(self) -> dict[str, Any]:
        """Nothing was done to it in the future or before it was picked, and it is still good."""
        facts = super().clean() or self.cleaned_data
        picked_at, expires_at = facts.get("picked_at"), facts.get("expires_at")
        for name in ("picked_at", "inspected_at", "washed_at"):
            if facts.get(name) and facts[name] > self.now + timedelta(minutes=1):
                self.add_error(name, gettext("This is still to come. Enter when it was done."))
            elif facts.get(name) and picked_at and facts[name] < picked_at:
                self.add_error(name, gettext("This is before it was picked. Enter when it was done."))
        if expires_at and expires_at <= self.now:
            self.add_error("expires_at", gettext("It is past its time already, so it can't be received."))
        if picked_at and expires_at and expires_at - picked_at > LONGEST:
            self.add_error("expires_at", gettext("No fruit keeps longer than 90 days. Check the dates."))
        return facts

    def arrival(self) -> Arrival:
        """What was typed, in our units."""
        facts = dict(self.cleaned_data)
        for name in ("key", "photograph", "certificate"):
            del facts[name]
        return Arrival(
            variety_id=facts.pop("variety").pk,
            brix_tenths=int(facts.pop("brix") * 10),
            cost_minor=from_major(facts.pop("cost"), self.currency),
            **facts,
        )


class WriteOffForm(PaneForm):
    """How much of a lot is thrown away, and why."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    weight_g = Kilograms(label=_("Weight, kg"))
    reason = forms.ChoiceField(label=_("Why?"), choices=reasons.WRITE_OFF)


class SendForm(PaneForm):
    """How much of a lot goes to which store."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    target = forms.ModelChoiceField(
        label=_("To which store?"), queryset=Store.objects.none(), empty_label=None
    )
    weight_g = Kilograms(label=_("Weight, kg"))

    def __init__(self, *args: Any, targets: QuerySet[Store], **options: Any) -> None:
        super().__init__(*args, **options)
        stores = self.fields["target"]
        assert isinstance(stores, forms.ModelChoiceField)  # noqa: S101 - told to the types
        stores.queryset = targets


class ArriveForm(forms.Form):
    """What was weighed of a transfer."""

    weighed_g = Kilograms(label=_("Weighed, kg"), least_g=0)
    reason = forms.ChoiceField(
        label=_("If it differs, why?"), choices=[("", "–"), *reasons.DIFFERENCE], required=False
    )


class CountForm(forms.Form):
    """A weight for each lot; empty is not counted. The books' weight is not on it until something was typed."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, rows: list[OnShelf], seen: dict[int, int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.rows = rows
        for row in rows:
            pk = row.lot.pk
            self.fields[f"weight-{pk}"] = Kilograms(label=_("Weighed, kg"), least_g=0, required=False)
            self.fields[f"seen-{pk}"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=seen.get(pk, 0), min_value=0, required=False
            )
            self.fields[f"reason-{pk}"] = forms.ChoiceField(
                label=_("Why?"), choices=[("", "–"), *reasons.DIFFERENCE], required=False
            )

    def weighed(self) -> list[Weighed]:
        """The lots for which a weight was typed."""
        facts = self.cleaned_data
        return [
            Weighed(pk, facts[f"weight-{pk}"], facts[f"seen-{pk}"] or 0, facts[f"reason-{pk}"])
            for pk in (row.lot.pk for row in self.rows)
            if facts.get(f"weight-{pk}") is not None
        ]

    def differences(self) -> dict[int, int]:
        """Grams by lot, where what was typed is not what the books say."""
        on_hand = {row.lot.pk: row.on_hand_g for row in self.rows}
        return {
            each.lot_id: each.counted_g - on_hand[each.lot_id]
            for each in self.weighed()
            if each.counted_g != on_hand[each.lot_id]
        }

    def lines(self) -> list[tuple[OnShelf, forms.BoundField, forms.BoundField, forms.BoundField]]:
        """Each lot with its weight, what was seen of it, and its reason."""
        return [
            (row, *(self[f"{name}-{row.lot.pk}"] for name in ("weight", "seen", "reason")))  # type: ignore[misc]
            for row in self.rows
        ]
