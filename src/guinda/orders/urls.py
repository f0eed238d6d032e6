"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from guinda.orders import views
from guinda.orders.standing import views as standing

urlpatterns: list[URLPattern] = [
    path("pay/<uuid:token>/", views.pay, name="pay"),
    path("pay/<uuid:token>/done/", views.payment_done, name="payment_done"),
    path("pay/<uuid:token>/again/", views.pay_again, name="pay_again"),
    path("pay/<uuid:token>/cash/", views.pay_cash, name="pay_cash"),
    path("standing/new/<str:code>/", standing.standing_new, name="standing_new"),
    path("standing/<str:code>/", standing.standing_page, name="standing"),
    path("standing/<str:code>/change/", standing.standing_change, name="standing_change"),
    path("standing/<str:code>/pause/", standing.standing_pause, name="standing_pause"),
    path("standing/<str:code>/resume/", standing.standing_resume, name="standing_resume"),
    path("standing/<str:code>/end/", standing.standing_end, name="standing_end"),
    path("standing/<str:code>/<str:day>/skip/", standing.visit_skip, name="visit_skip"),
    path("standing/<str:code>/<str:day>/bring/", standing.visit_bring, name="visit_bring"),
    path("standing/<str:code>/<str:day>/wait/", standing.visit_wait, name="visit_wait"),
    path("standing/<str:code>/<str:day>/choose/", standing.visit_choose, name="visit_choose"),
    # The names and forms that django-payments gives to providers, each answer guarded.
    path("payments/process/<uuid:token>/", views.process_payment, name="process_payment"),
    re_path(
        r"^payments/process/(?P<variant>[a-z-]+)/$",
        views.static_process_payment,
        name="static_process_payment",
    ),
]
