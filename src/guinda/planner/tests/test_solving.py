"""Whatever is asked, no limit is exceeded, people's words are kept or said to be impossible, and the bound is above the plan."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guinda.base.refusals import Refusal
from guinda.offers.models import Tool
from guinda.planner import solving
from guinda.planner.asking import Asked, Cap, Floor
from guinda.planner.candidates import Action, Candidates
from guinda.planner.limits import limits_of
from guinda.planner.models import Pin
from guinda.planner.solving import How
from guinda.solvers.allocate import NEVER

SELLERS = ("anna", "boris")
NAMES = {"en": "Gift", "es": "Regalo", "ru": "Подарок"}


def tools(draw) -> list[Tool]:
    left = st.none() | st.integers(0, 4)
    return [
        Tool(
            pk=pk,
            slug=f"t{pk}",
            kind="gift",
            name=NAMES,
            pieces_left=draw(left),
            budget_left_minor=draw(st.none() | st.integers(0, 900)),
        )
        for pk in (1, 2)
    ]


@st.composite
def candidates(draw) -> Candidates:
    n = draw(st.integers(1, 14))
    one, two = tools(draw)
    actions = (
        Action("tool:t1:call", "tool:t1", "call", 8, 10, tool=one),
        Action("tool:t2:message", "tool:t2", "message", 0, 1, tool=two),
        Action("step:p:s", "play:p", "call", 5, 10, step=(1, "s")),
    )
    values = st.one_of(st.just(NEVER), st.integers(-50, 500))
    adds = np.array(
        draw(st.lists(st.lists(values, min_size=3, max_size=3), min_size=n, max_size=n)), dtype=np.int64
    )
    tool_cost = np.array(
        draw(st.lists(st.integers(0, 200), min_size=3 * n, max_size=3 * n)), dtype=np.int64
    ).reshape(n, 3)
    contact = np.array([each.contact_minor for each in actions])
    return Candidates(
        clients=np.arange(101, 101 + n),
        actions=actions,
        adds=adds,
        cost=tool_cost + contact,
        tool_cost=tool_cost,
        runs=np.zeros((n, 3), dtype=np.int64),
        chance=np.full((n, 3), 0.02),
        rest=np.full(n, 1000),
        basis=("assumed",) * 3,
        sellers=SELLERS,
        seller=np.array(draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n)), dtype=np.int64),
        is_company=np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)), dtype=np.bool_),
        learned=(),
        busy=(0, 0),
        room=np.ones(n, dtype=np.int64),
        free_numbers=0,
        messages={},
    )


@st.composite
def wishes(draw) -> Asked:
    caps = (Cap("company", draw(st.integers(0, 5))),) if draw(st.booleans()) else ()
    floors = (Floor("play:p", draw(st.integers(0, 6))),) if draw(st.booleans()) else ()
    return Asked(
        budget_minor=draw(st.integers(0, 1500)),
        seller_minutes=draw(st.integers(0, 40)),
        messages=draw(st.integers(0, 6)),
        each=draw(st.integers(1, 2)),
        caps=caps,
        floors=floors,
        learning_percent=draw(st.sampled_from([0, 10, 50])),
    )


@st.composite
def words(draw) -> list:
    """Up to three pins of clients who may be there."""
    pins = []
    for pk in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["pin", "forbid"]))
        tool_id = draw(st.integers(1, 2)) if kind == "pin" else draw(st.sampled_from([None, 1, 2]))
        pins.append(SimpleNamespace(pk=pk, client_id=draw(st.integers(101, 116)), kind=kind, tool_id=tool_id))
    return pins


def uses(found: Candidates, given_) -> dict[str, int]:
    """What is taken, counted the plain way."""
    taken: dict[str, int] = {}

    def more(name, use):
        taken[name] = taken.get(name, 0) + use

    for each in given_:
        action, seller = found.actions[each.column], int(found.seller[each.row])
        more("budget", int(found.cost[each.row, each.column]))
        more("messages", int(action.channel == "message"))
        more(f"seller:{SELLERS[seller] if seller >= 0 else 'nobody'}", action.minutes)
        more("company", int(found.is_company[each.row]))
        more(action.of, 1)
        more(f"money:{action.of}", int(found.tool_cost[each.row, each.column]))
    return taken


@settings(deadline=None, max_examples=15)
@given(found=candidates(), asked=wishes(), pins=words(), seed=st.integers(0, 9))
def test_any_plan_keeps_every_limit_and_every_word(found, asked, pins, seed):
    had = np.arange(len(found.clients)) % asked.each  # given by an earlier plan of the day
    found = replace(found, room=asked.each - had, busy=(3, 100))
    made = solving.make(asked, found, pins, how=How(seed), told=lambda *_: None)
    taken = uses(found, made.given)
    assert taken.get("budget", 0) <= asked.budget_minor
    assert taken.get("messages", 0) <= asked.messages
    assert taken.get("seller:anna", 0) <= max(0, asked.seller_minutes - 3)
    assert taken.get("seller:boris", 0) == 0, "her day is over"
    assert taken.get("seller:nobody", 0) == 0
    assert all(taken.get("company", 0) <= cap.most for cap in asked.caps)
    for tool in (found.actions[0].tool, found.actions[1].tool):
        assert tool.pieces_left is None or taken.get(f"tool:{tool.slug}", 0) <= tool.pieces_left
        spent = taken.get(f"money:tool:{tool.slug}", 0)
        assert tool.budget_left_minor is None or spent <= tool.budget_left_minor
    pairs = [(each.row, each.column) for each in made.given]
    assert len(set(pairs)) == len(pairs)
    for row, has in enumerate(had):
        assert has + sum(row == each for each, _column in pairs) <= asked.each
    assert all(found.adds[pair] != NEVER for pair in pairs)
    assert made.value == sum(int(found.adds[pair]) for pair in pairs) <= made.bound
    for floor in asked.floors:
        missed = taken.get(floor.action, 0) < floor.least
        assert missed == bool(made.shorts)
    told = {pin for pin, _why in made.reserved.unmet}
    for pin in pins:
        got = {
            found.actions[column].tool.pk if found.actions[column].tool else None
            for row, column in pairs
            if found.clients[row] == pin.client_id
        }
        if pin.kind == Pin.Kind.FORBID:
            assert not got if pin.tool_id is None else pin.tool_id not in got
        else:
            assert pin.tool_id in got or pin.pk in told


@settings(deadline=None, max_examples=6)
@given(found=candidates(), seed=st.integers(0, 99))
def test_who_is_left_alone_gets_nothing_and_coins_are_thrown_for_the_rest_of_a_trial(found, seed):
    asked = Asked(budget_minor=10_000, seller_minutes=400, messages=9, learning_percent=50)
    made = solving.make(asked, found, [], how=How(seed), told=lambda *_: None)
    given_rows = {each.row for each in made.given}
    for each in made.reserved.trials:
        assert (each.row in given_rows) is each.treated
        assert found.actions[each.column].tool is not None
    again = solving.make(asked, found, [], how=How(seed), told=lambda *_: None)
    assert [(each.row, each.column) for each in again.given] == [
        (each.row, each.column) for each in made.given
    ]
    tools_for = (found.adds[:, :2] != NEVER).any(axis=1).sum()
    assert len(made.reserved.trials) <= tools_for // 2


def test_other_budgets_are_told_by_the_curve():
    n = 40
    action = Action(
        "tool:t1:call", "tool:t1", "call", 0, 0, tool=Tool(pk=1, slug="t1", kind="gift", name=NAMES)
    )
    found = Candidates(
        clients=np.arange(n),
        actions=(action,),
        adds=np.arange(1, n + 1, dtype=np.int64)[:, None] * 10,
        cost=np.full((n, 1), 100),
        tool_cost=np.full((n, 1), 100),
        runs=np.zeros((n, 1), dtype=np.int64),
        chance=np.zeros((n, 1)),
        rest=np.zeros(n, dtype=np.int64),
        basis=("assumed",),
        sellers=SELLERS,
        seller=np.zeros(n, dtype=np.int64),
        is_company=np.ones(n, dtype=np.bool_),
        learned=(),
        busy=(0, 0),
        room=np.ones(n, dtype=np.int64),
        free_numbers=0,
        messages={},
    )
    asked = Asked(budget_minor=1_000, seller_minutes=100, messages=0, learning_percent=0)
    made = solving.make(asked, found, [], how=How(1), told=lambda *_: None)
    best = {point["most"]: point["adds"] for point in made.curve}
    for most, adds in best.items():
        assert adds == sum(sorted(range(10, 10 * n + 1, 10), reverse=True)[: most // 100])
    budget = next(each for each in made.limits if each["name"] == "budget")
    assert budget["used"] == 1_000
    assert 3.0 <= budget["price"] <= 3.2, "the eleventh client adds 300 for 100"


def test_who_may_get_two_things_may_all_be_decided_before_the_solver():
    n = 3
    actions = tuple(
        Action(
            f"tool:t{pk}:call",
            f"tool:t{pk}",
            "call",
            0,
            0,
            tool=Tool(pk=pk, slug=f"t{pk}", kind="gift", name=NAMES),
        )
        for pk in (1, 2)
    )
    found = Candidates(
        clients=np.arange(n),
        actions=actions,
        adds=np.full((n, 2), 10, dtype=np.int64),
        cost=np.zeros((n, 2), dtype=np.int64),
        tool_cost=np.zeros((n, 2), dtype=np.int64),
        runs=np.zeros((n, 2), dtype=np.int64),
        chance=np.zeros((n, 2)),
        rest=np.zeros(n, dtype=np.int64),
        basis=("assumed",) * 2,
        sellers=SELLERS,
        seller=np.zeros(n, dtype=np.int64),
        is_company=np.zeros(n, dtype=np.bool_),
        learned=(),
        busy=(0, 0),
        room=np.array([2, 1, 1]),
        free_numbers=0,
        messages={},
    )
    asked = Asked(budget_minor=1_000, seller_minutes=100, messages=0, each=2, learning_percent=0)
    must = SimpleNamespace(pk=1, client_id=0, kind="pin", tool_id=1)
    made = solving.make(asked, found, [must], how=How(1), told=lambda *_: None)
    assert sorted(each.row for each in made.given) == [0, 1, 2]
    alone = replace(found, room=np.full(n, 5))
    assert len(solving.make(asked, alone, [], how=How(1), told=lambda *_: None).given) == 6, (
        "two things are all there is"
    )


def test_more_than_a_plan_can_weigh_is_said_and_not_a_fault():
    one = Tool(pk=1, slug="t1", kind="gift", name=NAMES)
    actions = tuple(Action(f"tool:t{at}:call", "tool:t1", "call", 0, 0, tool=one) for at in range(200))
    many = SimpleNamespace(actions=actions, sellers=SELLERS, free_numbers=0)
    with pytest.raises(Refusal, match="too_much_to_plan"):
        limits_of(Asked(budget_minor=1, seller_minutes=1, messages=1), many)
