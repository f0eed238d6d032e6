"""Every address of the house, room by room."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from guinda.config.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("guinda.panels.urls")),
    path("", include("guinda.stores.urls")),
    path("", include("guinda.delivery.urls")),
    path("", include("guinda.stalls.urls")),
    path("", include("guinda.orders.urls")),
    path("", include("guinda.planner.urls")),
    path("", include("guinda.plays.urls")),
    path("", include("guinda.offers.urls")),
    path("", include("guinda.catalog.urls")),
    path("", include("guinda.clients.urls")),
    path("api/", api.urls),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]
