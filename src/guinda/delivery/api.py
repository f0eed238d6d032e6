"""The JSON door of couriers' telephones: a signed-in courier sees and touches their own tasks only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from ninja.security import SessionAuth

from guinda.base import clock
from guinda.delivery import queries, services
from guinda.delivery.models import Courier
from guinda.delivery.schemas import DayOut, Placed, TapIn, TapsIn, TapsOut


class SignedInCourier(SessionAuth):
    """The session of an account that has a courier; changes need the CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Courier | None:  # noqa: ARG002 - the base class's signature
        """The courier, or None for anybody else."""
        if not request.user.is_authenticated:
            return None
        return Courier.objects.select_related("city", "home_store").filter(user_id=request.user.pk).first()


class CourierRequest(HttpRequest):
    """A request that `SignedInCourier` let in."""

    auth: Courier


router = Router(auth=SignedInCourier())


@router.get("/day", response=DayOut)
def day(request: CourierRequest) -> dict[str, Any]:
    """The shift and the bags, next first."""
    return queries.day(courier=request.auth, now=clock.now())


@router.post("/taps", response=TapsOut)
def taps(request: CourierRequest, body: TapsIn) -> dict[str, Any]:
    """Buttons pressed, in order, perhaps while there was no line. Sent again they have no second effect and the same answers."""
    now = clock.now()
    return {"taps": [{"key": each.key, **_tap(request.auth, each, now)} for each in body.taps]}


@router.post("/place", response={204: None})
def place(request: CourierRequest, body: Placed) -> Status[None]:
    """The page is open and the telephone is here; without a place, only that the page is open."""
    services.see(courier=request.auth, place=body.place, now=clock.now())
    return Status(204, None)


def _tap(courier: Courier, sent: TapIn, now: datetime) -> dict[str, Any]:
    return services.tap(
        courier=courier,
        key=sent.key,
        kind=sent.kind,
        task_id=sent.task_id,
        spoken_code=sent.spoken_code,
        note=sent.note,
        place=sent.place,
        tapped_at=sent.tapped_at,
        now=now,
    )
