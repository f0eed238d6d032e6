"""Staff's pages over the city."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from guinda.places.models import City, Line, Station, Stop, Store


class StopInline(TabularInline):
    """A line's stops, in order."""

    model = Stop
    extra = 0
    ordering = ["position"]
    autocomplete_fields = ["station"]


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
    """Stores."""

    list_display = ["name_latin", "name", "street", "active", "city"]
    search_fields = ["slug", "name", "name_latin", "street"]
    list_filter = ["city", "active"]
    list_select_related = ["city"]
    show_full_result_count = False
