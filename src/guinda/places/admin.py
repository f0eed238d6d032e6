"""Staff's pages over the city."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import Script
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from guinda.places.models import City, Entrance, Line, Station, Stop, Store


class StopInline(TabularInline):
    """A line's stops, in order."""

    model = Stop
    extra = 0
    ordering = ["position"]
    autocomplete_fields = ["station"]


class EntranceInline(TabularInline):
    """A station's ways in, as its feed has them."""

    model = Entrance
    extra = 0
    fields = ["name", "lat", "lon"]
    ordering = ["source_id"]

    def has_add_permission(self, *_arguments: Any) -> bool:
        """They come from the feed."""
        return False


@admin.register(City)
class CityAdmin(ModelAdmin):
    """Cities."""

    list_display = ["name_latin", "name", "time_zone", "country", "currency"]
    search_fields = ["slug", "name", "name_latin"]
    list_filter = ["country", "currency"]
    show_full_result_count = False


@admin.register(Line)
class LineAdmin(ModelAdmin):
    """Lines, with their stops."""

    list_display = ["code", "name_latin", "name", "colour", "city"]
    search_fields = ["code", "name", "name_latin"]
    list_filter = ["city"]
    list_select_related = ["city"]
    show_full_result_count = False
    inlines = [StopInline]


@admin.register(Station)
class StationAdmin(ModelAdmin):
    """Stations."""

    list_display = ["name_latin", "name", "yearly_entries", "city"]
    search_fields = ["slug", "name", "name_latin"]
    list_filter = ["city", "lines"]
    list_select_related = ["city"]
    show_full_result_count = False
    ordering = ["name_latin"]
    inlines = [EntranceInline]


@admin.register(Stop)
class StopAdmin(ModelAdmin):
    """Stops."""

    list_display = ["line", "position", "station"]
    search_fields = ["station__name", "station__name_latin", "line__name", "line__name_latin"]
    list_filter = ["line"]
    list_select_related = ["line", "station"]
    autocomplete_fields = ["line", "station"]
    show_full_result_count = False


@admin.register(Store)
class StoreAdmin(ModelAdmin):
    """Stores, placed by hand on the city's map."""

    list_display = ["name_latin", "name", "street", "active", "city"]
    search_fields = ["slug", "name", "name_latin", "street"]
    list_filter = ["city", "active"]
    list_select_related = ["city"]
    show_full_result_count = False
    prepopulated_fields = {"slug": ["name_latin"]}
    change_form_after_template = "places/admin/store_map.html"

    class Media:
        """The map's own files beside the library's."""

        css = {"all": ["places/map.css", "places/store-map.css"]}
        js = [Script("places/store-map.js", type="module")]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """With the map of the store's city; a new store's is the one asked for, else the first."""
        obj = kwargs.get("obj")
        cities = City.objects.order_by("slug")
        city = obj.city if obj else cities.filter(slug=request.GET.get("city", "")).first() or cities.first()
        if city and not obj:
            context["adminform"].form.initial.setdefault("city", city.pk)
        return super().render_change_form(request, context | {"map_city": city}, *args, **kwargs)
