"""An offer's life: each step once, by whom it may, and accepted it does what it says or nothing."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection

from guinda.base.refusals import Refusal
from guinda.clients.models import Supply, Touch
from guinda.clients.personal import who_is
from guinda.clients.timeline import page
from guinda.journal.models import Event
from guinda.offers.choosing import KNOCKS_MAX, choose, knock
from guinda.offers.ending import accept, decline, expire_offers, withdraw
from guinda.offers.making import Wanted, approve, draft, present
from guinda.offers.models import Hold, Number, Offer
from guinda.offers.numbers import hold
from guinda.offers.terms import Terms
from guinda.offers.tests.conftest import NOW, operator
from guinda.offers.tests.offering import company, decider, drafted, presented, seller, supplied, tool
from guinda.orders.models import StandingOrder
from tests.races import at_once
from tests.world import build

SEVENS = 375_29_777_77_77
PLAIN = 375_29_777_01_25
ENDS = timedelta(days=14)


def refused(code: str):
    return pytest.raises(Refusal, match=code)


def test_a_price_that_is_accepted_is_set_and_its_cost_is_booked(db):
    firm = company()
    rebate = tool("price", rebate_percent=30, months=12, floor_percent=60)
    anna, theirs = seller(gives={rebate: 50_000}), supplied(firm, by="Other operator")
    terms = Terms(percent=20, base_minor=10_000, supply_id=theirs.pk)
    offer = drafted(firm, rebate, anna, terms=terms, contact=decider(firm))
    assert (offer.state, offer.price_minor, offer.cost_minor) == ("approved", 8_000, 24_000)
    present(offer=offer, user=anna, channel="call", minutes=6, now=NOW)
    for _again in range(2):
        assert accept(offer=offer, now=NOW).state == "accepted"
    ours = Supply.objects.get(company=firm)
    assert (ours.competitor, ours.what, ours.monthly_minor) == (None, "Mobile", 8_000)
    assert ours.ends_date == date(2027, 6, 24)
    said = Touch.objects.get(outcome="agreed")
    assert (said.cost_minor, said.given_minor, said.by_client, said.by) == (24_000, 24_000, True, "client")
    told = Event.objects.get(kind="offer.accepted")
    assert (told.data["client"], told.data["cost_minor"], told.ref) == (firm.pk, 24_000, f"offer:{offer.pk}")
    assert any("accepted" in line.text for line in page(who_is(firm))[0])


def test_what_a_seller_may_not_give_waits_for_who_may(db):
    gift = tool("gift", of_stock_minor=900, pieces_left=1, budget_left_minor=1_000)
    anna, head = seller(gives={gift: 500}), seller("head", gives={gift: 5_000})
    offer = drafted(company(), gift, anna)
    assert offer.state == "drafted"
    with refused("may_not_give"):
        approve(offer=offer, user=anna, now=NOW)
    with refused("not_yet"):
        present(offer=offer, user=anna, channel="call", now=NOW)
    assert approve(offer=offer, user=head, now=NOW).approved_by == "staff:head"
    gift.refresh_from_db()
    assert (gift.pieces_left, gift.budget_left_minor) == (0, 100)
    with refused("not_eligible"):
        drafted(company("Another"), gift, anna)
    withdraw(offer=offer, user=anna, now=NOW)
    gift.refresh_from_db()
    assert (gift.pieces_left, gift.budget_left_minor) == (1, 1_000)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (Terms(percent=31, base_minor=100), "rebate_too_high"),
        (Terms(percent=30, base_minor=10_000), "below_floor"),
        (Terms(percent=5), "terms_wrong"),
        (Terms(percent=5, base_minor=10**10), "terms_wrong"),
        (Terms(percent=5, base_minor=10_000, supply_id=1), "not_theirs"),
    ],
)
def test_terms_that_the_tool_does_not_allow_make_no_offer(db, terms, code):
    rebate = tool("price", rebate_percent=30, months=12, floor_percent=75)
    with refused(code):
        drafted(company(), rebate, seller(gives={rebate: 10**9}), terms=terms)
    assert not Offer.objects.exists()


def test_the_same_key_is_the_same_offer(db):
    gift = tool()
    wanted = Wanted(uuid4(), company().pk, gift, Terms(), seller(gives={gift: 0}))
    assert draft(wanted, now=NOW) == draft(wanted, now=NOW)
    with refused("key_used"):
        draft(Wanted(wanted.key, company("Other").pk, gift, Terms(), wanted.seller), now=NOW)


def test_declined_with_its_reason_it_gives_back_what_was_set_aside(db):
    gift = tool(pieces_left=1)
    offer = presented(company(), gift, seller(gives={gift: 0}))
    with refused("objection_missing"):
        decline(offer=offer, objection="", now=NOW)
    for _again in range(2):
        assert decline(offer=offer, objection="price", now=NOW, words="half of it").objection == "price"
    with refused("offer_over"):
        accept(offer=offer, now=NOW)
    gift.refresh_from_db()
    assert gift.pieces_left == 1
    assert Touch.objects.get(outcome="declined").note == "It costs too much half of it"


def test_a_number_is_sold_with_the_offer_at_its_own_price(db):
    numbering, firm = operator(), company()
    beautiful = tool("number", rebate_percent=50, budget_left_minor=20_000)
    anna = seller(gives={beautiful: 20_000})
    terms = Terms(percent=50, base_minor=12_000, numbering_id=numbering.pk)
    offer = presented(firm, beautiful, anna, terms=terms)
    with refused("choose_number"):
        accept(offer=offer, now=NOW)
    with refused("too_dear"):
        choose(offer=offer, number=SEVENS, key=uuid4(), now=NOW)
    first, second = uuid4(), uuid4()
    choose(offer=offer, number=PLAIN, key=first, now=NOW)
    choose(offer=offer, number=PLAIN + 1, key=second, now=NOW)
    assert list(Hold.objects.filter(until_at__gt=NOW).values_list("number", flat=True)) == [PLAIN + 1]
    with refused("hold_ended"):
        accept(offer=offer, now=NOW + timedelta(minutes=15))
    assert Offer.objects.get().state == "presented"
    done = accept(offer=offer, now=NOW + timedelta(minutes=14))
    assert Number.objects.get(pk=PLAIN + 1).owner == firm
    assert (done.price_minor, done.cost_minor) == (443, 444)
    beautiful.refresh_from_db()
    assert beautiful.budget_left_minor == 20_000 - done.cost_minor
    with refused("offer_over"):
        choose(offer=offer, number=PLAIN, key=uuid4(), now=NOW)


def test_expired_offers_free_what_they_had_and_cannot_be_accepted(db):
    gift = tool(pieces_left=2, budget_left_minor=50, fixed_minor=10)
    anna = seller(gives={gift: 10})
    offers = [presented(company(name), gift, anna) for name in ("a", "b")]
    assert expire_offers(now=NOW + ENDS - timedelta(seconds=1)) == 0
    with refused("offer_over"):
        accept(offer=offers[0], now=NOW + ENDS)
    assert expire_offers(now=NOW + ENDS) == 2
    assert expire_offers(now=NOW + ENDS) == 0
    gift.refresh_from_db()
    assert (gift.pieces_left, gift.budget_left_minor) == (2, 50)


def test_too_many_changes_by_a_link_are_refused_for_a_minute(db):
    gift = tool()
    offer = presented(company(), gift, seller(gives={gift: 0}))
    for _each in range(KNOCKS_MAX):
        knock(offer, now=NOW)
    with refused("too_fast"):
        knock(offer, now=NOW + timedelta(seconds=59))
    knock(offer, now=NOW + timedelta(seconds=60))


@pytest.mark.django_db(transaction=True)
def test_of_sixty_four_who_end_it_at_once_one_does():
    """Accepted twice, declined, withdrawn, expired: one outcome, one touch, one sale; and the stock adds up with it."""
    firm, numbering, beautiful = company(), operator(), tool("number", pieces_left=5)
    anna, late = seller(gives={beautiful: 0}), NOW + timedelta(seconds=59)
    offer = presented(firm, beautiful, anna, terms=Terms(base_minor=12_000, numbering_id=numbering.pk))
    choose(offer=offer, number=PLAIN, key=uuid4(), now=NOW, hold_s=60)
    jobs = [
        lambda: accept(offer=offer, now=late).state,
        lambda: decline(offer=offer, objection="time", now=late).state,
        lambda: withdraw(offer=offer, user=anna, now=late).state,
        lambda: expire_offers(now=NOW + ENDS),
    ] * 16
    answers = at_once(jobs)
    connection.close()
    offer.refresh_from_db()
    ended = Event.objects.filter(ref=offer.ref, kind__startswith="offer.").order_by("pk")
    assert [each.kind for each in ended][3:] == [f"offer.{offer.state}"]
    assert set(answers) <= {offer.state, "offer_over", 0, 1}
    beautiful.refresh_from_db()
    assert beautiful.pieces_left == (4 if offer.state == "accepted" else 5)
    assert (Number.objects.get(pk=PLAIN).state == "sold") == (offer.state == "accepted")
    assert Touch.objects.filter(client=firm, outcome="agreed").count() == (offer.state == "accepted")


@pytest.mark.django_db(transaction=True)
def test_accepting_at_the_last_moment_of_the_hold_races_who_waits_for_the_number():
    numbering = operator()
    firm, beautiful = company(), tool("number")
    anna, boris = seller(gives={beautiful: 0}), seller("boris")
    offer = presented(firm, beautiful, anna, terms=Terms(base_minor=12_000, numbering_id=numbering.pk))
    choose(offer=offer, number=PLAIN, key=uuid4(), now=NOW, hold_s=60)
    waiting = [
        lambda: hold(
            numbers=[PLAIN], key=uuid4(), seller_id=boris.pk, now=NOW + timedelta(seconds=60)
        ).numbers[0]
    ] * 8
    answers = at_once([lambda: accept(offer=offer, now=NOW + timedelta(seconds=59)).state, *waiting])
    connection.close()
    sold = Number.objects.get(pk=PLAIN).state == "sold"
    assert (answers[0] == "accepted") == sold == (Offer.objects.get().state == "accepted")
    assert answers[1:].count(PLAIN) == (0 if sold else 1)


@pytest.mark.django_db(transaction=True)
def test_the_last_piece_goes_to_one_of_many_and_one_client_gets_one_open_offer():
    gift = tool(pieces_left=1)
    anna, firms = seller(gives={gift: 0}), [company(f"Firm {each}") for each in range(16)]
    answers = at_once([lambda firm=firm: drafted(firm, gift, anna).state for firm in [*firms, *firms]])
    assert answers.count("approved") == 1
    assert set(answers) <= {"approved", "none_left", "not_eligible"}
    connection.close()
    assert Offer.objects.count() == 1


def test_a_standing_order_begins_with_the_offer(db, settings):
    settings.PROMISER = "tests.world.HalfHour"
    world = build()
    order = world.order()
    buyer = company(phone="+79160000001")
    type(buyer).objects.filter(pk=buyer.pk).update(city=world.city)
    type(order).objects.filter(pk=order.pk).update(client=buyer)
    regular = tool("standing", currency="RUB", fixed_minor=100)
    offer = presented(
        buyer, regular, seller(gives={regular: 100}), terms=Terms(order_id=order.pk, days=5, hour=12)
    )
    accept(offer=offer, now=NOW)
    accept(offer=offer, now=NOW)
    made = StandingOrder.objects.get()
    assert (made.client, made.days, made.hour, made.made_from) == (buyer, 5, 12, order)


def test_two_links_of_one_seller_change_numbers_without_waiting_in_a_circle(transactional_db):
    numbering = operator()
    beautiful = tool("number", rebate_percent=10)
    anna = seller(gives={beautiful: 10**6})
    terms = Terms(percent=10, base_minor=4_000, numbering_id=numbering.pk)
    two = [presented(company(name), beautiful, anna, terms=terms) for name in ("North", "South")]
    some = list(Number.objects.filter(class_row__gte=4).order_by("pk").values_list("pk", flat=True)[:2])
    for turn in range(6):
        jobs = [
            partial(choose, offer=offer, number=some[(place + turn) % 2], key=uuid4(), now=NOW)
            for place, offer in enumerate(two)
        ]
        results = at_once(jobs * 2)
        assert all(isinstance(each, Offer) or each == "number_taken" for each in results), results
    assert Hold.objects.count() <= 2
