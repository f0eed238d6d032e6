"""The city's time goes on where it stopped, and never backwards."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from guinda.base.clock import Clock
from guinda.config import cityclock

START = datetime(2026, 6, 24, 6, 0, tzinfo=UTC)


def test_a_new_city_begins_in_the_morning(tmp_path):
    assert cityclock.resume(tmp_path, start=START, latest=None) == START


def test_after_a_stop_it_goes_on_from_the_last_instant(tmp_path):
    clock = Clock(START, 1000.0, 10.0)
    cityclock.keep(tmp_path, clock, unix_s=1060.0, running=False)
    assert cityclock.resume(tmp_path, start=START + timedelta(days=3), latest=START) == START + timedelta(
        minutes=10
    )


@pytest.mark.parametrize("lived_on_s", [0.0, cityclock.SAVE_EVERY_S, 2 * cityclock.SAVE_EVERY_S])
def test_after_a_crash_it_is_later_than_anybody_saw(tmp_path, lived_on_s):
    clock = Clock(START, 1000.0, 60.0)
    cityclock.keep(tmp_path, clock, unix_s=1060.0, running=True)
    assert cityclock.resume(tmp_path, start=START, latest=None) > clock.at(1060.0 + lived_on_s)


def test_what_happened_last_counts_too(tmp_path):
    cityclock.keep(tmp_path, Clock(START, 0.0, 1.0), unix_s=0.0, running=True)
    late = START + timedelta(hours=5)
    assert cityclock.resume(tmp_path, start=START, latest=late) == late


def test_commands_in_its_folder_live_in_its_time(tmp_path, monkeypatch):
    monkeypatch.delenv("GUINDA_CLOCK", raising=False)
    cityclock.adopt(tmp_path)
    assert "GUINDA_CLOCK" not in os.environ
    clock = Clock(START, 1000.0, 10.0)
    cityclock.keep(tmp_path, clock, unix_s=1060.0, running=True)
    monkeypatch.setenv("GUINDA_CLOCK", "")
    cityclock.adopt(tmp_path)
    assert os.environ["GUINDA_CLOCK"] == clock.text()
    cityclock.keep(tmp_path, clock, unix_s=1060.0, running=False)
    monkeypatch.setenv("GUINDA_CLOCK", "")
    cityclock.adopt(tmp_path)
    assert Clock.parse(os.environ["GUINDA_CLOCK"]).anchor == START + timedelta(minutes=10)
