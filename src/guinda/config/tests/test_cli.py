"""What is typed is understood or refused in one sentence."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from argparse import Namespace

import pytest
from django.db import ProgrammingError
from psycopg.errors import UndefinedTable

from guinda.config import cli, serving
from guinda.places.models import City, Station

COMMANDS = ["demo", "serve", "web", "worker", "audit", "enrol", "import-city", "suggest-stores", "manage"]


def test_help_names_each_command_and_needs_no_django():
    asked = "import sys, guinda.config.cli as c\ntry: c.main(['--help'])\nexcept SystemExit: print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False")
    assert all(re.search(rf"^    {name}\s", done.stdout, re.MULTILINE) for name in COMMANDS)


def test_a_database_without_tables_is_told_in_a_sentence(monkeypatch, capsys):
    def asks(_chosen):
        raise ProgrammingError from UndefinedTable()

    def is_broken(_chosen):
        raise ProgrammingError

    monkeypatch.setattr(serving, "worker", asks)
    with pytest.raises(SystemExit) as ended:
        cli.main(["worker"])
    assert ended.value.code == 2
    assert "guinda manage migrate" in capsys.readouterr().err
    monkeypatch.setattr(serving, "worker", is_broken)
    with pytest.raises(ProgrammingError):
        cli.main(["worker"])


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    assert len(capsys.readouterr().out) > 150


@pytest.mark.parametrize(
    "line",
    [
        [],
        ["fly"],
        ["web", "--port", "0"],
        ["web", "--port", "70000"],
        ["web", "--port", "x"],
        ["serve", "--workers", "0"],
        ["demo", "--speed", "0.5"],
        ["demo", "--speed", "61"],
        ["demo", "--speed", "fast"],
        ["enrol", "kurskaya"],
        ["import-city"],
        ["suggest-stores"],
        ["suggest-stores", "0"],
        ["suggest-stores", "201"],
        ["suggest-stores", "3", "--mode", "boat"],
        ["suggest-stores", "3", "--seconds", "0"],
        ["import-city", "x.zip", "--bounds=1,2,0,3"],
        ["import-city", "x.zip", "--bounds=a"],
        ["import-city", "x.zip", "--country", "br"],
        ["import-city", "x.zip", "--currency", "real"],
    ],
)
def test_nonsense_is_refused(line, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(line)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_defaults():
    chosen = cli.parser().parse_args(["demo"])
    assert (chosen.speed, chosen.port, chosen.seed, chosen.empty, chosen.hours) == (
        10.0,
        8000,
        7,
        False,
        None,
    )
    assert cli.parser().parse_args(["web"]).workers in {1, 2}


def test_a_mistake_is_one_sentence(monkeypatch, capsys):
    def refuse(_chosen: Namespace) -> None:
        raise cli.Mistake("Do this instead.")

    monkeypatch.setattr(cli, "manage", refuse)
    with pytest.raises(SystemExit) as ended:
        cli.main(["manage"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "guinda: Do this instead.\n"


def test_a_taken_port_is_refused():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(cli.Mistake, match=f"Port {port} .*--port"):
            serving.refuse_taken("127.0.0.1", port)
    serving.refuse_taken("127.0.0.1", port)


@pytest.mark.parametrize(("host", "url"), [("::", "http://[::1]:81"), ("shop", "http://shop:81")])
def test_links_begin_with_where_it_listens(monkeypatch, host, url):
    monkeypatch.delenv("GUINDA_SITE_URL", raising=False)
    serving.name_site(host, 81)
    assert serving.os.environ["GUINDA_SITE_URL"] == url
    monkeypatch.setenv("GUINDA_SITE_URL", "https://shop.example")
    serving.name_site(host, 81)
    assert serving.os.environ["GUINDA_SITE_URL"] == "https://shop.example"


@pytest.mark.django_db
def test_enrolling_a_panel(client, capsys, monkeypatch):
    from guinda.config import enrolment

    monkeypatch.setattr(enrolment, "set_up", lambda: None)
    with pytest.raises(cli.Mistake, match="no station 'nowhere'"):
        enrolment.run(Namespace(station="nowhere", label="hall"))
    city = City.objects.create(
        slug="moscow",
        name="М",
        name_latin="M",
        time_zone="Europe/Moscow",
        country="RU",
        currency="RUB",
        south=55,
        west=37,
        north=56,
        east=38,
    )
    station = Station.objects.create(city=city, slug="kurskaya", name="К", name_latin="K", lat=55.7, lon=37.6)
    enrolment.run(Namespace(station="kurskaya", label="east hall"))
    printed = capsys.readouterr().out.strip()
    assert station.panels.get().label == "east hall"
    assert client.get(printed[printed.index("/panels/") :]).status_code == 302


@pytest.mark.django_db
def test_audit_from_the_command_line(capsys, monkeypatch):
    from guinda.config import audit

    monkeypatch.setattr(audit, "set_up", lambda: None)
    assert audit.run(Namespace(only=None)) == 0
    assert "The books agree." in capsys.readouterr().out
    with pytest.raises(cli.Mistake, match=r"no check 'luck'.*stock.held"):
        audit.run(Namespace(only=["luck"]))
