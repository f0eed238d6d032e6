"""Three sieves: each no has its reason, for one client as for many, and no list of conditions is a way into the database."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from guinda.base.refusals import Refusal
from guinda.clients import contacting
from guinda.clients.complaining import complain, settle
from guinda.clients.models import HeldBack
from guinda.clients.touching import log
from guinda.delivery.models import Rating
from guinda.offers import eligibility
from guinda.offers.eligibility import MAY, REASONS, USE, Reason, also_ask, keep, why_not
from guinda.offers.eligibility import NOW as SUITS
from guinda.offers.ending import decline
from guinda.offers.models import Refused
from guinda.offers.needs import NEEDS, are_laws, are_needs
from guinda.offers.tests.conftest import NOW
from guinda.offers.tests.offering import company, drafted, presented, seller, supplied, tool
from tests.world import build

DAY = timedelta(days=1)


def rules(of, client, *, now=NOW, **more) -> list[tuple[str, str]]:
    return [
        (each.sieve, each.rule)
        for each in why_not(tool=of, client_ids=[client.pk], now=now, **more)[client.pk]
    ]


def test_what_law_contract_and_consent_forbid(db):
    silent = company("Silent", agrees=False)
    gift = tool(for_kind="person", open_contract_days=60, yearly_most_minor=5, fixed_minor=6)
    supplied(silent, ends=(NOW + 61 * DAY).date())
    assert rules(gift, silent) == [
        (MAY, "not_for_them"),
        (MAY, "yearly_most"),
        (MAY, "bound_by_contract"),
        (MAY, "no_consent"),
    ]
    contacting.say(client_id=silent.pk, purpose="everything", channel="every", given=False, by="t", now=NOW)
    assert (MAY, "do_not_contact") in rules(gift, silent)
    assert rules(tool(until_date=NOW.date()), company(), now=NOW + DAY) == [(MAY, "over")]
    assert rules(tool(pieces_left=0), company("B")) == [(MAY, "none_left")]
    assert not HeldBack.objects.exists(), "who only asks is not counted"


WHY = {
    "en": "Licensed in Belarus only: 100 %(ids)s",
    "es": "Solo con licencia en Bielorrusia",
    "ru": "Только в Беларуси",
}


def test_law_is_data_with_its_sentence_and_stands_before_use(db):
    here, nowhere = company("Here"), company("Nowhere", city=None)
    old = {"need": "client_for", "days": 30, "why": {**WHY, "en": "After a month"}}
    of = tool(
        law=[{"need": "in_country", "country": "BY", "why": WHY}, old],
        needs=[{"need": "people_from", "people": 5}],
    )
    of.full_clean()
    assert rules(of, nowhere) == [(MAY, "law"), (MAY, "law"), (USE, "need_people_from")]
    assert rules(of, here) == [(MAY, "law"), (USE, "need_people_from")]
    found = why_not(tool=of, client_ids=[nowhere.pk], now=NOW)
    assert found[nowhere.pk][0].sentence == WHY["en"], "a sentence is never a pattern"
    with override("ru"):
        assert found[nowhere.pk][0].sentence == WHY["ru"]
    keep(tool=of, answers=found, now=NOW)
    assert Refused.objects.get().rule == "law"
    with pytest.raises(Refusal, match="not_eligible"):
        drafted(nowhere, of, seller(gives={of: 0}))
    big, small = company("Big", size=5, since_at=NOW - 31 * DAY), company("Small", since_at=NOW - 31 * DAY)
    yes = eligibility.eligible(
        tools=[of], client_ids=[here.pk, nowhere.pk, big.pk, small.pk], now=NOW, channel="call"
    )
    assert yes == {of.pk: [big.pk]}
    row = {"need": "in_country", "country": "BY"}
    for wrong in ([row], row, [{**row, "why": "no"}], [{**row, "why": {"en": "x"}}], [{"why": WHY}], ["law"],
                  [{**row, "why": {**WHY, "en": "x" * 301}}], [{**row, "x": 1, "why": WHY}], None, 7, {**row, "why": WHY}):  # fmt: skip
        with pytest.raises(ValidationError):
            are_laws(wrong)


@pytest.mark.parametrize(
    ("need", "has", "lacks"),
    [
        ({"need": "people_from", "people": 50}, {"size": 50}, {"size": 49}),
        ({"need": "people_to", "people": 50}, {"size": 50}, {"size": 51}),
        ({"need": "bill_from", "minor": 100}, {"monthly_minor": 100}, {"monthly_minor": 99}),
        (
            {"need": "ends_within", "days": 90},
            {"ends": (NOW + 90 * DAY).date()},
            {"ends": (NOW + 91 * DAY).date()},
        ),
        ({"need": "buys_elsewhere"}, {"by": "Other"}, {}),
        ({"need": "buys_here"}, {}, {"by": "Other"}),
        ({"need": "buys", "what": "MOB"}, {}, {"what": "100% fibre"}),
        ({"need": "client_for", "days": 0}, {}, {"since_at": NOW + DAY}),
    ],
)
def test_who_has_a_use_for_it(db, need, has, lacks):
    of, made = tool(needs=[need]), []
    for name, facts in (("has", has), ("lacks", lacks)):
        bought = {key: facts[key] for key in ("by", "what", "monthly_minor", "ends") if key in facts}
        client = company(name, **{key: value for key, value in facts.items() if key not in bought})
        supplied(client, **bought)
        made.append(client)
    assert rules(of, made[0]) == []
    assert rules(of, made[1]) == [(USE, f"need_{need['need']}")]


@pytest.mark.parametrize("what", ["\0", "a\nb", "", "x" * 61, 7])
def test_a_condition_holds_a_text_that_can_be_kept_and_read(what):
    with pytest.raises(ValidationError):
        are_needs([{"need": "buys", "what": what}])


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(list(NEEDS))
NAMES = st.sampled_from(["need", "days", "what", "x"])


@settings(deadline=None, max_examples=50)
@given(told=VALUES | st.lists(VALUES) | st.dictionaries(NAMES, VALUES | st.lists(VALUES), max_size=3))
def test_only_the_closed_list_is_a_condition(told):
    try:
        are_needs([told])
    except ValidationError:
        return
    assert told["need"] in NEEDS
    assert set(told) == {"need", NEEDS[told["need"]].parameter} - {""}


def test_a_condition_with_hostile_text_asks_nothing_else(db):
    client = company()
    supplied(client, what="Mobile")
    for what in ("%(ids)s", "') OR true --", "%", "\\", "{0}"):
        assert rules(tool(needs=[{"need": "buys", "what": what}]), client) == [(USE, "need_buys")]


def test_not_twice_in_a_month_not_while_one_is_open_and_not_too_often(db, settings):
    client, gift = company(), tool()
    anna = seller(gives={gift: 0})
    offer = presented(client, gift, anna)
    assert rules(gift, client) == [(SUITS, "open_offer"), (SUITS, "cap_channel")]
    decline(offer=offer, objection="time", now=NOW)
    assert rules(gift, client, channel="email") == [(SUITS, "offered_lately")]
    with pytest.raises(Refusal, match="not_eligible"):
        drafted(client, gift, anna, now=NOW + 29 * DAY)
    assert Refused.objects.get().rule == "offered_lately"
    assert drafted(client, gift, anna, now=NOW + 30 * DAY)


def test_a_low_mark_or_a_complaint_stands_against_it_until_somebody_has_spoken_with_them(db, settings):
    settings.PROMISER = "tests.world.HalfHour"
    world, client, gift = build(), company(phone="+79160000001"), tool()
    order = world.order()
    type(order).objects.filter(pk=order.pk).update(client=client)
    Rating.objects.create(order=order, fruit=5, kindness=2, rated_at=NOW)
    assert rules(gift, client, now=NOW + DAY) == [(SUITS, "low_mark")]
    log(
        key=uuid4(),
        client=client,
        channel="call",
        outcome="reached",
        city=world.city,
        by="t",
        now=NOW + DAY,
        by_client=True,
    )
    assert rules(gift, client, now=NOW + DAY) == []
    opened = complain(key="k", client_id=client.pk, words="Late", by="t", now=NOW + DAY)
    assert rules(gift, client, now=NOW + DAY) == [(SUITS, "open_complaint")]
    settle(complaint=opened, answer="Said sorry", by="t", now=NOW + DAY)
    assert rules(gift, client, now=NOW + DAY) == []


def test_a_room_above_may_have_a_reason_too(db, monkeypatch):
    monkeypatch.setattr(eligibility, "_also", [])
    monkeypatch.setitem(REASONS, "in_a_play", "")
    a, b = company("a"), company("b")
    also_ask(
        "in_a_play",
        "A play is under way.",
        lambda tools, ids, _now: {
            each.pk: {pk: Reason(SUITS, "in_a_play") for pk in ids if pk == a.pk} for each in tools
        },
    )
    found = why_not(tool=tool(), client_ids=[a.pk, b.pk], now=NOW)
    assert [each.sentence for each in found[a.pk]] == ["A play is under way."]
    assert found[b.pk] == []


def test_many_cost_as_many_statements_as_one_and_their_noes_are_kept(
    db, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(eligibility, "_also", [])
    few, many = [company("f")], [company(f"m{each}", agrees=each % 2 == 0) for each in range(30)]
    of = tool(needs=[{"need": "people_from", "people": 1}])
    for asked in (few, many):
        with django_assert_num_queries(2):
            found = why_not(tool=of, client_ids=[each.pk for each in asked], now=NOW)
    assert keep(tool=of, answers=found, now=NOW) == 30
    assert Refused.objects.filter(sieve=MAY, rule="no_consent").count() == 15
    assert Refused.objects.get(client=many[0]).reasons == [[USE, "need_people_from", {"people": 1}]]
    type(of).objects.filter(pk=of.pk).update(needs=[])
    of.refresh_from_db()
    keep(tool=of, answers=why_not(tool=of, client_ids=[each.pk for each in many], now=NOW), now=NOW)
    assert Refused.objects.count() == 15, "a yes takes the older no away"


def test_every_rule_has_a_sentence_in_three_languages():
    facts = dict.fromkeys(("days", "people", "minor", "orders", "open_days", "again_days"), 7)
    facts |= {"what": "x", "country": "BY", "why": dict.fromkeys(("en", "es", "ru"), "x")}
    for rule in REASONS:
        for language in ("en", "es", "ru"):
            with override(language):
                said = Reason(MAY, rule, facts).sentence
                assert said
                assert "%" not in said


def test_the_yeses_of_many_are_those_of_each(db):
    tools = [
        tool("gift", needs=[{"need": "bill_from", "minor": 5_000}]),
        tool("service", for_kind="person"),
        tool("trial", until_date=(NOW - DAY).date()),
        tool("price", open_contract_days=30),
    ]
    clients = [company(f"Firm {each}", agrees=each % 3 > 0) for each in range(9)]
    for place, each in enumerate(clients[:7]):
        supplied(
            each, monthly_minor=place * 2_000, ends=(NOW + place * 10 * DAY).date() if place % 2 else None
        )
    presented(clients[4], tools[0], seller(gives={tools[0]: 10**9}))
    ids = [each.pk for each in clients]
    asked = {"client_ids": ids, "now": NOW + DAY, "channel": "call"}
    found = eligibility.answers(tools=tools, **asked)
    wanted = {each.pk: {pk for pk, noes in found[each.pk].items() if not noes} for each in tools}
    assert {pk: set(some) for pk, some in eligibility.eligible(tools=tools, **asked).items()} == wanted
    assert any(wanted.values())
