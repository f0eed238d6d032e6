"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from guinda.clients.views import book, editing, merges, personal, words

CLIENT = "clients/<int:pk>/"
PART = f"{CLIENT}<str:kind>/"

urlpatterns: list[URLPattern] = [
    path("clients/", book.book, name="clients"),
    path("clients/new/<str:kind>/", editing.new, name="client_new"),
    path("clients/duplicates/", merges.duplicates, name="client_duplicates"),
    path("clients/complaints/", words.complaints, name="client_complaints"),
    path("clients/complaints/<int:pk>/close/", words.close, name="complaint_close"),
    path("clients/merges/", merges.merge, name="client_merges"),
    path("clients/merges/<int:pk>/undo/", merges.undo, name="merge_undo"),
    path(CLIENT, book.client, name="client"),
    path(f"{CLIENT}edit/", editing.edit, name="client_edit"),
    path(f"{CLIENT}consents/", words.consents, name="client_consents"),
    path(f"{CLIENT}complain/", words.complain, name="client_complain"),
    path(f"{CLIENT}merge/", merges.others, name="client_merge"),
    path(f"{CLIENT}export/", personal.export, name="client_export"),
    path(f"{CLIENT}erase/", personal.erase, name="client_erase"),
    path(PART, editing.part, name="client_part_new"),
    path(f"{PART}<int:part_id>/", editing.part, name="client_part"),
    path(f"{PART}<int:part_id>/remove/", editing.remove, name="client_part_remove"),
]
