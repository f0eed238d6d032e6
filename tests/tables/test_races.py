"""Two imports at once, a change in between, and a process that is killed halfway."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from django.db import connection

from guinda.clients.models import Client
from guinda.journal.models import Event
from guinda.stock.models import Movement
from guinda.tables import judging, services
from guinda.tables.declare import TABLES
from guinda.tables.reading import Source
from tests.races import at_once
from tests.tables.files import CLIENTS, apply, export, look
from tests.world import NOW, build

pytestmark = pytest.mark.django_db(transaction=True)


def clients(count: int, name: str) -> str:
    return CLIENTS + "".join(f"+7916{number:07},{name},en\n" for number in range(count))


def importing(folder, name, content, **options):
    folder.mkdir(exist_ok=True)
    path = folder / "file.csv"
    path.write_text(content)
    table = TABLES[name]
    return lambda: services.apply(
        table=table, source=Source(path, "f", ""), by="test", now=NOW, **options
    ).verdict[:3]


def test_two_imports_at_once_leave_one_or_the_other_whole(tmp_path):
    build(shelf_g=0)
    jobs = [
        importing(tmp_path / name, "clients", clients(500, name)) for name in ("Anna", "Vera", "Ida", "Lena")
    ]
    told = at_once(jobs)
    assert sorted(told) == [(0, 500, 0)] * 3 + [(500, 0, 0)]
    assert Client.objects.count() == 500
    assert Client.objects.values("name").distinct().count() == 1
    assert Event.objects.filter(kind="table.imported").count() == 4


def test_of_two_who_saw_the_same_one_is_told_to_look_again(tmp_path):
    build(shelf_g=0)
    apply(tmp_path, "clients", clients(50, "Anna"))
    contents = {name: clients(50, name) for name in ("Vera", "Ida")}
    jobs = [
        importing(tmp_path / name, "clients", content, expects=look(tmp_path, "clients", content).token)
        for name, content in contents.items()
    ]
    told = at_once(jobs)
    assert told.count("changed_meanwhile") == 1
    assert told.count((0, 50, 0)) == 1
    assert Client.objects.values("name").distinct().count() == 1


def test_a_receipt_sent_by_four_at_once_moves_once(tmp_path):
    world = build(shelf_g=0)
    world.add_lot("kordia", weight_g=1)
    Movement.objects.all().delete()
    content = "city,store,lot,weight_kg\nmoscow,pokrovka,L00001,10\n"
    told = at_once([importing(tmp_path / str(number), "receipts", content) for number in range(4)])
    assert sorted(told) == [(0, 0, 1)] * 3 + [(1, 0, 0)]
    assert Movement.objects.count() == 1


def between(monkeypatch, change):
    """Have `change` happen after the file was judged, in another transaction, just before it is written."""
    judge, done = judging.judge, []

    def judged(table, given):
        found = judge(table, given)
        if not done:
            done.append(True)
            at_once([change])
        return found

    monkeypatch.setattr(judging, "judge", judged)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Client.objects.filter(phone="+79160000001").update(name="Changed by somebody else"),
        lambda: Client.objects.create(phone="+79160000007", since_at=NOW),
        lambda: Client.objects.filter(phone="+79160000001").delete(),
    ],
    ids=["changed", "added", "gone"],
)
def test_what_happens_between_looking_and_writing_is_not_written_over(tmp_path, monkeypatch, change):
    build(shelf_g=0)
    apply(tmp_path, "clients", clients(5, "Anna"))
    job = importing(tmp_path, "clients", clients(10, "Vera"))
    between(monkeypatch, change)
    assert at_once([job]) == ["changed_meanwhile"]
    assert not Client.objects.filter(name="Vera").exists()


def test_orders_do_not_wait_for_an_import(tmp_path, monkeypatch):
    """While rows are held, an address of one of those clients can be added, which is what an order does."""
    from guinda.clients.services import remember_address

    build(shelf_g=0)
    apply(tmp_path, "clients", clients(5, "Anna"))
    known = Client.objects.get(phone="+79160000001")
    write, seen = services._change, []

    def ordering():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        remember_address(
            client_id=known.pk, lat=55.7, lon=37.6, street="Pokrovka 1", flat="", note="", now=NOW
        )
        return "ordered"

    def writing(*given):
        done = write(*given)
        seen.extend(at_once([ordering]))
        return done

    monkeypatch.setattr(services, "_change", writing)
    apply(tmp_path, "clients", clients(5, "Vera"))
    assert seen == ["ordered"]
    assert known.addresses.count() == 1


KILLED = """
import os, sys, time, pathlib, django
django.setup()
from guinda.base import clock
from guinda.tables import services
from guinda.tables.declare import TABLES
from guinda.tables.reading import Source

written = services.record

def halted(**facts):
    print("written, not committed", flush=True)
    time.sleep(60)
    written(**facts)

services.record = halted
path = pathlib.Path(sys.argv[1])
services.apply(table=TABLES["clients"], source=Source(path, path.name), by="test", now=clock.now())
"""


def test_killed_halfway_nothing_was_changed(tmp_path):
    build(shelf_g=0)
    apply(tmp_path, "clients", clients(10, "Anna"))
    before = export("clients")
    path = tmp_path / "new.csv"
    path.write_text(clients(2_000, "Vera"))
    facts = connection.settings_dict
    url = f"postgresql:///{facts['NAME']}?host={facts['OPTIONS'].get('host') or facts['HOST']}&user={facts['USER']}"
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "guinda.config.settings"}
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "written, not committed\n"
        process.send_signal(signal.SIGKILL)
    until_s = time.monotonic() + 20
    while export("clients") != before or waiting_imports():
        assert time.monotonic() < until_s
        time.sleep(0.1)
    assert apply(tmp_path, "clients", path.read_text()).verdict[:3] == (1_990, 10, 0)


def waiting_imports() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE locktype = 'advisory' AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]
