"""The page an offer's link opens: for who has the link and nobody else, in three languages, and hostile names are only names."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client as Browser

from guinda.base import clock
from guinda.clients.models import Touch
from guinda.offers import paper
from guinda.offers.choosing import KNOCKS_MAX
from guinda.offers.models import Hold, Number, Offer
from guinda.offers.terms import Terms
from guinda.offers.tests.conftest import NOW, operator
from guinda.offers.tests.offering import company, drafted, presented, seller, tool

HOSTILE = [
    '#panic("x") $ x $ *b* @a \\ [ ] { } `code` <a> // /* %(x)s {{ x }}',
    "”’\"'; DROP TABLE offers_offer; --",
    "Ñandú & Сыновья «Вишня» 99,9 %",
    "<script>alert(1)</script>",
    "W" * 110,
    "\u202eעסק",
]


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    """It is noon: by night nobody is called."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def gift(db):
    made = tool("gift")
    return made, seller(gives={made: 0})


def open_offer(gift, **facts) -> Offer:
    of, anna = gift
    return presented(company(**facts), of, anna)


def test_a_link_opens_for_who_has_it_and_only_once_presented(gift):
    of, anna = gift
    draft = drafted(company(), of, anna)
    stranger = Browser()
    assert stranger.get(draft.link).status_code == stranger.get("/offer/guess/").status_code == 404
    offer = open_offer(gift, name="Second")
    page = stranger.get(offer.link)
    assert page.status_code == 200
    assert page["Cache-Control"] == "private, no-store"
    assert len(offer.code) >= 22
    assert "Accept" in page.content.decode()


@pytest.mark.parametrize("code", ["%00", "%ed%a0%80", "%D9%A3", "x" * 5000, "..%2f", "%25"])
def test_a_hostile_code_opens_nothing(db, code):
    for rest in ("", "numbers/", "offer.pdf"):
        assert Browser().get(f"/offer/{code}/{rest}").status_code == 404


def test_accepted_with_one_tap_and_again_is_the_same(gift):
    offer, browser = open_offer(gift), Browser()
    for _again in range(2):
        said = browser.post(f"{offer.link}acceptance/", follow=True)
        assert "Thank you: it is yours" in said.content.decode()
    assert Touch.objects.filter(outcome="agreed").count() == 1
    assert browser.post(f"{offer.link}refusal/", {"objection": "price"}).status_code == 409


def test_declined_with_one_tap_and_its_reason(gift):
    offer, browser = open_offer(gift), Browser()
    assert browser.post(f"{offer.link}refusal/", {"objection": "x"}).status_code == 422
    browser.post(f"{offer.link}refusal/", {"objection": "need", "words": "no\x00 thanks"})
    offer.refresh_from_db()
    assert (offer.state, offer.objection, offer.words) == ("declined", "need", "no thanks")


def test_who_hammers_is_stopped_for_a_minute(gift):
    offer, browser = open_offer(gift), Browser()
    answers = [
        browser.post(f"{offer.link}refusal/", {"objection": "x"}).status_code for _ in range(KNOCKS_MAX + 2)
    ]
    assert answers == [422] * KNOCKS_MAX + [429] * 2
    assert browser.get(f"{offer.link}offer.pdf").status_code == 429
    assert browser.get(offer.link).status_code == 200


def test_past_its_time_it_is_over_before_the_worker_says_so(gift):
    offer = open_offer(gift)
    Offer.objects.update(until_at=NOW - timedelta(seconds=1))
    page = Browser().get(offer.link).content.decode()
    assert "time is over" in page
    assert "acceptance" not in page


@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_on_paper_hostile_names_are_only_names(gift, language):
    of, anna = gift
    for place, name in enumerate(HOSTILE):
        client = company(f"{name}"[:110])
        if place == 0:
            client.language = language
        offer = presented(client, of, anna, terms=Terms(note=name))
        browser = Browser(headers={"Accept-Language": language})
        page = browser.get(offer.link)
        assert "<script>alert" not in page.content.decode()
        made = browser.get(f"{offer.link}offer.pdf")
        assert made["Content-Type"] == "application/pdf"
        assert made.content.startswith(b"%PDF-")


def test_a_value_on_paper_is_never_markup():
    """Markup in a value would make a page of another size, or none: the same length of plain letters takes as much room."""
    facts = dict.fromkeys(("for", "note", "number", "how", "link"), "")
    facts |= {"language": "en", "facts": [], "qr": "<svg xmlns='http://www.w3.org/2000/svg'/>"}
    for evil in ("#pagebreak() #lorem(9999)", '#read("/etc/passwd")', '#import "@preview/x:1.0.0"'):
        made = paper.pdf({**facts, "title": evil, "text": evil})
        assert made.count(b"/Type /Page\n") + made.count(b"/Type /Page ") <= 1
        assert b"root:" not in made


def test_a_client_chooses_by_what_a_number_means_and_holds_it(db):
    numbering, firm = operator(), company()
    beautiful = tool("number", rebate_percent=10)
    anna = seller(gives={beautiful: 10**6})
    terms = Terms(percent=10, base_minor=4_000, numbering_id=numbering.pk)
    offer, browser = presented(firm, beautiful, anna, terms=terms), Browser()
    told = {"present": "+375 29 777-12-34", "birthday": "1984-12-03", "year": "1999"}
    page = browser.post(f"{offer.link}numbers/", told).content.decode()
    for title in (
        "Like your present number",
        "With your birthday, 0312",
        "With the year 1999",
        "The most beautiful",
    ):
        assert title in page
    shown = [int(each) for each in re.findall(r"/numbers/(\d+)/", page)]
    assert len(shown) == len(set(shown)) > 10
    assert Number.objects.filter(pk__in=shown, class_row__gte=4).count() == len(shown), (
        "within the budget only"
    )
    for number in shown[:2]:
        browser.post(f"{offer.link}numbers/{number}/", {"key": uuid4()})
    assert list(Hold.objects.values_list("number", flat=True)) == [shown[1]]
    assert "data-until" in browser.get(offer.link).content.decode()
    platinum = browser.post(f"{offer.link}numbers/375297777777/", {"key": uuid4()})
    assert "costs more than was offered" in platinum.content.decode()
    assert browser.post(f"{offer.link}numbers/{shown[2]}/", {"key": "x"}).status_code == 400
    assert browser.post(f"{offer.link}numbers/{10**17}/", {"key": uuid4()}).status_code == 409
    browser.post(f"{offer.link}acceptance/")
    assert Number.objects.get(owner=firm).pk == shown[1]


@pytest.mark.parametrize(
    "told", [{"present": "x"}, {"birthday": "2026-13-45"}, {"year": "9" * 30}, {"present": "٣" * 9}]
)
def test_what_makes_no_sense_gets_a_sentence(db, told):
    numbering, beautiful = operator(), tool("number")
    terms = Terms(base_minor=4_000, numbering_id=numbering.pk)
    offer = presented(company(), beautiful, seller(gives={beautiful: 0}), terms=terms)
    page = Browser().post(f"{offer.link}numbers/", told)
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()


def test_the_page_takes_as_many_statements_whatever_was_offered_before(gift, django_assert_max_num_queries):
    offer = open_offer(gift)
    for each in range(5):
        open_offer(gift, name=f"Firm {each}")
    with django_assert_max_num_queries(2):
        assert Browser().get(offer.link).status_code == 200
