"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from guinda.offers import views

urlpatterns: list[URLPattern] = [
    path("numbers/", views.picker, name="numbers"),
    path("numbers/<int:number>/hold/", views.hold, name="number_hold"),
    path("numbers/<int:number>/keep/", views.keep, name="number_keep"),
    path("numbers/holds/<uuid:key>/release/", views.release, name="number_release"),
]
