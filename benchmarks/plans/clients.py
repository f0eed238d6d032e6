"""The collected data on clients, as arrays: an e-mail trial, a telephone operator's clients, one cohort's purchases."""

from __future__ import annotations

import csv
import os
import sys
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FOLDER = (
    Path(os.environ.get("GUINDA_DATA") or Path(__file__).parents[2] / ".." / "shared" / "data") / "clients"
)


def _table(name: str) -> list[dict[str, str]]:
    if not (FOLDER / name).exists():
        sys.exit(f"There is no {name} here: name the folder that holds clients/ in GUINDA_DATA.")
    with (FOLDER / name).open(newline="") as file:
        return list(csv.DictReader(file))


def _flags(rows: list[dict[str, str]], column: str, *, all_of_them: bool) -> list[NDArray[np.bool_]]:
    """A column of flags for each of a column's values, the first left out where it says nothing."""
    values = np.array([row[column] for row in rows])
    names = sorted(set(values))
    return [values == name for name in (names if all_of_them or len(names) > 2 else names[1:])]


def trial() -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Women's mail against none: features, who got it, who visited."""
    rows = [each for each in _table("hillstrom.csv") if each["segment"] in {"Womens E-Mail", "No E-Mail"}]
    recency, history, mens, womens, newbie = (
        np.array([float(row[name]) for row in rows])
        for name in ("recency", "history", "mens", "womens", "newbie")
    )
    spent = np.log1p(history)
    plain = [recency, history, mens, womens, newbie]
    plain += [flag for column in ("zip_code", "channel") for flag in _flags(rows, column, all_of_them=True)]
    both = [spent, mens * womens, womens * newbie, womens * spent, womens * recency]
    treated = np.array([row["segment"] == "Womens E-Mail" for row in rows])
    return (
        np.column_stack(plain + both).astype(np.float64),
        treated,
        np.array([float(row["visit"]) for row in rows]),
    )


def leavers() -> tuple[Floats, NDArray[np.bool_], list[str]]:
    """A telephone operator's clients: features, who left, and the features' names."""
    rows = _table("ibm_telco_churn.csv")
    stay, monthly, total = (
        np.array([float(row[name].strip() or 0) for row in rows])
        for name in ("tenure", "MonthlyCharges", "TotalCharges")
    )
    made = {
        "tenure": stay, "monthly": monthly, "total": total, "log tenure": np.log1p(stay), "root tenure": np.sqrt(stay),
        "log total": np.log1p(total), "charges changed": total / np.maximum(stay, 1) - monthly,
        "senior": np.array([float(row["SeniorCitizen"]) for row in rows]), "newcomer pays": monthly * (stay <= 6),
    }  # fmt: skip
    made |= {f"first {months}": stay <= months for months in (1, 3, 6, 12)}
    by_month = np.array([row["Contract"] == "Month-to-month" for row in rows])
    fibre = np.array([row["InternetService"] == "Fiber optic" for row in rows])
    check = np.array([row["PaymentMethod"] == "Electronic check" for row in rows])
    made |= {
        "by month, tenure": by_month * np.log1p(stay), "by month, fibre": by_month & fibre, "fibre, tenure": fibre * np.log1p(stay),
        "by month, check": by_month & check, "fibre pays": fibre * monthly, "by month pays": by_month * monthly,
    }  # fmt: skip
    known = {"customerID", "Churn", "tenure", "MonthlyCharges", "TotalCharges", "SeniorCitizen"}
    for column in (each for each in rows[0] if each not in known):
        made |= {f"{column} {at}": flag for at, flag in enumerate(_flags(rows, column, all_of_them=False))}
    left = np.array([row["Churn"] == "Yes" for row in rows])
    return np.column_stack(list(made.values())).astype(np.float64), left, list(made)


def cohort(watched_to: date) -> dict[str, Floats]:
    """One cohort until a day, in weeks, a day's purchases as one: repeats, last, watched, how many later, mean spend in minor units."""
    lines = (FOLDER / "CDNOW_sample.txt").read_text().splitlines()
    bought: dict[str, dict[int, float]] = {}
    first = date(1997, 1, 1)
    for _, client, day, _, amount in (line.split() for line in lines):
        on = (date(int(day[:4]), int(day[4:6]), int(day[6:])) - first).days
        days = bought.setdefault(client, {})
        days[on] = days.get(on, 0.0) + float(amount)
    cut, told = (watched_to - first).days, []
    for days in bought.values():
        seen = sorted(day for day in days if day <= cut)
        again = [days[day] * 100 for day in seen[1:]]
        told.append(
            (
                len(again),
                (seen[-1] - seen[0]) / 7,
                (cut - seen[0]) / 7,
                len(days) - len(seen),
                np.mean(again) if again else 0.0,
            )
        )
    names = ("repeats", "last", "watched", "later", "spend")
    return {name: np.array(column) for name, column in zip(names, zip(*told, strict=True), strict=True)}
