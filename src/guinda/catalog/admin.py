"""The catalogue in the office: texts in three languages, lots with their evidence, prices that are only ever added."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.validators import MinValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from guinda.base import clock
from guinda.base.admin_texts import TextsField
from guinda.base.admin_tools import BookInline, Office, amount, by_whom, done_in_dialog, grave, link, when
from guinda.base.money import from_major
from guinda.catalog.models import Evidence, Lot, Price, Product, Variety
from guinda.catalog.recalls import recall


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    """A product's name in each language."""

    name = TextsField(label=_("Name"))


class VarietyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A variety's texts in each language."""

    name = TextsField(label=_("Name"))
    colour_name = TextsField(label=_("Colour, in words"))
    about = TextsField(label=_("About it"), long=True)


@admin.register(Product)
class ProductAdmin(Office):
    """Kinds of fruit."""

    form = ProductForm
    list_display = ["__str__", "slug", "position"]
    search_fields = ["slug__startswith"]
    ordering = ["position", "slug"]


@admin.register(Variety)
class VarietyAdmin(Office):
    """Cultivars."""

    form = VarietyForm
    list_display = [
        "show_name",
        "product",
        "show_brix",
        "good_to_eat",
        "good_to_bake",
        "good_to_preserve",
        "position",
    ]
    list_filter = [("product", RelatedDropdownFilter)]
    list_select_related = ["product"]
    search_fields = ["slug__startswith"]
    ordering = ["position", "slug"]

    @display(description=_("variety"))
    def show_name(self, variety: Variety) -> str:
        """In the reader's language, beside its colour."""
        return format_html(
            '<svg class="office-dot" viewBox="0 0 10 10" aria-hidden="true"><circle cx="5" cy="5" r="5" fill="{}"/></svg> {}',
            variety.colour,
            str(variety),
        )

    @display(description=_("sweetness"), ordering="brix_tenths")
    def show_brix(self, variety: Variety) -> str:
        """Degrees Brix."""
        return f"{variety.brix_tenths / 10:.1f} °Brix"


