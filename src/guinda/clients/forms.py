"""What staff say of a client."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from guinda.base.money import from_major, major
from guinda.base.refusals import Refusal
from guinda.clients.models import Channel, Client, Competitor, Consent, Contact, Site, Supply, Touch
from guinda.clients.services import e164
from guinda.places.models import City

MOST_MAJOR = 10**9
"""A month's worth above this is a slip of the finger."""


class Day(forms.DateField):
    """A day, by the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(required=False, widget=widget, **options)


class TouchForm(forms.Form):
    """A contact in a few fields; the key makes it one however often it is sent."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Touch.Outcome.choices)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=600, initial=3)
    by_client = forms.BooleanField(label=_("The client came to us"), required=False)
    note = forms.CharField(label=_("What was said"), max_length=500, required=False)
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    next_date = Day(label=_("On"))


class WithPhone(forms.ModelForm):  # type: ignore[type-arg]
    """A form with a telephone as people type it; without a country's code it is of the city's country."""

    city: City | None = None

    def clean_phone(self) -> str:
        """In E.164, or nothing."""
        typed = (self.cleaned_data["phone"] or "").strip()
        try:
            return e164(typed, country=self.city.country if self.city else "") if typed else ""
        except Refusal as refused:
            raise forms.ValidationError(str(refused.sentence)) from None


class ClientForm(WithPhone):
    """Who a client is. A company has a size too."""

    class Meta:
        model = Client
        fields = ["name", "phone", "email", "language", "city", "time_zone", "size"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.city = self.instance.city or City.objects.order_by("pk").first()
        self.fields["phone"] = forms.CharField(label=_("telephone"), max_length=40, required=False)
        self.fields["language"] = forms.ChoiceField(label=_("language"), choices=settings.LANGUAGES)
        self.initial.setdefault("city", self.city)
        if self.instance.kind == Client.Kind.PERSON:
            del self.fields["size"]
            if self.instance.pk and self.instance.phone:
                del self.fields["phone"]

    def clean_phone(self) -> Any:
        """None where there is none: no telephone is no telephone twice over."""
        return super().clean_phone() or None

    def validate_unique(self) -> None:
        """Who has the telephone is asked by `keeping`, in one statement with the writing."""


class ContactForm(WithPhone):
    """A person at a company."""

    class Meta:
        model = Contact
        fields = ["name", "position", "phone", "email", "decides", "uses", "pays"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.city = self.instance.company.city or City.objects.order_by("pk").first()
        self.fields["phone"] = forms.CharField(label=_("telephone"), max_length=40, required=False)


class SiteForm(forms.ModelForm):  # type: ignore[type-arg]
    """A place of a company."""

    class Meta:
        model = Site
        fields = ["name", "street", "people"]


class SupplyForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a company buys. From whom is typed: a competitor's name, known or new, or nothing for us."""

    from_whom = forms.CharField(
        label=_("from whom"), max_length=120, required=False, help_text=_("Empty: from us.")
    )
    monthly = forms.DecimalField(
        label=_("a month"), required=False, max_value=MOST_MAJOR, validators=[MinValueValidator(0)]
    )
    ends_date = Day(label=_("contract ends"))
    left_date = Day(label=_("left us on"), help_text=_("If it was from us before."))
    field_order = ("what", "from_whom", "left_date", "monthly", "ends_date")

    class Meta:
        model = Supply
        fields = ["what", "left_date", "ends_date"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        found = self.instance.company.city or City.objects.order_by("pk").first()
        self.currency = found.currency if found else "EUR"
        self.fields["monthly"].help_text = self.currency
        self.fields["from_whom"].widget.attrs |= {"list": "competitors", "autocomplete": "off"}
        if self.instance.competitor:
            self.initial["from_whom"] = self.instance.competitor.name
        if self.instance.monthly_minor is not None:
            self.initial["monthly"] = major(self.instance.monthly_minor, self.currency)

    def save(self, commit: bool = True) -> Any:
        """With the competitor, made on first mention, and the month in minor units."""
        whom, monthly = self.cleaned_data["from_whom"].strip(), self.cleaned_data["monthly"]
        self.instance.competitor = Competitor.objects.get_or_create(name=whom)[0] if whom else None
        self.instance.monthly_minor = None if monthly is None else from_major(monthly, self.currency)
        return super().save(commit)


class ConsentForm(forms.Form):
    """A client's yes or no, and how it was said."""

    given = forms.TypedChoiceField(
        label=_("They say"),
        choices=[("yes", _("yes, you may")), ("no", _("no, you may not"))],
        coerce=lambda told: told == "yes",
    )
    purpose = forms.ChoiceField(label=_("To what"), choices=Consent.Purpose.choices, initial="offer")
    channel = forms.ChoiceField(label=_("By which channel"), choices=Consent.CHANNELS)
    how = forms.CharField(label=_("Where and in what words it was said"), max_length=200)


class ComplaintForm(forms.Form):
    """What a client complains of."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    about = forms.CharField(label=_("About which order, or what else"), max_length=60, required=False)
    words = forms.CharField(
        label=_("In their own words"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
