"""From a panel's payment back to the panel: only there, and nothing private on the way."""

from __future__ import annotations

import re

import pytest

from guinda.base import clock
from guinda.orders.models import Payment
from guinda.orders.tests.test_pay_pages import NO, YES
from guinda.orders.ways_back import COOKIE
from tests.world import NOW

PANEL = "/panels/kurskaya/"
LANGUAGE_NEXT = re.compile(r'<input type="hidden" name="next" value="/pay/[^"]*">')
"""This very page with its query, to which a change of language comes back; no other host is ever followed."""
BUTTON = f'href="{PANEL}">Back to the panel</a>'


@pytest.fixture(autouse=True)
def _at(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def payment(world) -> Payment:
    return world.order(pay="card").payments.get()


def page(client, payment: Payment, path: str = "", **query: str) -> str:
    return client.get(f"/pay/{payment.token}/{path}", query).content.decode()


def test_the_way_back_is_kept_shortly_for_these_pages_alone(client, payment):
    answer = client.get(f"/pay/{payment.token}/", {"back": PANEL})
    kept = answer.cookies[COOKIE]
    assert (kept.value, kept["path"], kept["max-age"]) == (PANEL, "/pay/", 900)
    assert (kept["httponly"], kept["samesite"]) == (True, "Lax")
    assert BUTTON in answer.content.decode()
    assert BUTTON in page(client, payment)  # as after a change of language


@pytest.mark.parametrize("answer", [YES, NO])
def test_a_public_screen_is_led_back_and_not_to_the_clients_own_page(client, payment, answer):
    asked = page(client, payment, back=PANEL)
    after = client.post(f"/pay/{payment.token}/", answer, follow=True).content.decode()
    for shown in (asked, after):
        assert BUTTON in shown
        assert payment.order.code not in shown


def test_cash_after_all_leads_back_too(client, payment):
    page(client, payment, back=PANEL)
    after = client.post(f"/pay/{payment.token}/cash/", follow=True).content.decode()
    assert "You pay the courier" in after
    assert BUTTON in after
    assert payment.order.code not in after
    assert client.get(f"/pay/{payment.token}/", follow=True).redirect_chain[-1][0].endswith("/done/")


def test_on_a_telephone_nothing_changes(client, payment):
    asked = page(client, payment)
    after = client.post(f"/pay/{payment.token}/", YES, follow=True).content.decode()
    assert COOKIE not in client.cookies
    for shown in (asked, after):
        assert payment.order.get_absolute_url() in shown
        assert "Back to the panel" not in shown
        assert "data-back" not in shown


HOSTILE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "\x00/panels/",
    " /panels/kurskaya/",
    "javascript:alert(1)",
    "data:text/html,x",
    "panels/kurskaya/",
    "/panels/k;x=1",
    '/panels/"><script>',
    "/panels/кот/",
    "/panels/\u202e/",
    "/" + "a" * 200,
    "http:///evil.example",
    "",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_whatever_else_is_said_is_ignored(client, payment, hostile):
    shown = page(client, payment, back=hostile)
    assert COOKIE not in client.cookies
    assert "Back to the panel" not in shown
    assert "evil" not in LANGUAGE_NEXT.sub("", shown)


@pytest.mark.parametrize("hostile", ["//evil.example/", "/\\evil.example/", "https://evil.example/"])
def test_a_cookie_is_believed_no_more_than_an_address(client, payment, hostile):
    client.cookies[COOKIE] = hostile
    assert "evil" not in page(client, payment)


def test_what_is_shown_of_it_is_escaped(client, payment):
    shown = page(client, payment, back="/panels/<b>'x'/")
    assert "<b>'x" not in shown
    assert "/panels/&lt;b&gt;" in shown
