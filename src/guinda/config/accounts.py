"""Staff accounts: made by the director in the admin, never by signing up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from guinda.config.addresses import client_ip
from guinda.stores.models import Keeper

TELEPHONES = {"courier": "/courier/", "street seller": "/stalls/"}
"""Roles whose work is on one page of the telephone."""


class StaffOnly(DefaultAccountAdapter):
    """Nobody signs up; couriers, store keepers and street sellers land on their pages, the others in the office."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - the adapter's signature
        """Accounts are given, not taken."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Counted apart behind the proxy too."""
        return client_ip(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By name and place: by name alone, as allauth counts, strangers' wrong guesses would shut out the owner of the name."""
        return (
            f"{self.get_client_ip(request)}:{super()._get_login_attempts_cache_key(request, **credentials)}"
        )

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Couriers and street sellers go to their telephone pages, keepers to their store."""
        own = request.user.groups.filter(name__in=TELEPHONES).values_list("name", flat=True).first()
        if own:
            return TELEPHONES[own]
        if Keeper.objects.filter(user_id=request.user.pk or 0).exists():
            return "/store/"
        return str(super().get_login_redirect_url(request))
