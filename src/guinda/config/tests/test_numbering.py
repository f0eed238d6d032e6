"""`guinda import-numbers`."""

from __future__ import annotations

from pathlib import Path

import pytest

import guinda.offers
from guinda.config import cli, numbering
from guinda.config.cli import Mistake
from guinda.offers.models import Number

A1 = str(Path(guinda.offers.__file__).parent / "operators" / "a1.toml")


def typed(*words: str) -> None:
    numbering.run(cli.parser().parse_args(["import-numbers", *words]))


@pytest.mark.django_db
def test_ranges_are_brought_in_and_said(capsys):
    typed(A1, "7770000-7770099", "0000000-0000009")
    assert Number.objects.count() == 110
    assert "7770000-7770099: 100 numbers are in and free." in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((A1, "777"), "no range"),
        ((A1, "7770000-7770099", "7770050-7770060"), "here already"),
        ((A1, "9-1"), "lower number"),
        (("absent.toml",), "can't be read"),
    ],
)
def test_a_mistake_is_one_sentence(words, said):
    with pytest.raises(Mistake, match=said):
        typed(*words)


@pytest.mark.django_db
def test_a_list_is_brought_in_whole_or_not_at_all(tmp_path, capsys):
    listed = tmp_path / "list.csv"
    listed.write_text("number,note\n+375 29 777-77-77,x\n7770001\n\n7770002\n7770001\n")
    typed(A1, "--list", str(listed))
    assert "list.csv: 3 numbers are in and free." in capsys.readouterr().out
    assert Number.objects.filter(pk=375297777777).exists()
    for text, said in (
        ("7770002\n7770003\n", "here already"),
        ("12\n", "line 1"),
        ("x\n", "no numbers"),
        ("7770009\n٣٣٣٣٣٣٣\n", "line 2"),
    ):
        listed.write_text(text)
        with pytest.raises(Mistake, match=said):
            typed(A1, "--list", str(listed))
    assert Number.objects.count() == 3
