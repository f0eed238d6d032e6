"""The blocks of clients spread over several hands, each with its own part; here, or as Ray's actors on as many machines as there are.

A hand that is lost is replaced by another with the same part, which is asked the same again: the answer is the one there would have been.
Only prices go to the hands, and sums by block, choices and the few changes near the prices come back; the last units are settled where
`solve` was called.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

import numpy as np

from guinda.solvers.allocate.held import Engine, Held, Here, Part, Threads
from guinda.solvers.allocate.moves import Choices, Moves
from guinda.solvers.allocate.passes import Floats, Ints

REPLACED_MOST = 3
"""A part whose hand is lost so many times at one question is not asked again."""
STORE_LEAST_BYTES = 128 * 2**20
HANDS = 2
LOOPBACK = "127.0.0.1"


class LostError(Exception):
    """A hand is gone, and with it what it was asked."""


class Hand(Protocol):
    """Who holds a part."""

    def ask(self, question: str, *facts: Any) -> Callable[[], Any]:
        """Begin to answer one of `Held`'s questions; what is returned waits for the answer, or raises LostError."""


class Spread:
    """All clients, held by several hands in the order of their blocks."""

    def __init__(self, parts: Sequence[Part], hire: Callable[[int], Hand]) -> None:
        self.sizes = [len(part.clients.groups) for part in parts]
        self.hire = hire
        self.hands = [hire(number) for number in range(len(parts))]

    def _each(self, question: str, *facts: Any, choices: Choices | None = None) -> list[Any]:
        """Ask all hands at once; their answers in their order."""
        asked: list[tuple[Any, ...]] = [facts] * len(self.hands)
        if choices is not None:
            pieces = np.split(choices, np.cumsum(self.sizes)[:-1])
            asked = [(*facts[:2], piece, *facts[2:]) for piece in pieces]
        waiting = [hand.ask(question, *mine) for hand, mine in zip(self.hands, asked, strict=True)]
        return [self._answer(at, wait, question, asked[at]) for at, wait in enumerate(waiting)]

    def _answer(self, at: int, wait: Callable[[], Any], question: str, facts: tuple[Any, ...]) -> Any:
        for _replaced in range(REPLACED_MOST):
            try:
                return wait()
            except LostError:
                self.hands[at] = self.hire(at)
                wait = self.hands[at].ask(question, *facts)
        return wait()

    def sums(self, tolls: Floats, rates: Floats, heat: float, every: int) -> tuple[Floats, Floats, Floats]:
        """One pass."""
        heads, used, bends = zip(*self._each("sums", tolls, rates, heat, every), strict=True)
        return np.concatenate(heads), np.concatenate(used), np.concatenate(bends)

    def draw(self, tolls: Floats, rates: Floats, heat: float, width: int) -> Choices:
        """Choices by the shares."""
        return np.concatenate(self._each("draw", tolls, rates, heat, width))

    def certify(self, tolls: Ints, rates: Ints, shift: int) -> Ints:
        """Whole numbers."""
        return np.concatenate(self._each("certify", tolls, rates, shift))

    def near_count(self, tolls: Floats, rates: Floats, choices: Choices, width: float) -> int:
        """Of all clients."""
        return sum(self._each("near_count", tolls, rates, width, choices=choices))

    def near(self, tolls: Floats, rates: Floats, choices: Choices, width: float, part: int) -> Moves:
        """The changes of each hand's clients."""
        found = self._each("near", tolls, rates, width, part, choices=choices)
        return Moves(*(np.concatenate(column) for column in zip(*found, strict=True)))


class Actors:
    """Ray's actors as hands. Each part lies in Ray's object store, where the actor reads it without a copy and its successor finds it."""

    def __init__(self, hands: int = HANDS) -> None:
        self.ray, self.hands = _imported(), hands
        self.actor = self.ray.remote(Here).options(num_cpus=1, max_restarts=0)
        self.hired: list[Any] = []

    def hold(self, part: Part) -> Held:
        """Put the parts into the store and start an actor with each; those that were held before are let go."""
        for actor in self.hired:
            self.ray.kill(actor)
        self.hired = []
        pieces = part.cut(self.hands)
        stored = [self.ray.put(each) for each in pieces]
        return Spread(pieces, lambda number: self._hire(stored[number]))

    def _hire(self, stored: Any) -> Hand:
        self.hired.append(self.actor.remote(stored))
        return _Actor(self.ray, self.hired[-1])


class _Actor:
    def __init__(self, ray: Any, actor: Any) -> None:
        self.ray, self.actor = ray, actor

    def ask(self, question: str, *facts: Any) -> Callable[[], Any]:
        ray, answer = self.ray, getattr(self.actor, question).remote(*facts)

        def wait() -> Any:
            try:
                return ray.get(answer)
            except ray.exceptions.RayActorError as error:
                raise LostError from error

        return wait


@contextmanager
def opened(engine: str | Engine, threads: int, size_bytes: int) -> Iterator[Engine]:
    """The engine named: "threads", or "ray": the Ray that runs already, else one of this machine that ends with the work."""
    if not isinstance(engine, str):
        yield engine
    elif engine == "threads":
        yield Threads(threads)
    elif engine == "ray":
        with _ray(threads, size_bytes):
            yield Actors(threads)
    else:
        raise ValueError(f"There is no engine {engine}: it is threads or ray.")


def _imported() -> Any:
    """Ray, an extra: the web and the worker start without it. It tells nobody that it is used."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if "ray" not in sys.modules:  # it reads this once, and would take 127.0.0.1 for the outer address
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    try:
        return import_module("ray")
    except ImportError:
        raise ValueError("Ray is not here: `make ray` installs it, or `pip install guinda[ray]`.") from None


@contextmanager
def _ray(hands: int, size_bytes: int) -> Iterator[None]:
    """Ray of this machine alone: it answers on the loopback address, holds the clients and little more, and ends with the work."""
    ray = _imported()
    if ray.is_initialized():
        yield
        return
    ray.init(
        num_cpus=hands,
        include_dashboard=False,
        _node_ip_address=LOOPBACK,
        object_store_memory=STORE_LEAST_BYTES + size_bytes * 5 // 4,
        log_to_driver=False,
        logging_level=logging.ERROR,
    )
    try:
        if ray.util.get_node_ip_address() != LOOPBACK:
            raise ValueError(
                "Ray would answer other machines: start it yourself (ray.init) if it should, or import it later."
            )
        yield
    finally:
        ray.shutdown()
