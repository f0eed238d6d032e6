"""`make check` goes on after a failure, tells it, and ends with the tests' own summary."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import check
from tools.check import Step

ROOT = Path(__file__).resolve().parent.parent


def python(source: str, name: str, *, live: bool = False) -> Step:
    return Step(name, [sys.executable, "-c", source], live=live)


def test_a_failure_shows_its_output_and_the_rest_still_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trial = [
        python("print('crooked'); raise SystemExit(3)", "walls are straight"),
        python("print('silence')", "the roof is tight"),
        python("print('....'); print('12 passed in 3.45s')", "the tests pass", live=True),
    ]
    monkeypatch.setattr(check, "steps", lambda **_options: trial)
    assert check.main([]) == 1
    said = capsys.readouterr().out
    assert "crooked" in said
    assert "silence" not in said
    assert "Not well yet: walls are straight." in said
    assert said.splitlines()[-1] == "12 passed in 3.45s"


def test_all_well_is_zero(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(check, "steps", lambda **_options: [python("", "the roof is tight")])
    assert check.main(["--fast"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("All is well.")


def test_a_step_has_no_development_settings_and_cannot_wait_for_a_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GUINDA_DEBUG", "1")
    seen = "import os, sys; assert 'GUINDA_DEBUG' not in os.environ; assert sys.stdin.read() == ''"
    monkeypatch.setattr(check, "steps", lambda **_options: [python(seen, "a quiet room")])
    assert check.main(["--fast"]) == 0


def test_fast_leaves_the_tests_out_and_a_browser_can_be_required() -> None:
    fast = check.steps(fast=True, require_browser=True)
    full = check.steps(fast=False, require_browser=True)
    assert [step.name for step in full[:-1]] == [step.name for step in fast]
    assert "pytest" in full[-1].command
    assert full[-1].environment == {"GUINDA_REQUIRE_BROWSER": "1"}
    assert check.steps(fast=False, require_browser=False)[-1].environment == {}


def test_ci_runs_the_same_command() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "make check ARGS=--require-browser" in script
    assert "set -euo pipefail" in script
