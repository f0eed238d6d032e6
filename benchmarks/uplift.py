"""What a mail adds with each client: learners beside a model of the response and chance, on a real trial over the same splits.

    python benchmarks/uplift.py [--splits 10] [--first 0]

Women's mail against none, visit, splits of 70/30 (hillstrom.csv in GUINDA_DATA). Qini as scikit-uplift defines it, the uplift of the first
10, 20 and 30 % by score, and what treating the better half is worth in visits by inverse propensity and doubly robust: means and
standard deviations over the splits. `--first` takes other splits: the choice of a learner by the first ten is tried on ten it has not seen.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import lightgbm
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from guinda.solvers.uplift import Trial, expected, learn, policy_value, qini, uplift_at  # noqa: E402
from guinda.solvers.uplift.learners import BOOSTED  # noqa: E402
from plans.clients import trial  # noqa: E402 - the path is set above

KINDS = [(learner, base) for base in ("linear", "boosted") for learner in ("S", "T", "X", "DR")]


def main() -> None:
    """The command."""
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    made = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    made.add_argument("--splits", type=int, default=10)
    made.add_argument("--first", type=int, default=0)
    options = made.parse_args()
    features, treated, outcome = trial()
    whole = Trial(features, treated, outcome, np.full(len(outcome), treated.mean()))
    seeds = range(options.first, options.first + options.splits)
    rows = [_split(whole, seed) for seed in seeds]
    print(
        f"{'learner':<16}{'Qini':>8}{'sd':>8}{'at 10 %':>9}{'at 20 %':>9}{'at 30 %':>9}{'IPS':>9}{'DR':>9}  ({len(rows)} splits)"
    )
    for name in rows[0]:
        means = np.mean([row[name] for row in rows], axis=0)
        deviation = np.std([row[name][0] for row in rows])
        print(
            f"{name:<16}{means[0]:>8.4f}{deviation:>8.4f}" + "".join(f"{each:>9.4f}" for each in means[1:]),
            flush=True,
        )


def _split(whole: Trial, seed: int) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(whole.outcome))
    cut = int(0.7 * len(order))
    known, other = whole.part(order[:cut]), whole.part(order[cut:])
    told = expected(other, "linear", seed)
    scores = {
        f"{learner} {base}": learn(known, learner=learner, base=base, seed=seed).predict(other.features)
        for learner, base in KINDS
    }
    scores["response"] = _response(known, other, seed)
    scores["random"] = rng.random(len(other.outcome))
    return {name: _measured(other, score, told) for name, score in scores.items()}


def _response(known: Trial, other: Trial, seed: int) -> np.ndarray:
    """Who visits most, mailed or not."""
    model = lightgbm.LGBMClassifier(**BOOSTED, random_state=seed).fit(known.features, known.outcome)
    return model.predict_proba(other.features)[:, 1]


def _measured(other: Trial, score: np.ndarray, told: tuple[np.ndarray, np.ndarray]) -> list[float]:
    better = score >= np.median(score)
    facts = (better, other.outcome, other.treated, other.chance)
    at = [uplift_at(share, other.outcome, score, other.treated).value for share in (0.1, 0.2, 0.3)]
    values = [policy_value(*facts).value, policy_value(*facts, told).value]
    return [qini(other.outcome, score, other.treated), *at, *values]


if __name__ == "__main__":
    main()
