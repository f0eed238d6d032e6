"""Whose request it is, for every count of guesses: the caller's own address, also behind the reverse proxy."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """The address that reached us or, behind our proxy, that reached the proxy.

    Of `X-Forwarded-For` only the last entry counts, because that one the proxy wrote; whatever stands before it came from the
    client, who may write there what they like. Without `GUINDA_BEHIND_PROXY` the header is not read at all.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.BEHIND_PROXY:
        return direct
    last = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    try:
        return str(ip_address(last))
    except ValueError:
        return direct
