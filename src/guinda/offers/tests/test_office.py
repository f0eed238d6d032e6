"""Offers in the office: who may open what, and pages that take as many statements with many rows as with few."""

from __future__ import annotations

import re
from html import unescape
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client as Browser

from guinda.base import clock
from guinda.offers.models import Offer
from guinda.offers.terms import Terms
from guinda.offers.tests.conftest import NOW, operator
from guinda.offers.tests.offering import company, decider, drafted, presented, seller, supplied, tool

PLAIN = "+375 29 777-01-25"


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    """It is noon: by night nobody is called."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def signed_in(user, *names: str) -> Browser:
    user.user_permissions.set(Permission.objects.filter(codename__in=names or ("add_offer", "view_client")))
    browser = Browser()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def test_who_may_not_offer_sees_nothing(db):
    client, of = company(), tool()
    offer = drafted(client, of, seller(gives={of: 0}))
    nobody = signed_in(seller("nobody"), "view_client")
    for page in (
        "/offers/",
        f"/offers/{offer.pk}/",
        f"/offers/clients/{client.pk}/",
        f"/offers/tools/{of.slug}/",
        "/offers/attacks/",
    ):
        assert nobody.get(page).status_code == 403, page
        assert Browser().get(page).status_code == 302, page
    assert nobody.post(f"/offers/{offer.pk}/approval/").status_code == 403
    assert nobody.post(f"/offers/clients/{client.pk}/approaches/").status_code == 403


def test_from_the_sieves_to_the_client_by_a_sellers_hand(db):
    numbering, firm = operator(), company()
    who, beautiful = decider(firm), tool("number", rebate_percent=20)
    browser = signed_in(seller(gives={beautiful: 10_000}))
    shut = tool("gift", needs=[{"need": "people_from", "people": 50}])
    page = browser.get(f"/offers/clients/{firm.pk}/?tool={beautiful.pk}").content.decode()
    assert "Fewer than 50 people work there" in page
    assert f"?tool={shut.pk}" not in page
    told = {
        "key": uuid4(),
        "tool": beautiful.pk,
        "numbering": numbering.pk,
        "base": "40.00",
        "percent": 20,
        "contact": who.pk,
        "note": "Yours",
    }
    for _again in range(2):
        assert browser.post(f"/offers/clients/{firm.pk}/", told).status_code == 302
    offer = Offer.objects.get()
    assert (offer.state, offer.base_minor, offer.cost_minor, offer.contact) == ("approved", 4_000, 800, who)
    assert (
        "Enter a whole number"
        in browser.post(f"/offers/{offer.pk}/number/", {"key": uuid4(), "number": "x"}).content.decode()
    )
    browser.post(f"/offers/{offer.pk}/number/", {"key": uuid4(), "number": PLAIN})
    browser.post(f"/offers/{offer.pk}/presentation/", {"channel": "message", "minutes": 0})
    offer.refresh_from_db()
    assert (offer.state, str(offer.number)) == ("presented", "+375297770125")
    page = browser.get(f"/offers/{offer.pk}/").content.decode()
    assert offer.link in page
    assert "Held until" in page
    assert browser.post(f"/offers/{offer.pk}/withdrawal/", follow=True).status_code == 200
    assert Offer.objects.get().state == "withdrawn"


def test_what_is_refused_is_said_where_it_was_asked(db):
    firm, rebate = company(), tool("price", rebate_percent=10, months=12)
    browser = signed_in(seller(gives={rebate: 10}))
    told = {
        "key": uuid4(),
        "tool": rebate.pk,
        "base": "100",
        "percent": 11,
        "months": 12,
        "supply": supplied(company("Other")).pk,
    }
    assert "Select a valid choice" in browser.post(f"/offers/clients/{firm.pk}/", told).content.decode()
    del told["supply"]
    refused = browser.post(f"/offers/clients/{firm.pk}/", told)
    assert refused.status_code == 422
    assert "10 percent at the most" in refused.content.decode()
    browser.post(f"/offers/clients/{firm.pk}/", {**told, "percent": 10})
    offer = Offer.objects.get()
    assert "more than you may give" in browser.get(f"/offers/{offer.pk}/").content.decode()
    assert browser.post(f"/offers/{offer.pk}/approval/").status_code == 403


def test_pages_take_as_many_statements_with_many_rows(db, django_assert_max_num_queries):
    anna = seller()
    tools = [tool("gift") for _each in range(8)]
    firms = [company(f"Firm {each}") for each in range(8)]
    seller(gives=dict.fromkeys(tools, 0))
    for firm, of in zip(firms, tools, strict=True):
        drafted(firm, of, anna)
    browser = signed_in(anna, "add_offer", "view_client", "add_approach")
    for page, most in (
        ("/offers/", 8),
        (f"/offers/clients/{firms[0].pk}/", 11),
        (f"/offers/tools/{tools[0].slug}/", 10),
        (f"/offers/{Offer.objects.first().pk}/", 8),
    ):
        browser.get(page)
        with django_assert_max_num_queries(most):
            assert browser.get(page).status_code == 200


def test_the_reach_of_a_tool_is_counted_by_reason(db):
    of, anna = tool(needs=[{"need": "company"}]), seller()
    for each in range(3):
        company(f"Silent {each}", agrees=False)
    passes = company("Passes")
    page = signed_in(anna).get(f"/offers/tools/{of.slug}/").content.decode()
    assert "<b>3</b> They have not agreed" in page
    assert f"/offers/clients/{passes.pk}/" in page


def test_an_offer_shows_on_the_clients_page(db):
    firm, of = company(), tool()
    offer = presented(firm, of, seller(gives={of: 0}), terms=Terms(note="Yours"))
    page = signed_in(seller()).get(f"/clients/{firm.pk}/").content.decode()
    assert f'href="/offers/{offer.pk}/"' in page
    assert "A gift, presented" in page


def test_every_time_of_an_offer_is_on_the_clock_of_the_clients_city(db):
    numbering, beautiful = operator(), tool("number")
    offer = presented(
        company(),
        beautiful,
        seller(gives={beautiful: 10_000}),
        terms=Terms(base_minor=100_000, numbering_id=numbering.pk),
    )
    browser = signed_in(offer.seller)
    told = {"number": "".join(filter(str.isdigit, PLAIN)), "key": uuid4()}
    assert browser.post(f"/offers/{offer.pk}/number/", told).status_code == 302
    page = browser.get(f"/offers/{offer.pk}/").content.decode()
    steps = page[page.index('<ol class="offer-steps') : page.index("</ol>")]
    assert (steps.count("12:00"), steps.count("09:00")) == (3, 0), "nine by UTC is noon in Minsk"
    assert re.search(r"Held until \w+ \w+, 12:00", page)


def test_another_language_keeps_what_was_asked_of_the_page(db):
    firm, gift = company(), tool()
    browser, page = signed_in(seller(gives={gift: 0})), f"/offers/clients/{firm.pk}/?tool={gift.pk}"
    back = re.search(r'name="next" value="([^"]+)"', browser.get(page).content.decode())[1]
    turned = browser.post("/i18n/setlang/", {"language": "es", "next": unescape(back)})
    assert turned.url == page
    assert 'id="offer"' in browser.get(turned.url).content.decode()
    hostile = browser.get(f"{page}&x=%22%3E%3Cscript%3E").content.decode()
    assert "<script>" not in hostile[hostile.index('name="next"') :][:200]
