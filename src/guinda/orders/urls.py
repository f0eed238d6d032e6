"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from guinda.orders import views

urlpatterns: list[URLPattern] = [
    path("pay/<uuid:token>/", views.pay, name="pay"),
    path("pay/<uuid:token>/done/", views.payment_done, name="payment_done"),
    path("pay/<uuid:token>/again/", views.pay_again, name="pay_again"),
    path("pay/<uuid:token>/cash/", views.pay_cash, name="pay_cash"),
    # The names and forms that django-payments gives to providers, each answer guarded.
    path("payments/process/<uuid:token>/", views.process_payment, name="process_payment"),
    re_path(
        r"^payments/process/(?P<variant>[a-z-]+)/$",
        views.static_process_payment,
        name="static_process_payment",
    ),
]
