"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from guinda.plays.views import measuring

urlpatterns: list[URLPattern] = [
    path("plays/<slug:slug>/effect/", measuring.effect, name="play_effect"),
    path("plays/<slug:slug>/rehearse/", measuring.rehearsal, name="play_rehearsal"),
]
