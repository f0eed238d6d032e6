"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from guinda.offers.views import attacks, made, picker, shared

urlpatterns: list[URLPattern] = [
    path("numbers/", picker.picker, name="numbers"),
    path("numbers/<int:number>/hold/", picker.hold, name="number_hold"),
    path("numbers/<int:number>/keep/", picker.keep, name="number_keep"),
    path("numbers/holds/<uuid:key>/release/", picker.release, name="number_release"),
    path("offers/", made.offers, name="offers"),
    path("offers/attacks/", attacks.attacks, name="attacks"),
    path("offers/tools/<slug:slug>/", made.tool, name="tool"),
    path("offers/clients/<int:pk>/", made.client_tools, name="client_tools"),
    path("offers/clients/<int:pk>/approaches/", attacks.approach, name="approach"),
    path("offers/<int:pk>/", made.offer, name="offer"),
    path("offers/<int:pk>/approval/", made.approval, name="offer_approval"),
    path("offers/<int:pk>/presentation/", made.presentation, name="offer_presentation"),
    path("offers/<int:pk>/withdrawal/", made.withdrawal, name="offer_withdrawal"),
    path("offers/<int:pk>/number/", made.number, name="offer_hold"),
    path("offer/<str:code>/", shared.offer_shared, name="offer_shared"),
    path("offer/<str:code>/acceptance/", shared.offer_accept, name="offer_accept"),
    path("offer/<str:code>/refusal/", shared.offer_decline, name="offer_decline"),
    path("offer/<str:code>/numbers/", shared.offer_numbers, name="offer_numbers"),
    path("offer/<str:code>/numbers/<int:number>/", shared.offer_number, name="offer_number"),
    path("offer/<str:code>/offer.pdf", shared.offer_pdf, name="offer_pdf"),
]
