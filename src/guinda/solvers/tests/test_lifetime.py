"""The lifetime models give the published parameters, their gradients are true, and they find what made-up clients were made with."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import check_grad

from guinda.solvers.lifetime import (
    Purchases,
    bgnbd,
    buying,
    gammagamma,
    pareto,
    paretonbd,
    spending,
    staying,
)

FILE = (
    Path(os.environ.get("GUINDA_DATA") or Path(__file__).parents[4] / "../shared/data")
    / "clients"
    / "CDNOW_sample.txt"
)


def cohort():
    """CDNOW's sample: 39 weeks watched and the purchases of the 39 after them; a day's purchases are one."""
    if not FILE.exists():
        pytest.skip(f"No collected purchases at {FILE}: set GUINDA_DATA to try the models on them.")
    first, cut = np.datetime64("1997-01-01"), 272
    bought = {}
    for line in FILE.read_text().splitlines():
        _, client, day, _, amount = line.split()
        on = int((np.datetime64(f"{day[:4]}-{day[4:6]}-{day[6:]}") - first).astype(int))
        bought.setdefault(client, {}).setdefault(on, 0.0)
        bought[client][on] += float(amount) * 100
    rows = [sorted(days) for days in bought.values()]
    seen = [[day for day in days if day <= cut] for days in rows]
    of = Purchases(
        np.array([len(days) - 1 for days in seen]),
        np.array([(days[-1] - days[0]) / 7 for days in seen]),
        np.array([(cut - days[0]) / 7 for days in seen]),
    )
    later = np.array([len(days) - len(before) for days, before in zip(rows, seen, strict=True)])
    spend = np.array(
        [np.mean([b[d] for d in s[1:]] or [0]) for b, s in zip(bought.values(), seen, strict=True)]
    )
    return of, later, spend


def test_a_client_of_hundreds_of_purchases_overflows_nothing():
    often = Purchases(np.array([1, 400, 900]), np.array([20.0, 30.0, 38.0]), np.array([38.0, 38.0, 39.0]))
    for parameters in ((0.55, 10.6, 0.61, 11.7), (0.5, 1.0, 0.2, 300.0), (0.5, 300.0, 0.2, 1.0)):
        here, gone = paretonbd._parts(np.array(parameters), often)
        assert np.isfinite(here).all()
        assert not np.isnan(gone).any()
    height, slopes = bgnbd._buying_height(np.log([0.2, 4.0, 0.8, 2.4]), often, 1.0, 1.0, False)
    assert np.isfinite(height)
    assert np.isfinite(slopes).all()


def test_the_published_parameters_and_holdout():
    of, later, spend = cohort()
    plain, other = buying(of, modified=False), pareto(of)

    assert [plain.r, plain.alpha, plain.a, plain.b] == pytest.approx([0.243, 4.414, 0.793, 2.426], rel=0.01)
    assert plain.log_likelihood == pytest.approx(-9582.4, abs=0.1)
    assert [other.r, other.alpha, other.s, other.beta] == pytest.approx(
        [0.553, 10.578, 0.606, 11.669], rel=0.01
    )
    assert other.log_likelihood == pytest.approx(-9595.0, abs=0.1)
    again = of.repeats > 0
    money = spending(of.repeats[again], spend[again])
    assert [money.p, money.q, money.gamma] == pytest.approx([6.25, 3.74, 1_544], rel=0.01)
    foretold, better = plain.expected(of, 39), other.expected(of, 39)
    assert foretold.sum() / later.sum() - 1 == pytest.approx(-0.1215, abs=0.001)
    assert abs(better.sum() - later.sum()) < abs(foretold.sum() - later.sum())
    assert abs(better - later).mean() < abs(foretold - later).mean()


def made(clients=4_000, seed=5):
    """Clients who buy at gamma rates and leave after a purchase by a beta chance, watched for 40 to 52 weeks."""
    rng = np.random.default_rng(seed)
    rate, leave = rng.gamma(0.6, 1 / 6.0, clients), rng.beta(0.9, 2.5, clients)
    watched = rng.uniform(40, 52, clients)
    repeats, last = np.zeros(clients, dtype=np.int64), np.zeros(clients)
    for client in range(clients):
        at = rng.exponential(1 / max(rate[client], 1e-12))
        while at < watched[client]:
            repeats[client] += 1
            last[client] = at
            if rng.random() < leave[client]:
                break
            at += rng.exponential(1 / rate[client])
    return Purchases(repeats, last, watched)


def test_what_clients_were_made_with_is_found_again():
    found = buying(made(), modified=False)
    assert found.r / found.alpha == pytest.approx(0.1, rel=0.12)
    assert found.a / (found.a + found.b) == pytest.approx(0.9 / 3.4, rel=0.25)
    alive = found.alive(made())
    assert ((alive > 0) & (alive <= 1)).all()


@pytest.mark.parametrize("modified", [False, True])
def test_the_gradients_are_true(modified):
    of, logs = made(clients=300), np.array([-0.8, 0.2, -0.3, 0.6])
    height = lambda at: bgnbd._buying_height(at, of, 10.0, 1 / 300, modified)  # noqa: E731
    assert check_grad(lambda at: height(at)[0], lambda at: height(at)[1], logs) < 1e-6
    count, mean = np.arange(1, 40), np.linspace(0.2, 3, 39)
    spend = lambda at: gammagamma._spending_height(at, count, mean)  # noqa: E731
    assert check_grad(lambda at: spend(at)[0], lambda at: spend(at)[1], np.array([1.0, 0.5, 0.2])) < 1e-5


def test_staying_gives_the_published_parameters():
    """Fader and Hardie 2007, the high-end clients, seven years."""
    found = staying(np.array([131, 126, 90, 60, 42, 34, 26]), np.array([0, 0, 0, 0, 0, 0, 491]))
    assert [found.a, found.b] == pytest.approx([0.668, 3.806], rel=0.01)
    assert found.survival(7)[-1] == pytest.approx(0.491, abs=0.02)
    assert found.expected(5, 3) > found.expected(0, 3)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (([1], [2.0], [1.0]), "no purchase is later"),
        (([0], [2.0], [3.0]), "exactly where there was no repeat"),
        (([1, 2], [1.0], [3.0]), "a count, a time"),
    ],
)
def test_purchases_that_cannot_be_are_refused(facts, says):
    with pytest.raises(ValueError, match=says):
        Purchases(*(np.array(each) for each in facts))
    with pytest.raises(ValueError, match="at least 10"):
        buying(Purchases(np.array([1]), np.array([1.0]), np.array([2.0])))
