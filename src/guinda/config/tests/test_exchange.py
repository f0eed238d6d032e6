"""Tables from the command line."""

from __future__ import annotations

from argparse import Namespace

import pytest

from guinda.clients.models import Client
from guinda.config import cli, exchange
from guinda.journal.models import Event
from tests.world import build

CONTENT = "phone,name\n+79161234567,Anna\n+79161234568,Vera\n"


@pytest.fixture(autouse=True)
def shop(db, monkeypatch):
    monkeypatch.setattr(exchange, "set_up", lambda: None)
    build(shelf_g=0)


def bring_in(file, table="clients", *, apply=False, encoding=""):
    return exchange.bring_in(Namespace(table=table, file=file, apply=apply, encoding=encoding))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "clients.csv"
    path.write_text(CONTENT)
    return path


def test_a_look_writes_nothing_and_says_how_to(file, capsys):
    assert bring_in(file) == 0
    said = capsys.readouterr().out
    assert "+ row 2  +79161234567  name: Anna" in said
    assert "clients.csv: 2 new, 0 changed, 0 as they are." in said
    assert "--apply" in said
    assert not Client.objects.exists()


def test_applied_it_is_written_by_whom(file, capsys):
    assert bring_in(file, apply=True) == 0
    assert "Written." in capsys.readouterr().out
    assert Client.objects.count() == 2
    assert Event.objects.get(kind="table.imported").by.startswith("command:")
    file.write_text(CONTENT.replace("Anna", "Ann"))
    assert bring_in(file) == 0
    assert "~ row 2  +79161234567  name: Anna -> Ann" in capsys.readouterr().out


def test_problems_end_with_one_and_name_file_row_and_column(file, capsys):
    file.write_text(CONTENT + "x,\n" * 150)
    assert bring_in(file, apply=True) == 1
    said = capsys.readouterr().out
    assert "clients.csv: Row 4, column phone: found “x”, expected a telephone number" in said
    assert "... and 50 more problems." in said
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    ("table", "name", "encoding", "said"),
    [
        ("wishes", "clients.csv", "", "There is no table wishes"),
        ("clients", "gone.csv", "", "There is no file"),
        ("clients", "clients.csv", "ebcdic", "Choose one of"),
        ("lots", "clients.csv", "", "row 1 must hold"),
    ],
)
def test_a_mistake_is_a_sentence(file, table, name, encoding, said):
    with pytest.raises(cli.Mistake, match=said):
        bring_in(file.with_name(name), table, encoding=encoding)


def test_an_export_is_whole_and_comes_back_the_same(file, tmp_path, capsysbinary):
    bring_in(file, apply=True)
    out = tmp_path / "out.csv"
    exchange.send_out(Namespace(table="clients", file=out))
    assert "2 rows of clients are in" in capsysbinary.readouterr().out.decode()
    assert bring_in(out) == 0
    assert b"0 new, 0 changed, 2 as they are" in capsysbinary.readouterr().out
    exchange.send_out(Namespace(table="clients", file=None))
    assert capsysbinary.readouterr().out == out.read_bytes()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["clients.csv", "out.csv"]
    with pytest.raises(cli.Mistake, match="no table"):
        exchange.send_out(Namespace(table="wishes", file=out))


def test_an_export_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    from guinda.tables import services

    out = tmp_path / "out.csv"
    out.write_text("old")

    def fails(*, into, **_facts):
        into.write(b"half")
        raise OSError("no room")

    monkeypatch.setattr(services, "export", fails)
    with pytest.raises(OSError, match="no room"):
        exchange.send_out(Namespace(table="clients", file=out))
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]
