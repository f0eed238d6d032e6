"""`guinda replay` says what it did, and what is wrong with what it was asked."""

from __future__ import annotations

import argparse
from datetime import date

import pytest

from guinda.config import replay
from guinda.config.cli import Mistake, parser
from guinda.delivery.replay import Outcome

AS_IT_WAS = Outcome(orders=10, delivered=9, kept=0.8, late_minutes=4, door_minutes=22, within_30=0.7)
CHANGED = Outcome(orders=10, delivered=10, kept=0.95, late_minutes=2, door_minutes=20, within_30=0.9)


def test_the_table_shows_the_difference():
    said = "\n".join(
        replay.table({"recorded": AS_IT_WAS, "replayed": AS_IT_WAS, "changed": CHANGED}, shifts=3)
    )
    kept = next(line for line in said.splitlines() if line.startswith("promise kept"))
    assert kept.split()[-4:] == ["80.0", "80.0", "95.0", "15.0"]
    assert "difference" not in "\n".join(replay.table({"recorded": AS_IT_WAS}, shifts=3))


def test_days_and_parameters_are_read_or_refused():
    assert replay.day("2026-07-01") == date(2026, 7, 1)
    assert replay.parameter("late=2") == ("late", 2.0)
    for read, text in ((replay.day, "yesterday"), (replay.parameter, "late"), (replay.parameter, "late=x")):
        with pytest.raises(argparse.ArgumentTypeError):
            read(text)


def test_a_day_without_orders_is_said_in_a_sentence(db, monkeypatch):
    monkeypatch.setattr(replay, "set_up", lambda: None)
    with pytest.raises(Mistake, match="no city"):
        replay.run(parser().parse_args(["replay", "2026-07-01"]))
