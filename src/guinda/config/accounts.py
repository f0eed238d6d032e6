"""Staff accounts: made by the director in the admin, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffOnly(DefaultAccountAdapter):
    """Nobody signs up; couriers land on their page, the others in the office."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - the adapter's signature
        """Accounts are given, not taken."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Couriers go to their telephone page."""
        if request.user.groups.filter(name="courier").exists():
            return "/courier/"
        return str(super().get_login_redirect_url(request))
