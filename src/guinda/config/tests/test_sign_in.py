"""One way in: through allauth, with the second factor and the count of wrong passwords."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal import auth as totp
from axes.models import AccessAttempt
from django.core.cache import cache
from django.urls import reverse

from guinda.config import roles
from guinda.config.accounts import StaffOnly
from guinda.config.addresses import client_ip

PASSWORD = "red-cherries-42"
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()


@pytest.fixture
def anna(db, django_user_model):
    roles.sync()
    return django_user_model.objects.create_superuser("anna", password=PASSWORD)


def sign_in(client, username="anna", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": username, "password": password}, **more)


def test_the_admins_own_door_leads_to_allauths(client, db):
    for path in ("/admin/", "/admin/login/", "/admin/orders/order/"):
        answer = client.get(path, follow=True)
        assert answer.redirect_chain[-1][0].startswith(LOGIN)
    assert client.post("/admin/login/", {"username": "anna", "password": PASSWORD}).status_code == 302
    assert "_auth_user_id" not in client.session


def test_with_the_password_one_is_in_and_lands_where_one_wanted(client, anna):
    answer = client.post(
        f"{LOGIN}?next=/admin/orders/order/",
        {"login": "anna", "password": PASSWORD, "next": "/admin/orders/order/"},
    )
    assert answer["Location"] == "/admin/orders/order/"
    assert client.get("/admin/").status_code == 200


def test_another_host_is_not_a_place_to_land(client, anna):
    answer = client.post(LOGIN, {"login": "anna", "password": PASSWORD, "next": "https://example.org/"})
    assert "example.org" not in answer["Location"]


def test_six_wrong_passwords_shut_the_door_to_the_right_one_too(client, anna):
    for _guess in range(5):
        assert sign_in(client, password="wrong").status_code == 200
    assert sign_in(client, password="wrong").status_code == 429
    shut = sign_in(client)
    assert shut.status_code == 429
    assert "quarter of an hour" in shut.content.decode()
    assert "_auth_user_id" not in client.session


def test_others_and_other_places_are_not_shut_out(client, anna, django_user_model):
    django_user_model.objects.create_superuser("boris", password=PASSWORD)
    for _guess in range(7):
        sign_in(client, password="wrong")
    assert sign_in(client, "boris").status_code == 302
    client.logout()
    assert sign_in(client, REMOTE_ADDR="10.9.8.7").status_code == 302


def from_afar(address: str) -> dict[str, str]:
    """As the documented proxy hands a request on: every one comes from the proxy, which wrote the last entry."""
    return {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": address}


def test_behind_the_proxy_a_stranger_shuts_only_their_own_door(client, anna, settings):
    settings.BEHIND_PROXY = True
    for guess in range(7):
        shut = sign_in(client, password="wrong", **from_afar(f"10.0.0.{guess}, 203.0.113.9"))
    assert shut.status_code == 429, "what the client wrote before the last entry does not count"
    assert AccessAttempt.objects.get().ip_address == "203.0.113.9"
    assert sign_in(client, **from_afar("203.0.113.9, 198.51.100.7")).status_code == 302


def test_strangers_in_many_places_do_not_shut_out_the_owner(client, anna, settings):
    settings.BEHIND_PROXY = True
    for place in range(3):
        for _guess in range(6):
            sign_in(client, password="wrong", **from_afar(f"203.0.113.{place}"))
    assert sign_in(client, **from_afar("198.51.100.7")).status_code == 302


def test_without_a_proxy_nobody_chooses_their_address(client, anna):
    for guess in range(6):
        shut = sign_in(client, password="wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{guess}")
    assert shut.status_code == 429


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("10.1.1.1,  2001:DB8::1 ", "2001:db8::1"),
        ("203.0.113.9, unknown", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("\x00", "127.0.0.1"),
    ],
)
def test_the_last_entry_is_the_address_if_it_is_one(rf, settings, header, found):
    settings.BEHIND_PROXY = True
    assert client_ip(rf.get("/", **from_afar(header))) == found
    assert StaffOnly().get_client_ip(rf.get("/", **from_afar(header))) == found


def test_after_a_quarter_of_an_hour_the_door_opens(client, anna):
    for _guess in range(7):
        sign_in(client, password="wrong")
    AccessAttempt.objects.update(
        attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=16)
    )
    assert sign_in(client).status_code == 302


def test_a_right_password_forgets_the_wrong_ones(client, anna):
    for _round in range(2):
        for _guess in range(4):
            assert sign_in(client, password="wrong").status_code == 200
        assert sign_in(client).status_code == 302
        client.logout()


def test_the_second_factor_is_asked_for(client, anna):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(anna, secret)
    answer = sign_in(client)
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get("/admin/").status_code == 302, "half way in is not in"
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert client.get("/admin/").status_code == 302
    code = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/password/change/",
        "/admin/password_change/",
        "/accounts/logout/",
    ],
)
def test_ones_own_pages_open_in_the_houses_look(client, anna, path):
    sign_in(client)
    answer = client.get(path, follow=True)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "base/guinda.svg" in page
    assert "style=" not in page or path.startswith("/admin/")


def test_the_menu_has_the_password_and_the_second_factor(client, anna):
    sign_in(client)
    page = client.get("/admin/").content.decode()
    assert reverse("mfa_index") in page
    assert reverse("admin:password_change") in page


def test_nobody_signs_up(client, db, django_user_model):
    client.post("/accounts/signup/", {"username": "mallory", "password1": PASSWORD})
    assert not django_user_model.objects.exists()


def test_someone_signed_in_who_is_not_staff_is_not_let_in(client, django_user_model, db):
    django_user_model.objects.create_user("lena", password=PASSWORD)
    sign_in(client, "lena")
    assert client.get("/admin/", follow=True).status_code == 403
