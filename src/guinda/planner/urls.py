"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from guinda.planner.views import learned, pins, plan

urlpatterns: list[URLPattern] = [
    path("plan/", plan.plan, name="plan"),
    path("plan/<int:plan_id>/", plan.plan_one, name="plan_one"),
    path("plan/<int:plan_id>/keep/", plan.keep, name="plan_keep"),
    path("plan/clients/<int:client_id>/", pins.pin, name="plan_pin"),
    path("plan/pins/<int:pin_id>/take-back/", pins.take_back, name="plan_take_back"),
    path("learned/", learned.learned, name="learned"),
    path("learned/<int:learned_id>/", learned.learned_one, name="learned_one"),
    path("learned/<int:learned_id>/use/", learned.learned_use, name="learned_use"),
]
