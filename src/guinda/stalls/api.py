"""The JSON door of street sellers' telephones: a signed-in seller sees and fills their own bag only."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router
from ninja.security import SessionAuth

from guinda.base import clock
from guinda.stalls import queries
from guinda.stalls.models import Seller
from guinda.stalls.schemas import BatchIn, BatchOut, DayOut
from guinda.stalls.services import Missed, Sold, take_in


class SignedInSeller(SessionAuth):
    """The session of an account that sells in the street; changes need the CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Seller | None:  # noqa: ARG002 - the base class's signature
        """The seller, or None for anybody else."""
        if not request.user.is_authenticated:
            return None
        return Seller.objects.filter(user_id=request.user.pk, active=True).first()


class SellerRequest(HttpRequest):
    """A request that `SignedInSeller` let in."""

    auth: Seller


router = Router(auth=SignedInSeller())


@router.get("/day", response=DayOut, url_name="stall_day")
def day(request: SellerRequest) -> dict[str, Any]:
    """The open bag with its prices and what is booked of it."""
    return _day(request)


@router.post("/batches", response=BatchOut, url_name="stall_batches")
def batch(request: SellerRequest, body: BatchIn) -> dict[str, Any]:
    """Sales and tallies of a bag, perhaps of a whole day without a line. Sent again they have no second effect."""
    answer = take_in(
        seller=request.auth,
        bag_id=body.bag_id,
        sales=[Sold(**each.dict()) for each in body.sales],
        tallies=[Missed(**each.dict()) for each in body.tallies],
        now=clock.now(),
    )
    refused = [
        {"key": key, "code": refusal.code, "sentence": str(refusal.sentence)}
        for key, refusal in answer.refused.items()
    ]
    return {"kept": answer.kept, "refused": refused, "day": _day(request)}


def _day(request: SellerRequest) -> dict[str, Any]:
    seller = request.auth
    return {"seller": seller.name, "csrf": get_token(request), "bag": queries.day(seller=seller)}
