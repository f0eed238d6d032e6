"""Who leaves: the house's model beside its two parts, on real clients, over the same folds, five folds twice.

    python benchmarks/churn.py [--repeats 2]

The telephone operator's clients (ibm_telco_churn.csv in GUINDA_DATA). AUC: mean and standard deviation
over the folds. Calibration error: over tenths of all clients by chance, each told by a model that did not see the client; beside it what
true chances would show with so many clients. Nothing is resampled; the same with shuffled outcomes must come out at one half, and
columns that alone foretell too well are named.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from sklearn.model_selection import RepeatedStratifiedKFold  # noqa: E402

from guinda.solvers.churn import auc, calibration_error, fit, telling  # noqa: E402
from plans.clients import leavers  # noqa: E402 - the path is set above

FOLDS = 5


def main() -> None:
    """The command."""
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    made = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    made.add_argument("--repeats", type=int, default=2)
    options = made.parse_args()
    features, left, names = leavers()
    print(f"{len(left):,} clients, {left.sum():,} left, {len(names)} features")
    print("columns that alone foretell too well:", [names[at] for at in telling(features, left)] or "none")
    _told(features, left, options.repeats, "")
    shuffled = np.random.default_rng(1).permutation(left)
    _told(features, shuffled, 1, ", outcomes shuffled")


def _told(features: np.ndarray, left: np.ndarray, repeats: int, what: str) -> None:
    areas: dict[str, list[float]] = {}
    chances: dict[str, np.ndarray] = {}
    folds = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=repeats, random_state=0)
    for at, (rows, out) in enumerate(folds.split(features, left)):
        model = fit(features[rows], left[rows], seed=0)
        found = {"both, calibrated": model.chance(features[out])}
        found |= {name: getattr(model, name)(features[out]) for name in ("linear", "boosted")}
        for name, chance in found.items():
            areas.setdefault(name, []).append(auc(left[out], chance))
            chances.setdefault(name, np.zeros((repeats, len(left))))[at // FOLDS, out] = chance
    rng = np.random.default_rng(0)
    for name, each in areas.items():
        errors = [calibration_error(left, chance) for chance in chances[name]]
        least = np.mean(
            [calibration_error(rng.random(len(left)) < chances[name][0], chances[name][0]) for _ in range(20)]
        )
        print(
            f"{name + what:<40} AUC {np.mean(each):.4f} (sd {np.std(each):.4f})   calibration error of all out-of-fold "
            f"chances {np.mean(errors):.4f} (true chances would show {least:.4f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
