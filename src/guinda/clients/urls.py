"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from guinda.clients import views

urlpatterns: list[URLPattern] = [
    path("clients/", views.book, name="clients"),
    path("clients/<int:pk>/", views.client, name="client"),
]
