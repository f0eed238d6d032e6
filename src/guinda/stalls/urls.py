"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from guinda.stalls import office, views

urlpatterns: list[URLPattern] = [
    path("stalls/", views.stall, name="stall"),
    path("stalls/worker.js", views.worker, name="stall_worker"),
    path("stalls/office/", office.bags, name="stall_bags"),
    path("stalls/office/new/", office.issue, name="stall_issue"),
    path("stalls/office/<int:pk>/", office.bag, name="stall_bag"),
    path("stalls/office/<int:pk>/close/", office.close, name="stall_close"),
]
