"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from guinda.panels import views

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("panels/", views.panels, name="panels"),
    path("panels/enrol/<str:key>/", views.enrol, name="panel_enrol"),
    path("panels/qr/<str:code>.svg", views.qr, name="panel_qr"),
    path("panels/qr/<str:code>/standing.svg", views.qr, {"to": "standing_new"}, name="panel_qr_standing"),
    path("panels/<slug:station>/", views.panel, name="panel"),
    path("panels/<slug:station>/enrol/", views.enrol_here, name="panel_enrol_here"),
]
