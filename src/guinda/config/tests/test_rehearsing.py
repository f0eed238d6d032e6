"""`guinda rehearse` prints a play as it would have gone, by its name or from a file, and says in a sentence what it can't find."""

from __future__ import annotations

import pytest

from guinda.base import clock
from guinda.config import rehearsing
from guinda.config.cli import Mistake, parser
from guinda.journal.services import record
from guinda.plays import services
from guinda.plays.models import Run
from guinda.plays.tests.cast import DAY, HOUR, NODDED, NOW, WAVED, city, message, people, written


@pytest.fixture(autouse=True)
def _here(db, monkeypatch):
    monkeypatch.setattr(rehearsing, "set_up", lambda: None)
    monkeypatch.setattr(clock, "now", lambda: NOW + 20 * DAY)
    city()


def rehearsed(*words: str) -> None:
    assert rehearsing.run(parser().parse_args(["rehearse", *words])) == 0


def test_a_play_is_rehearsed_by_name_and_from_a_file(capsys, tmp_path):
    shy, known = people(1, agreed=False), people(3, since=1)
    for each in [*shy, *known]:
        record(kind=WAVED, ref=f"client:{each.pk}", by="x", at=NOW + HOUR)
    record(kind=NODDED, ref=f"client:{known[0].pk}", by="x", at=NOW + 2 * DAY)
    text = written(message("say", 'sent = "end"', more='after = "1 day"'))
    services.save(text=text, by="x", now=NOW)
    rehearsed("wave", "--days", "21")
    said = capsys.readouterr().out
    assert "4 would have come in, 0 of them left alone" in said
    assert "3 would have been contacted; of 3 whose time is over 1 came back anyway." in said
    assert "held back by no_consent" in said
    assert "held back: no_consent" in said
    assert not Run.objects.exists()
    file = tmp_path / "wave.toml"
    file.write_text(text)
    rehearsed(str(file), "--days", "21")
    assert capsys.readouterr().out == said


@pytest.mark.parametrize(
    ("named", "said"), [("nobody", "There is no play nobody"), ("none.toml", "There is no file none.toml")]
)
def test_what_is_not_there_is_said_in_a_sentence(named, said):
    with pytest.raises(Mistake, match=said):
        rehearsed(named)


def test_a_faulty_file_is_said_in_a_sentence(tmp_path):
    file = tmp_path / "x.toml"
    file.write_text("slug = 3")
    with pytest.raises(Mistake, match="small Latin letters"):
        rehearsed(str(file))
