"""Conditions mean the same in one query over everybody as read one by one in plain Python; nothing hostile gets through."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guinda.base.refusals import Refusal
from guinda.clients.models import Client, Competitor, Consent, Supply
from guinda.clients.tests.book import company, person
from guinda.plays.conditions import Moment, check, count_and_examples, matching, matching_at
from guinda.plays.facts import EVERY, Kind
from guinda.plays.operators import OPERATORS
from guinda.plays.tests.cast import DOCS
from guinda.plays.tests.past import NOW, Past, before

MOSCOW = ZoneInfo("Europe/Moscow")
DAYS = st.integers(0, 400)


@pytest.fixture
def past(db) -> Past:
    return Past()


class Known:
    """The same facts of one client, worked out from a plain list of what happened to them."""

    def __init__(self, client: Client, orders: list[dict], supplies: list[tuple], words: list[tuple]) -> None:
        self.client, self.orders, self.supplies, self.words = client, orders, supplies, words

    def at(self, now) -> dict[str, object]:
        today = now.astimezone(MOSCOW).date()
        bought = sorted((each for each in self.orders if each["at"] <= now), key=lambda each: each["at"])
        days = [each["at"].astimezone(MOSCOW).date() for each in bought]
        gap = Decimal((days[-1] - days[0]).days) / (len(days) - 1) if len(days) > 1 else None
        rated = [each["grade"] for each in bought if each["grade"] and rated_at(each) <= now]
        over = [each for each in bought if delivered_at(each) <= now]
        ends = sorted(day for _who, day in self.supplies if day and day >= today)
        agreed = [given for at, given in self.words if at <= now]
        return {
            "kind": self.client.kind,
            "size": self.client.size,
            "delivered_orders": len(bought),
            "spent_minor": sum(each["total_minor"] for each in bought),
            "average_minor": Decimal(sum(each["total_minor"] for each in bought)) / len(bought)
            if bought
            else None,
            "last_order": days[-1] if days else None,
            "days_since_last_order": (today - days[-1]).days if days else None,
            "usual_gap_days": gap,
            "gaps_since_last_order": Decimal((today - days[-1]).days) / gap if gap else None,
            "last_fruit": bought[-1]["fruit"] if bought else None,
            "fruit_bought": {each["fruit"] for each in bought},
            "last_late": bought[-1]["late_min"] > 0 if bought and bought[-1] in over else None,
            "last_rating": rated[-1] if rated else None,
            "contract_ends": ends[0] if ends else None,
            "competitors": {who for who, _day in self.supplies if who},
            "agrees_to_offers": bool(agreed and agreed[-1]),
        }


def delivered_at(order: dict):
    return order["at"] + timedelta(minutes=30 + order["late_min"])


def rated_at(order: dict):
    return delivered_at(order) + timedelta(hours=1)


def world(past: Past) -> list[Known]:
    """Thirty clients with pasts of their own; the newest rating is of the newest rated order."""
    seeded = random.Random(11)
    rivals = [Competitor.objects.create(name=name) for name in ("Beeline", 'O\'Neill "%s" {}')]
    known = []
    for number in range(30):
        is_company = number % 3 == 0
        client = company(f"C{number}", size=seeded.choice([None, 5, 300])) if is_company else person(number)
        orders = [
            {
                "at": before(days=seeded.randrange(1, 300), hours=seeded.randrange(24)),
                "total_minor": seeded.choice([30_000, 50_000, 90_000]),
                "fruit": seeded.choice(["cherry", "raspberry"]),
                "late_min": seeded.choice([-8, 12]),
                "grade": seeded.choice([0, 0, 2, 5]),
            }
            for _ in range(seeded.choice([0, 0, 1, 2, 5]))
        ]
        for each in orders:
            past.order(client, **each)
        supplies = [
            (
                seeded.choice([None, *rivals]),
                seeded.choice([None, NOW.date() + timedelta(days=seeded.randrange(-50, 200))]),
            )
            for _ in range(seeded.randrange(3) if is_company else 0)
        ]
        for what, (rival, day) in enumerate(supplies):
            Supply.objects.create(company=client, competitor=rival, what=f"w{what}", ends_date=day)
        words = sorted(
            (before(days=seeded.randrange(1, 300)), seeded.random() < 0.5) for _ in range(seeded.randrange(3))
        )
        for at, given_word in words:
            Consent.objects.create(
                client=client, purpose="offer", channel="every", given=given_word, by="x", at=at
            )
        known.append(Known(client, orders, [(rival and rival.name, day) for rival, day in supplies], words))
    return known


def holds(said: dict, facts: dict, today: date) -> bool:
    """One filter in plain Python."""
    if "any" in said:
        return any(holds(each, facts, today) for each in said["any"])
    if "all" in said:
        return all(holds(each, facts, today) for each in said["all"])
    if "not" in said:
        return not holds(said["not"], facts, today)
    fact, value = facts[said["fact"]], said.get("value")
    if said["is"] in ("known", "unknown"):
        return (fact is None) == (said["is"] == "unknown")
    if fact is None:
        return False
    asked = {
        "at least": lambda: fact >= value,
        "at most": lambda: fact <= value,
        "more than": lambda: fact > value,
        "less than": lambda: fact < value,
        "exactly": lambda: fact == value,
        "within next": lambda: 0 <= (fact - today).days <= value,
        "within last": lambda: 0 <= (today - fact).days <= value,
        "before": lambda: fact < value,
        "since": lambda: fact >= value,
        "other than": lambda: fact != value,
        "one of": lambda: fact in value,
        "including": lambda: value in fact,
        "without": lambda: value not in fact,
        "any of": lambda: bool(fact & set(value)),
        "yes": lambda: fact,
        "no": lambda: not fact,
    }
    return asked[said["is"]]()


VALUES = {
    "delivered_orders": st.integers(0, 5),
    "size": st.integers(0, 400),
    "last_rating": st.integers(1, 5),
    "usual_gap_days": st.integers(0, 150),
    "gaps_since_last_order": st.sampled_from([1, 2, Decimal("1.5")]),
    "days_since_last_order": st.integers(0, 300),
    "spent_minor": st.integers(0, 400_000),
    "average_minor": st.integers(20_000, 100_000),
    "last_order": st.dates(date(2025, 10, 1), date(2026, 9, 1)),
    "contract_ends": st.dates(date(2026, 6, 1), date(2027, 3, 1)),
    "kind": st.sampled_from(["person", "company"]),
    "last_fruit": st.sampled_from(["cherry", "raspberry", "o'neill"]),
    "fruit_bought": st.sampled_from(["cherry", "raspberry"]),
    "competitors": st.sampled_from(["Beeline", 'O\'Neill "%s" {}', "%(now)s"]),
    "last_late": st.none(),
    "agrees_to_offers": st.none(),
}


@st.composite
def questions(draw):
    name = draw(st.sampled_from(sorted(VALUES)))
    operator = draw(st.sampled_from(OPERATORS[EVERY[name].kind]))
    said = {"fact": name, "is": operator.word}
    if operator.word.startswith("within"):
        said["value"] = draw(DAYS)
    elif operator.word in ("one of", "any of"):
        said["value"] = draw(st.lists(VALUES[name], min_size=1, max_size=3))
    elif operator.read is not None:
        said["value"] = draw(VALUES[name])
    return said


FILTERS = st.lists(
    st.recursive(
        questions(),
        lambda inner: st.one_of(
            st.builds(lambda each: {"any": each}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda each: {"all": each}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda each: {"not": each}, inner),
        ),
        max_leaves=5,
    ),
    max_size=2,
)


def test_sql_and_plain_python_agree_today_and_at_any_moment(past):
    """Hypothesis draws the questions and the instants; the people stay."""
    known = world(past)
    ids = [each.client.pk for each in known]

    @settings(
        deadline=None,
        max_examples=50,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(FILTERS, st.lists(st.integers(0, 8_000), min_size=1, max_size=3))
    def agree(filters, hours):
        def right(each: Known, now) -> bool:
            facts, today = each.at(now), now.astimezone(MOSCOW).date()
            return all(holds(said, facts, today) for said in filters)

        found = matching(filters, now=NOW)
        assert found == [each.client.pk for each in known if right(each, NOW)]
        assert matching(filters, now=NOW, among=ids[:9]) == [pk for pk in found if pk in ids[:9]]
        instants = [before(hours=each) for each in hours]
        moments = [Moment(pk, at) for at in instants for pk in ids]
        expected = [
            place
            for place, (who, at) in enumerate((k, at) for at in instants for k in known)
            if right(who, at)
        ]
        assert matching_at(filters, moments) == expected

    agree()


def test_every_fact_can_be_asked_every_way_in_one_query(past):
    past.order(person(), before(days=2), grade=2, late_min=9)
    samples = {Kind.NUMBER: 1, Kind.MONEY: 1, Kind.DATE: "2026-08-01", Kind.CHOICE: "ru", Kind.CHOICES: "ru"}
    fixed = {"kind": "person", "language": "en"}
    filters = []
    for fact in EVERY.values():
        for operator in OPERATORS[fact.kind]:
            value = fixed.get(fact.name, samples.get(fact.kind))
            value = 3 if operator.word.startswith("within") else value
            value = [value] if operator.word.endswith("of") else value
            filters.append(
                {"fact": fact.name, "is": operator.word, **({"value": value} if operator.read else {})}
            )
    for at in range(0, len(filters), 50):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            count_and_examples([{"any": filters[at : at + 49]}], now=NOW)
        assert len(asked) <= 2, "the question, and the examples' rows"


def test_the_merged_and_erased_are_nobody(past):
    kept, gone, erased = person(1), person(2), person(3)
    Client.objects.filter(pk=gone.pk).update(merged_into=kept)
    Client.objects.filter(pk=erased.pk).update(erased_at=NOW, phone=None)
    assert matching([], now=NOW) == [kept.pk]
    assert matching_at([], [Moment(gone.pk, NOW), Moment(kept.pk, NOW)]) == [1]
    assert count_and_examples([], now=NOW, kind="company") == (0, [])


def test_this_quarter_is_held_against_as_many_days_of_the_last(past):
    less, more = company("Less"), company("More")
    for client, totals in ((less, (90_000, 30_000)), (more, (30_000, 90_000))):
        past.order(client, before(days=95), total_minor=totals[0])
        past.order(client, before(days=10), total_minor=totals[1])
        past.order(
            client, before(days=60), total_minor=900_000
        )  # late in the last quarter: its like is still to come
    bought_less = [{"fact": "quarter_percent", "is": "less than", "value": 100}]
    assert matching(bought_less, now=NOW) == [less.pk]


HOSTILE = [
    ("text", "conditions come as a list"),
    ([3], "say a fact"),
    ([{}], "say a fact"),
    ([{"any": []}], "say a fact"),
    ([{"any": [], "fact": "kind"}], "can be: exactly"),
    ([{"any": {"fact": "size"}}], "conditions come as a list"),
    ([{"fact": "id; DROP TABLE clients_client"}], "no fact"),
    ([{"fact": ["size"]}], "no fact"),
    ([{"fact": "size", "is": "OR 1=1", "value": 1}], "can be: at least"),
    ([{"fact": "size", "is": {"$gt": 1}, "value": 1}], "can be: at least"),
    ([{"fact": "size", "is": "at least"}], "takes a value"),
    ([{"fact": "size", "is": "at least", "value": 1, "or": 1}], "takes a value"),
    ([{"fact": "size", "is": "known", "value": 1}], "takes no value"),
    ([{"fact": "size", "is": "at least", "value": "1"}], "give a number"),
    ([{"fact": "size", "is": "at least", "value": True}], "give a number"),
    ([{"fact": "size", "is": "at least", "value": float("nan")}], "give a number"),
    ([{"fact": "size", "is": "at least", "value": float("inf")}], "give a number"),
    ([{"fact": "size", "is": "at least", "value": 10**30}], "give a number"),
    ([{"fact": "spent_minor", "is": "at least", "value": 1.5}], "whole minor units"),
    ([{"fact": "last_order", "is": "before", "value": "2026-02-30"}], "2026-07-31"),
    ([{"fact": "last_order", "is": "within last", "value": -1}], "number of days"),
    ([{"fact": "kind", "is": "exactly", "value": "robot"}], "choose one of: person, company"),
    ([{"fact": "last_fruit", "is": "exactly", "value": "a\0b"}], "choose one of the list"),
    ([{"fact": "last_fruit", "is": "exactly", "value": "\ud800"}], "choose one of the list"),
    ([{"fact": "last_fruit", "is": "exactly", "value": "x" * 201}], "choose one of the list"),
    ([{"fact": "last_fruit", "is": "one of", "value": []}], "choose from the list"),
    ([{"fact": "has_email", "is": "yes"}] * 51, "more than fifty"),
]


@pytest.mark.parametrize(("filters", "said"), HOSTILE, ids=range(len(HOSTILE)))
def test_what_can_t_be_asked_is_refused_in_one_sentence(filters, said):
    with pytest.raises(Refusal) as refused:
        check(filters)
    assert said in refused.value.sentence
    assert refused.value.sentence.count(". ") == 0
    assert len(refused.value.sentence) < 300


def test_depth_has_a_limit():
    said: object = {"fact": "has_email", "is": "yes"}
    for _ in range(3_000):
        said = {"not": said}
    with pytest.raises(Refusal, match="condition_faulty"):
        check([said])


@given(st.text(min_size=1, max_size=40).filter(lambda text: "\0" not in text))
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_is_more_than_a_value(db, text):
    """Whatever is written as a choice is compared, never run: nobody has such a fruit."""
    asked = [
        {
            "any": [
                {"fact": "last_fruit", "is": "exactly", "value": text},
                {"fact": "competitors", "is": "any of", "value": [text]},
            ]
        }
    ]
    assert matching(asked, now=NOW) == []


def test_every_fact_and_question_is_documented():
    told = DOCS.read_text()
    assert not [name for name in EVERY if f"`{name}`" not in told]
    assert not {each.word for some in OPERATORS.values() for each in some if f"`{each.word}`" not in told}
