"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from guinda.delivery import board_views, figure_views, track_views, views

urlpatterns: list[URLPattern] = [
    path("courier/", views.courier_page, name="courier"),
    path("dispatch/", board_views.board, name="boards"),
    path("dispatch/<slug:city_id>/", board_views.board, name="board"),
    path("dispatch/<slug:city_id>/figures/", figure_views.figures, name="board_figures"),
    path("dispatch/<slug:city_id>/state/", board_views.board_state, name="board_state"),
    path("dispatch/<slug:city_id>/live/", board_views.board_live, name="board_live"),
    path("dispatch/<slug:city_id>/tasks/<int:task_id>/", board_views.board_task, name="board_task"),
    path(
        "dispatch/<slug:city_id>/tasks/<int:task_id>/rulings/",
        board_views.board_rulings,
        name="board_rulings",
    ),
    path("dispatch/<slug:city_id>/rulings/<int:ruling_id>/undo/", board_views.board_undo, name="board_undo"),
    path("track/<str:code>/", track_views.track, name="track"),
    path("track/<str:code>/state/", track_views.track_state, name="track_state"),
    path("track/<str:code>/live/", track_views.track_live, name="track_live"),
    path("track/<str:code>/rate/", track_views.track_rate, name="track_rate"),
    path("track/<str:code>/word/", track_views.track_word, name="track_word"),
    path("track/<str:code>/again/", track_views.track_again, name="track_again"),
    path("track/<str:code>/cancel/", track_views.track_cancel, name="track_cancel"),
]
