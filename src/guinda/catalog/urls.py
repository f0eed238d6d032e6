"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from guinda.catalog import views

urlpatterns: list[URLPattern] = [
    path("lots/<str:code>/", views.lot, name="lot"),
    path("lots/<str:code>/qr.svg", views.lot_qr, name="lot_qr"),
    path("lots/<str:code>/evidence/<str:digest>/", views.lot_evidence, name="lot_evidence"),
]