class FreshFilter(DropdownFilter):
    """Lots by what may be done with them now."""

    title = _("sellable")
    parameter_name = "sellable"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The states a lot can be in."""
        return [("yes", _("May be sold")), ("expired", _("Expired")), ("recalled", _("Recalled"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lot]) -> QuerySet[Lot]:
        """As `Lot.sellable`, by set."""
        now = clock.now()
        chosen = {
            "yes": queryset.filter(recalled_at=None, expires_at__gt=now),
            "expired": queryset.filter(expires_at__lte=now),
            "recalled": queryset.filter(recalled_at__isnull=False),
        }
        return chosen.get(self.value() or "", queryset)


class EvidenceInline(BookInline):
    """A lot's photographs and certificates, on the lot's page; they are added by the store's keeper."""

    model = Evidence
    fields = ["kind", "show_file", "added_by", "added_at"]
    readonly_fields = ["show_file"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without the files themselves."""
        return super().get_queryset(request).select_related("lot").defer("content")

    @display(description=_("file"))
    def show_file(self, row: Evidence) -> str:
        """Where anybody may look at it."""
        return link(
            row.get_absolute_url(), f"{row.get_media_type_display()}, {filesizeformat(row.size_bytes)}"
        )


@admin.register(Lot)
class LotAdmin(Office):
    """Lots with their evidence. A recall takes effect at once, everywhere, and is not undone."""

    list_display = ["show_lot", "grower", "origin", "show_brix", "show_picked", "show_expires", "show_state"]
    list_filter = [FreshFilter, ("variety", RelatedDropdownFilter)]
    list_select_related = ["variety"]
    search_fields = ["code__startswith"]
    search_help_text = _("The beginning of a lot's code")
    readonly_fields = ["recalled_at"]
    inlines = [EvidenceInline]
    ordering = ["-id"]
    actions = ["recall_chosen"]
    actions_detail = ["recall_now"]

    @display(description=_("lot"), header=True)
    def show_lot(self, lot: Lot) -> list[str]:
        """Variety and code."""
        return [str(lot.variety), lot.code]

    @display(description=_("sweetness"), ordering="brix_tenths")
    def show_brix(self, lot: Lot) -> str:
        """Degrees Brix, measured."""
        return f"{lot.brix_tenths / 10:.1f} °Brix"

    @display(description=_("picked"))
    def show_picked(self, lot: Lot) -> str:
        """Local time."""
        return when(lot.picked_at)

    @display(description=_("expires"))
    def show_expires(self, lot: Lot) -> str:
        """Local time."""
        return when(lot.expires_at)

    @display(description=_("state"), label={"recalled": "danger", "expired": "warning", "sold": "success"})
    def show_state(self, lot: Lot) -> tuple[str, str]:
        """Whether it may be sold."""
        if lot.recalled_at:
            return "recalled", gettext("recalled")
        if not lot.sellable(clock.now()):
            return "expired", gettext("expired")
        return "sold", gettext("may be sold")

    @grave(
        _("Recall now"),
        may="recall",
        icon="front_hand",
        title=_("Recall this lot?"),
        warns=_("It is off sale everywhere at once, and this can't be undone."),
        yes=_("Recall it"),
    )
    def recall_now(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """From the lot's page."""
        self._recall(request, Lot.objects.filter(pk=object_id))
        return done_in_dialog(request, reverse("admin:catalog_lot_change", args=[object_id]))

    @admin.action(description=_("Recall the chosen lots now"), permissions=["recall"])
    def recall_chosen(self, request: HttpRequest, queryset: QuerySet[Lot]) -> None:
        """From the list."""
        self._recall(request, queryset)

    def _recall(self, request: HttpRequest, lots: QuerySet[Lot]) -> None:
        done = recall(lots=lots, by=by_whom(request.user), now=clock.now())
        sentence = ngettext("%(count)s lot was recalled.", "%(count)s lots were recalled.", done) % {
            "count": done
        }
        messages.add_message(request, messages.SUCCESS if done else messages.WARNING, sentence)

    def has_recall_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may take a lot off sale."""
        return request.user.has_perm("catalog.recall_lot")

    def has_delete_permission(self, request: HttpRequest, obj: Lot | None = None) -> bool:
        """Never: lots are evidence."""
        return False


class PriceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A price as people write it."""

    per_kg = forms.DecimalField(
        label=_("Price of a kilogram"),
        max_digits=10,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("In the city's currency. Clients who hold a quote keep their price until it lapses."),
    )

    class Meta:
        model = Price
        fields = ["city", "variety", "from_at"]

    def save(self, commit: bool = True) -> Price:
        """In minor units of the city's currency."""
        self.instance.per_kg_minor = from_major(self.cleaned_data["per_kg"], self.instance.city.currency)
        saved: Price = super().save(commit)
        return saved


@admin.register(Price)
class PriceAdmin(Office):
    """Prices: a new one is added, an old one stays as it was."""

    form = PriceForm
    list_display = ["variety", "show_price", "city", "show_from"]
    list_filter = [("variety", RelatedDropdownFilter), ("city", RelatedDropdownFilter)]
    list_select_related = ["variety", "city"]
    ordering = ["-id"]

    def get_fields(self, request: HttpRequest, obj: Price | None = None) -> list[str]:
        """Written in money, kept in minor units."""
        return (
            ["city", "variety", "show_price", "from_at"] if obj else ["city", "variety", "per_kg", "from_at"]
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Price | None = None) -> list[str]:
        """A price that is there is only shown."""
        return ["show_price"] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From now on, unless said otherwise."""
        return {"from_at": clock.now(), **super().get_changeform_initial_data(request)}

    @display(description=_("price of a kilogram"), ordering="per_kg_minor")
    def show_price(self, price: Price) -> str:
        """Money."""
        return amount(price.per_kg_minor, price.city.currency)

    @display(description=_("from"))
    def show_from(self, price: Price) -> str:
        """Local time."""
        return when(price.from_at)

    def has_change_permission(self, request: HttpRequest, obj: Price | None = None) -> bool:
        """Never: what was charged stays known."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Price | None = None) -> bool:
        """Never: what was charged stays known."""
        return False
