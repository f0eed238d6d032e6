"""The picker's page: who may open it, what it costs, and what hostile wishes get."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client as Browser

from guinda.base import clock
from guinda.offers import search
from guinda.offers.models import Hold, Number
from guinda.offers.numbers import hold
from guinda.offers.tests.conftest import people

SEVENS = 375_29_777_77_77


@pytest.fixture
def cast(numbering):
    """Anna sells, Boris sells too, Clara carries bags and sells nothing."""
    made = {}
    for name in ("anna", "boris", "clara"):
        user = get_user_model().objects.create_user(name, password=None)
        if name != "clara":
            user.user_permissions.add(Permission.objects.get(codename="add_hold"))
        made[name] = Browser()
        made[name].force_login(user)
    return made


def shown(page) -> list[int]:
    """The free numbers on a page, in order."""
    return [int(each) for each in re.findall(r"/numbers/(\d+)/hold/", page.content.decode())]


def test_only_who_may_hold_opens_it(cast):
    assert Browser().get("/numbers/").status_code == 302
    assert cast["clara"].get("/numbers/").status_code == 403
    assert cast["clara"].post(f"/numbers/{SEVENS}/hold/", {"key": uuid4()}).status_code == 403
    assert not Hold.objects.exists()
    assert shown(cast["anna"].get("/numbers/"))[0] == SEVENS


def test_a_wish_is_answered_and_stays_in_place(cast):
    page = cast["anna"].get("/numbers/?d=7&d=7&d=7&d=1&d=&d=&d=&has=12&budget=40")
    assert shown(page)
    assert all(str(each)[5:].startswith("7771") and "12" in str(each)[5:] for each in shown(page))
    assert 'name="has" value="12"' in page.content.decode()
    assert not {"Platinum", "Brilliant", "Gold"} & set(
        re.findall(r"data-class=\"\d\">(\w+)", page.content.decode())
    )


@pytest.mark.parametrize("like", ["+375 29 777-12-13", "7771213", "(8-029) 777.12.13"])
def test_a_number_like_mine_is_asked_for_as_it_is_written(cast, like):
    found = shown(cast["anna"].get("/numbers/", {"like": like}))
    assert 375_29_777_12_13 in found or len(found) == 24
    assert all(sum(a != b for a, b in zip(str(each)[5:], "7771213", strict=True)) <= 2 for each in found)


@pytest.mark.parametrize(
    "query",
    [
        "has=x",
        "has=%D9%A3",
        "has=12345678",
        "only=-1e5x",
        "kinds=99",
        "like=12",
        "like=" + "9" * 31,
        "budget=-1",
        "budget=1e9",
        "d=x",
        "d=77",
        "seed=%00",
        "d=" + "&d=".join(["7"] * 500) + "&has=%00",
    ],
)
def test_a_wish_that_makes_no_sense_gets_a_sentence(cast, query):
    page = cast["anna"].get(f"/numbers/?{query}")
    assert page.status_code == 200
    assert "errorlist" in page.content.decode() or 'role="alert"' in page.content.decode() or "seed" in query
    assert not shown(page)


@pytest.mark.parametrize("n", ["0", "999", "x", "-1", "9" * 40])
def test_a_numbering_that_is_not_there_is_not_found(cast, n):
    assert cast["anna"].get(f"/numbers/?n={n}").status_code == 404


def test_held_is_shown_to_the_holder_and_to_nobody_else(cast):
    key = uuid4()
    page = cast["anna"].post(f"/numbers/{SEVENS}/hold/?has=77", {"key": key}, follow=True)
    assert page.redirect_chain[0][0].endswith("?has=77")
    assert f"/numbers/holds/{key}/release/" in page.content.decode()
    assert SEVENS not in shown(page)
    theirs = cast["boris"].get("/numbers/")
    assert "/numbers/holds/" not in theirs.content.decode()
    refused = cast["boris"].post(f"/numbers/{SEVENS}/hold/", {"key": uuid4()})
    assert refused.status_code == 409
    assert "taken or held" in refused.content.decode()
    cast["boris"].post(f"/numbers/holds/{key}/release/")
    assert Hold.objects.filter(key=key, until_at__gt=clock.now()).exists()
    cast["anna"].post(f"/numbers/holds/{key}/release/")
    assert SEVENS in shown(cast["boris"].get("/numbers/"))


@pytest.mark.parametrize("key", ["", "x", "0" * 1000])
def test_a_hold_without_a_key_holds_nothing(cast, key):
    assert cast["anna"].post(f"/numbers/{SEVENS}/hold/", {"key": key}).status_code == 400
    assert not Hold.objects.exists()


def test_what_was_set_aside_says_when_it_was_taken(cast):
    cast["anna"].post(f"/numbers/{SEVENS}/keep/")
    assert shown(cast["anna"].get("/numbers/?has=12"))[0] == SEVENS
    (seller,), _clients = people(1)
    hold(numbers=[SEVENS], key=uuid4(), seller_id=seller, now=clock.now())
    page = cast["anna"].get("/numbers/?has=12")
    assert SEVENS not in shown(page)
    assert "Taken meanwhile" in page.content.decode()
    cast["anna"].post(f"/numbers/{SEVENS}/keep/")
    assert "Taken meanwhile" not in cast["anna"].get("/numbers/?has=12").content.decode()


def test_shuffling_deals_others_of_the_best(cast):
    first, second = (shown(cast["anna"].get(f"/numbers/?seed={seed}")) for seed in (1, 2))
    assert len(first) == len(second) == 24
    assert first != second
    best = set(Number.objects.order_by("-score", "-number").values_list("pk", flat=True)[:400])
    assert set(first) | set(second) <= best


def test_a_page_takes_as_many_statements_with_many_holds_as_with_few(cast, django_assert_max_num_queries):
    seller = get_user_model().objects.get(username="anna")
    cast["anna"].get("/numbers/")
    for each in range(15):
        hold(
            numbers=[375_29_777_00_00 + each],
            key=uuid4(),
            seller_id=seller.pk,
            now=clock.now() + timedelta(seconds=1),
        )
        cast["anna"].post(f"/numbers/{375_29_777_01_00 + each}/keep/")
    with django_assert_max_num_queries(13):
        assert cast["anna"].get("/numbers/?has=12").status_code == 200


def test_without_numbers_the_page_says_how_they_come(db):
    user = get_user_model().objects.create_superuser("head", password=None)
    browser = Browser()
    browser.force_login(user)
    assert "guinda import-numbers" in browser.get("/numbers/").content.decode()


def test_a_block_is_found_and_held_with_one_button(cast):
    page = cast["anna"].get("/numbers/?row=2&has=77")
    assert shown(page)[0] == 375_29_777_77_00
    assert "100 in a row" in page.content.decode()
    cast["anna"].post("/numbers/375297777700/hold/?row=2", {"key": uuid4(), "size": "100"})
    assert Hold.objects.count() == 100
    assert cast["anna"].get("/numbers/").content.decode().count("/release/") == 1
    assert 375_29_777_77_00 not in shown(cast["boris"].get("/numbers/?row=2&has=77"))


def test_very_many_blocks_are_refused_on_the_page(cast, monkeypatch):
    monkeypatch.setattr(search, "BLOCKS_WRITTEN_MAX", 5)
    search.best_blocks.cache_clear()
    assert "Very many blocks" in cast["anna"].get("/numbers/?row=1").content.decode()
