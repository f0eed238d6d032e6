"""What plans say of themselves is true in its unit: hours, pieces, whole money; and no more is claimed than was proved."""

from __future__ import annotations

import pytest
from django.utils import translation

from guinda.planner import words
from guinda.planner.models import Choice, Plan
from guinda.planner.naming import Names

NAMES = Names(
    tools={"courier": "Courier of your choice"},
    plays={"come-back": "Come back"},
    steps={("come-back", "ask"): "Ask why"},
    sellers={"vera": "Vera Orlova"},
)


def limit(name: str, price: float, *, most: int | None = 100, least: int | None = None, used: int = 100):
    kind, _colon, of = name.partition(":")
    return {"name": name, "kind": kind, "of": of, "most": most, "least": least, "used": used, "price": price}


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (limit("budget", 1.8), "₽1 more of budget would bring ₽1.80."),
        (limit("messages", 1240.4), "One more message would bring ₽12.40."),
        (limit("seller:vera", 1066.7), "One more hour of the time of Vera Orlova would bring ₽640."),
        (limit("seller:", 2), "One more hour of the time of all other sellers would bring ₽1.20."),
        (
            limit("stock:courier", 1_000_040),
            "One more of “Courier of your choice” would bring ₽10,000.",
        ),
        (
            limit("tool_budget:courier", 0.4),
            "₽1 more of the budget of “Courier of your choice” would bring ₽0.40.",
        ),
        (limit("segment:company", 500), "One more company would bring ₽5."),
        (
            limit("floor:play:come-back", 500, most=None, least=9),
            "Asking for one less of “Come back” would bring ₽5.",
        ),
        (
            limit("floor:tool:courier", 0, most=None, least=9),
            "At least so many of “Courier of your choice”: this costs nothing today.",
        ),
        (
            limit("seller:vera", 0.001),
            "Time of Vera Orlova: more of it would bring nothing today.",
        ),
    ],
)
def test_the_price_of_a_limit_is_said_in_its_own_unit(told, sentence):
    assert words.price(told, "RUB", NAMES) == sentence


def test_the_gap_is_rounded_up():
    plan = Plan(currency="RUB", adds_minor=10**9 - 40_001, bound_minor=10**9)
    assert "within 0.0041\u00a0% of that. No limit is exceeded." in words.certificate(plan)
    plan.adds_minor, plan.shorts = 10**9, [{}]
    assert words.certificate(plan).startswith("No plan within these limits adds more than ₽10,000,000, and")
    assert words.certificate(plan).endswith("not every floor can be reached.")


def test_a_floor_out_of_reach_is_proved_or_only_missed():
    told = {
        "limit": "floor:tool:courier",
        "least": 50,
        "reached": 31,
        "proved": True,
        "because": ["budget", "seller:vera"],
    }
    assert words.short(told, NAMES) == (
        "At least 50 of “Courier of your choice” can’t be reached; this plan has 31. "
        "In the way: budget, time of Vera Orlova."
    )
    assert "were not reached" in words.short({**told, "proved": False}, NAMES)


def test_a_choice_says_all_that_it_rests_on():
    choice = Choice(
        plan=Plan(currency="RUB"),
        adds_minor=52_000,
        cost_minor=12_000,
        minutes=8,
        chance=0.04,
        rest_minor=1_600_000,
        basis="assumed",
        second="step:come-back:ask",
        second_minor=48_000,
        decided_by="seller:vera",
    )
    assert words.reason(choice, NAMES) == (
        "Expected to add ₽520: with it 4.0 more of a hundred clients stay or come; ₽16,000 is still to come from this one. "
        "It costs ₽120 at the most, and 8 minutes. "
        "Second best: “Come back: Ask why”, which would add ₽480. "
        "What would add most was held back by a limit: time of Vera Orlova. "
        "The chance is an assumption: nobody was left alone to compare with yet."
    )
    choice.why, choice.basis, choice.second, choice.decided_by = "learning", "author", "", ""
    assert words.reason(choice, NAMES).startswith("Chosen by chance, so that what it adds can be measured.")
    for language in ("es", "ru"):
        with translation.override(language):
            assert "Expected" not in words.reason(choice, NAMES)
