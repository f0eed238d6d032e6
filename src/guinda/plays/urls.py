"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from guinda.plays.views import editor, measuring, today

urlpatterns: list[URLPattern] = [
    path("today/", today.todays, name="today"),
    path("today/<int:run_id>/", today.step, name="today_step"),
    path("today/<int:run_id>/put-off/", today.put_off, name="today_put_off"),
    path("plays/", editor.plays, name="plays"),
    path("plays/new/", editor.new, name="play_new"),
    path("plays/matching/", editor.matching, name="play_matching"),
    path("plays/<slug:slug>/", editor.play, name="play"),
    path("plays/<slug:slug>/switch/", editor.switch, name="play_switch"),
    path("plays/<slug:slug>/effect/", measuring.effect, name="play_effect"),
    path("plays/<slug:slug>/rehearse/", measuring.rehearsal, name="play_rehearsal"),
]
