"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from guinda.delivery import track_views, views

urlpatterns: list[URLPattern] = [
    path("courier/", views.courier_page, name="courier"),
    path("track/<str:code>/", track_views.track, name="track"),
    path("track/<str:code>/state/", track_views.track_state, name="track_state"),
    path("track/<str:code>/live/", track_views.track_live, name="track_live"),
    path("track/<str:code>/rate/", track_views.track_rate, name="track_rate"),
    path("track/<str:code>/again/", track_views.track_again, name="track_again"),
    path("track/<str:code>/cancel/", track_views.track_cancel, name="track_cancel"),
]
