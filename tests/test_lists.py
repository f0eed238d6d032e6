"""The requirement lists, and the tool that watches over them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import lists

ROOT = Path(__file__).resolve().parent.parent
HASHED = "granian==2.3.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"


def test_the_lists_are_fresh() -> None:
    assert list(lists.of_project(ROOT)) == []


def test_a_hashed_pin_is_accepted() -> None:
    assert list(lists.in_one_list("x.txt", "# a note\n" + HASHED)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("granian==2.3.1\n", "has no hash"),
        ("granian>=2.3 --hash=sha256:aa\n", "not pinned"),
        ("--index" + "-url https" + "://index.example/sim" + "ple\n" + HASHED, "address"),
        ("granian @ https" + "://files.example/granian.whl --hash=sha256:aa\n", "address"),
        ("-e .\n", "address"),
    ],
)
def test_a_bad_entry_is_named(text: str, said: str) -> None:
    complaints = list(lists.in_one_list("x.txt", text))
    assert len(complaints) == 1
    assert said in complaints[0]
    assert "make lock" in complaints[0]


def test_a_missing_package_and_a_forbidden_version_are_named() -> None:
    pins = lists.pinned(HASHED)
    assert list(lists.missing("run.txt", ["Granian>=2"], pins)) == []
    assert "asks for httpx" in next(lists.missing("run.txt", ["httpx>=0.28"], pins))
    assert "granian 2.3.1 is not" in next(lists.missing("run.txt", ["granian>=3"], pins))


def test_run_and_dev_must_agree() -> None:
    assert list(lists.disagreements({"a": "1"}, {"a": "1", "b": "2"})) == []
    assert "1 in run.txt and 2 in dev.txt" in next(lists.disagreements({"a": "1"}, {"a": "2"}))
    assert "absent in dev.txt" in next(lists.disagreements({"a": "1"}, {}))
