"""Clients spread over hands, some of which are lost: the answer is the local one to the last bit."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import psutil
import pytest

from guinda.solvers.allocate import Limit, Problem, faults, solve
from guinda.solvers.allocate.held import Here
from guinda.solvers.allocate.passes import BLOCK
from guinda.solvers.allocate.spread import Actors, LostError, Spread, opened


def problem(clients=BLOCK * 4 + 99, each=1):
    rng = np.random.default_rng(8)
    values = rng.integers(1, 9_000, (clients, 6), dtype=np.int32)
    cost = rng.integers(50, 900, (1, clients, 6), dtype=np.int32)
    limits = [Limit("money", np.ones(6, dtype=np.int64), most=clients * 90, amount=0)]
    limits += [
        Limit(f"offer {each}", (np.arange(6) == each).astype(np.int64), most=clients // 9)
        for each in range(6)
    ]
    return Problem(values, limits, cost, rng.integers(0, 3, clients), each)


def same(one, other):
    return (one.choices == other.choices).all() and (one.bound, one.prices, one.passes) == (
        other.bound,
        other.prices,
        other.passes,
    )


class Forgetful:
    """An engine of this process whose hands are lost when they are asked for the so-manieth time."""

    def __init__(self, hands, lost_at):
        self.hands, self.lost_at, self.asked, self.hired = hands, lost_at, 0, 0

    def hold(self, part):
        self.parts = part.cut(self.hands)
        return Spread(self.parts, self.hire)

    def hire(self, number):
        self.hired += 1
        return Hand(self, Here(self.parts[number]))


class Hand:
    def __init__(self, engine, here):
        self.engine, self.here, self.gone = engine, here, False

    def ask(self, question, *facts):
        self.engine.asked += 1
        self.gone = self.gone or self.engine.asked in self.engine.lost_at

        def wait():
            if self.gone:
                raise LostError
            return getattr(self.here, question)(*facts)

        return wait


@pytest.mark.parametrize("each", [1, 2])
def test_hands_that_are_lost_change_nothing(each):
    given = problem(each=each)
    local = solve(given, seed=5)

    engine = Forgetful(3, lost_at={2, 3, 4, 20, 31, 32})
    assert same(local, solve(given, seed=5, engine=engine))
    assert engine.hired == 3 + 6
    assert faults(given, local.choices) == []


def test_a_part_that_is_always_lost_ends_the_work():
    with pytest.raises(LostError):
        solve(problem(), seed=5, engine=Forgetful(2, lost_at=range(1_000)))


def test_an_engine_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="it is threads or ray"):
        solve(problem(BLOCK), seed=1, engine="wind")
    if find_spec("ray") is None:
        with pytest.raises(ValueError, match="make ray"):
            solve(problem(BLOCK), seed=1, engine="ray")


def heard_at():
    """The addresses at which this process's children answer."""
    children = psutil.Process().children(recursive=True)
    heard = [one for each in children for one in each.net_connections() if one.status == psutil.CONN_LISTEN]
    assert heard
    return {one.laddr.ip for one in heard}


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not here: make ray")
@pytest.mark.filterwarnings("ignore")
def test_two_of_rays_actors_one_killed_halfway_answer_as_one_process_does():
    given = problem()
    local = solve(given, seed=5)

    class Killing(Actors):
        passes = 0

        def hold(self, part):
            held = super().hold(part)
            inner = held.sums

            def sums(*facts):
                self.passes += 1
                if self.passes == local.passes // 3:
                    self.ray.kill(self.hired[1])
                return inner(*facts)

            held.sums = sums
            return held

    with opened("ray", 2, 4_000_000):
        engine = Killing(2)
        assert same(local, solve(given, seed=5, engine=engine))
        assert len(engine.hired) == 3
        assert heard_at() <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}
    assert not engine.ray.is_initialized()
