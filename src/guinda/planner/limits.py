"""The limits of a plan, as the solver takes them: each named by its kind and what it is of, so that it can be told in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from guinda.base.refusals import Refusal
from guinda.clients.models import Channel, Client
from guinda.offers.models import Tool
from guinda.planner.asking import CAPACITIES, Asked, takes
from guinda.planner.candidates import Action, Candidates
from guinda.solvers.allocate import LIMITS_MAX, OFFERS_MAX, Limit

NEEDED = 3
"""Limits that sellers take at the least: one of their own, one shared, and nobody's."""
COST, TOOL_COST = 0, 1
"""The rows of the problem's amounts."""


def group_of(candidates: Candidates) -> NDArray[np.int64]:
    """Each client's group: its seller (the last group but nobody's), and whether it is a company."""
    return (candidates.seller + 1) * 2 + candidates.is_company


def limits_of(asked: Asked, candidates: Candidates) -> list[Limit]:
    """Every limit that could bind. Sellers past what the solver holds share one limit of all their minutes."""
    actions = candidates.actions
    ones = np.ones(len(actions), dtype=np.int64)
    found = [Limit("budget", ones, most=asked.budget_minor, amount=COST)]
    messages = np.array([each.channel == Channel.MESSAGE for each in actions], dtype=np.int64)
    found.append(Limit("messages", messages, most=asked.messages))
    found += _capacities(asked, candidates)
    found += _of_tools(candidates)
    found += [_segment(each.kind, each.most, candidates) for each in asked.caps]
    found += [
        Limit(f"floor:{each.action}", _columns(actions, each.action), least=each.least)
        for each in asked.floors
    ]
    room = LIMITS_MAX - len(found)
    if room < NEEDED or len(actions) > OFFERS_MAX:
        raise Refusal(
            "too_much_to_plan",
            _(
                "There are more tools, plays and limits than one plan can weigh. Pause tools that are not needed now."
            ),
        )
    return found + list(_sellers(asked, candidates, room))


def _capacities(asked: Asked, candidates: Candidates) -> Iterator[Limit]:
    """Calls, visits and gifts, where their number is bounded."""
    for name in CAPACITIES:
        most = getattr(asked, name)
        if most is not None:
            kinds = [takes(each.channel, each.tool.kind if each.tool else "") for each in candidates.actions]
            yield Limit(name, np.array([name in each for each in kinds], dtype=np.int64), most=most)


def _of_tools(candidates: Candidates) -> Iterator[Limit]:
    """What is left of each tool: pieces, its own budget; and of numbers, which all their tools share."""
    actions = candidates.actions
    tools = {each.tool.pk: each.tool for each in actions if each.tool}.values()
    for tool in tools:
        columns = _columns(actions, f"tool:{tool.slug}")
        if tool.pieces_left is not None:
            yield Limit(f"stock:{tool.slug}", columns, most=tool.pieces_left)
        if tool.budget_left_minor is not None:
            yield Limit(f"tool_budget:{tool.slug}", columns, most=tool.budget_left_minor, amount=TOOL_COST)
    numbers = [bool(each.tool and each.tool.kind == Tool.Kind.NUMBER) for each in actions]
    if any(numbers):
        yield Limit("numbers", np.array(numbers, dtype=np.int64), most=candidates.free_numbers)


def _columns(actions: Sequence[Action], of: str) -> NDArray[np.int64]:
    return np.array([each.of == of for each in actions], dtype=np.int64)


def _groups(candidates: Candidates) -> int:
    return (len(candidates.sellers) + 1) * 2


def _segment(kind: str, most: int, candidates: Candidates) -> Limit:
    """Things for people, or for companies."""
    uses = np.zeros((_groups(candidates), len(candidates.actions)), dtype=np.int64)
    uses[int(kind == Client.Kind.COMPANY) :: 2] = 1
    return Limit(f"segment:{kind}", uses, most=most)


def _sellers(asked: Asked, candidates: Candidates, room: int) -> Iterator[Limit]:
    """Each seller's minutes. Who belongs to nobody can be called by nobody."""
    minutes = np.array([each.minutes for each in candidates.actions], dtype=np.int64)
    shape = (_groups(candidates), len(minutes))
    names = list(candidates.sellers)
    alone = names if len(names) < room else names[: room - 2]
    left = [
        max(0, asked.minutes_of(name) - busy)
        for name, busy in zip(candidates.sellers, candidates.busy, strict=True)
    ]
    for place, name in enumerate(alone):
        uses = np.zeros(shape, dtype=np.int64)
        uses[(place + 1) * 2 : (place + 2) * 2] = minutes
        yield Limit(f"seller:{name}", uses, most=left[place])
    if len(alone) < len(names):
        uses = np.zeros(shape, dtype=np.int64)
        uses[(len(alone) + 1) * 2 :] = minutes
        yield Limit("seller:", uses, most=sum(left[len(alone) :]))
    nobody = np.zeros(shape, dtype=np.int64)
    nobody[:2] = minutes
    yield Limit("seller:nobody", nobody, most=0)


def named(name: str) -> dict[str, Any]:
    """A limit's kind and what it is of."""
    kind, _colon, of = name.partition(":")
    return {"name": name, "kind": kind, "of": of}
