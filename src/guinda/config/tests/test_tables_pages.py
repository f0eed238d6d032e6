"""Tables in the office: who may, what is shown, what is confirmed, and what the worker makes of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from guinda.base import clock
from guinda.clients.models import Client
from guinda.journal.models import Event
from guinda.tables import services, uploads
from guinda.tables.models import Part, Upload
from tests.races import at_once
from tests.world import build

pytestmark = pytest.mark.django_db
CONTENT = "phone,name,language\n+79161234567,Anna,ru\n+79161234568,<b>Vera</b>,es\n"
LIST, ADD = "/admin/tables/upload/", "/admin/tables/upload/add/"


@pytest.fixture
def shop():
    return build(shelf_g=0)


@pytest.fixture
def director(shop, worker):
    return worker("director")


def send(client, content=CONTENT, table="clients", **more) -> Upload:
    file = SimpleUploadedFile("clients.csv", content if isinstance(content, bytes) else content.encode())
    answer = client.post(ADD, {"table": table, "encoding": "", "file": file, **more})
    assert answer.status_code == 302, answer.content.decode()
    return Upload.objects.get(pk=answer["Location"].split("/")[-3])


def page(client, upload) -> str:
    answer = client.get(reverse("admin:tables_upload_change", args=[upload.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def confirm(client, upload, token=None):
    upload.refresh_from_db()
    return client.post(reverse("admin:tables_confirm", args=[upload.pk]), {"token": token or upload.token})


def work() -> int:
    return uploads.work_uploads(now=clock.now())


def test_a_file_is_sent_looked_at_confirmed_and_written(director):
    upload = send(director)
    assert "It will begin in a moment" in page(director, upload)
    assert work() == 1
    shown = page(director, upload)
    assert "Nothing is written yet" in shown
    assert "&lt;b&gt;Vera&lt;/b&gt;" in shown
    assert not Client.objects.exists()
    assert confirm(director, upload).status_code == 302
    assert confirm(director, upload).status_code == 302, "twice is once"
    assert work() == 1
    assert work() == 0
    assert Client.objects.count() == 2
    assert "Write it" not in page(director, upload)
    assert Event.objects.get(kind="table.imported").by == "staff:director"
    assert not Part.objects.exists()


def test_it_arrives_in_parts_in_any_order_and_more_than_once(director, monkeypatch):
    monkeypatch.setattr(uploads, "PART_BYTES", 30)
    content = CONTENT.encode()
    facts = {"table": "clients", "encoding": "", "file_name": "clients.csv", "size_bytes": len(content)}
    told = director.post(ADD, facts, HTTP_ACCEPT="application/json").json()
    pieces = [content[start : start + 30] for start in range(0, len(content), 30)]
    for number in (1, 0, 0, 2):
        answer = director.post(
            f"{told['parts']}{number}/", {"part": SimpleUploadedFile("part", pieces[number])}
        )
        assert answer.status_code == 200
        assert Upload.objects.get().state == ("sent" if number == 2 else "arriving")
    assert work() == 1
    assert Upload.objects.get().outcome["new"] == 2


@pytest.mark.parametrize("part", [b"", b"x" * 31, None])
def test_a_part_that_is_none_is_refused(director, monkeypatch, part):
    monkeypatch.setattr(uploads, "PART_BYTES", 30)
    facts = {"table": "clients", "encoding": "", "file_name": "clients.csv", "size_bytes": 10}
    told = director.post(ADD, facts).json()
    body = {"part": SimpleUploadedFile("part", part)} if part else {}
    answer = director.post(f"{told['parts']}0/", body, HTTP_ACCEPT="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_part")
    longer = director.post(
        f"{told['parts']}0/", {"part": SimpleUploadedFile("part", b"x" * 11)}, HTTP_ACCEPT="application/json"
    )
    assert longer.status_code == 409
    assert Upload.objects.get().state == "arriving"


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(director):
    facts = {"table": "clients", "encoding": "", "file_name": "clients.csv", "size_bytes": 201 * 2**20}
    answer = director.post(ADD, facts, HTTP_ACCEPT="application/json")
    assert answer.status_code == 413
    assert "200 MB is the most" in answer.json()["sentence"]
    assert not Upload.objects.exists()


def test_no_file_is_said_beside_the_box(director):
    answer = director.post(ADD, {"table": "clients", "encoding": ""})
    assert answer.status_code == 422
    assert "Choose a file that is not empty." in answer.content.decode()


def test_problems_are_shown_row_by_row_and_nothing_can_be_confirmed(director):
    upload = send(director, CONTENT + "x,,\n" * 120)
    work()
    shown = page(director, upload)
    assert "120 problems: nothing was written" in shown
    assert shown.count("“x”") == 100
    assert "and 20 more" in shown
    assert confirm(director, upload).status_code == 409
    assert work() == 0
    assert not Client.objects.exists()


def test_a_hostile_file_is_a_sentence_in_the_senders_language(director):
    director.cookies["django_language"] = "es"
    upload = send(director, b"\x00\x01\x02")
    work()
    upload.refresh_from_db()
    assert upload.state == "refused"
    assert "no se puede usar" in page(director, upload)


def test_what_was_shown_is_what_is_written(director):
    upload = send(director)
    work()
    assert confirm(director, upload, "f" * 64).status_code == 409
    confirm(director, upload)
    Client.objects.create(phone="+79161234567", name="Somebody", since_at=clock.now())
    assert work() == 1
    shown = page(director, upload)
    assert "Rows changed since you looked" in shown
    assert Client.objects.get().name == "Somebody"
    confirm(director, upload)
    work()
    assert Client.objects.count() == 2
    assert Client.objects.get(phone="+79161234567").name == "Anna"


def test_a_fault_of_ours_changes_nothing_and_is_said(director, monkeypatch, caplog):
    def fails(**_facts):
        raise RuntimeError("broken")

    upload = send(director)
    work()
    confirm(director, upload)
    monkeypatch.setattr(services, "record", fails)
    assert work() == 1
    assert "Something went wrong on our side" in page(director, upload)
    assert "broken" in caplog.text
    assert not Client.objects.exists()


ROLES = {
    "director": (True, True),
    "support": (False, False),
    "seller": (False, False),
    "store keeper": (False, False),
}


@pytest.mark.parametrize("role", ROLES)
def test_who_may(shop, worker, role):
    client = worker(role)
    sees, brings = ROLES[role]
    assert client.get(LIST).status_code == (200 if sees else 403)
    assert client.get("/admin/tables/upload/out/clients/").status_code == (200 if sees else 403)
    assert client.get(ADD).status_code == (200 if brings else 403)
    facts = {"table": "clients", "encoding": "", "file": SimpleUploadedFile("c.csv", CONTENT.encode())}
    assert client.post(ADD, facts).status_code == (302 if brings else 403)
    assert Upload.objects.exists() == brings


def test_names_and_telephones_need_a_permission_of_their_own(shop, worker):
    client = worker("seller")
    user = User.objects.get(username="seller")
    for name in ("view_upload", "add_upload"):
        user.user_permissions.add(Permission.objects.get(codename=name, content_type__app_label="tables"))
    listed = client.get(LIST).content.decode()
    assert "/out/lots/" in listed
    assert "/out/clients/" not in listed
    assert client.get("/admin/tables/upload/out/lots/").status_code == 200
    assert client.get("/admin/tables/upload/out/clients/").status_code == 403
    assert client.get("/admin/tables/upload/out/stations/").status_code == 403, "may not see stations"
    assert client.get("/admin/tables/upload/out/wishes/").status_code == 404
    others = Upload.objects.create(
        table_name="clients", file_name="c.csv", language="en", size_bytes=1, by="staff:x", sent_at=clock.now(), state="shown",
        outcome={"new": 1, "added": [], "edited": []}, token="t",
    )  # fmt: skip
    assert client.get(reverse("admin:tables_upload_change", args=[others.pk])).status_code == 403
    assert confirm(client, others).status_code == 403
    form = client.get(ADD).content.decode()
    assert '"lots"' in form
    assert '"clients"' not in form
    file = SimpleUploadedFile("c.csv", CONTENT.encode())
    assert client.post(ADD, {"table": "clients", "encoding": "", "file": file}).status_code == 422


def test_what_goes_out_comes_back(director):
    Client.objects.create(phone="+79161234567", name="=Anna", since_at=clock.now())
    answer = director.get("/admin/tables/upload/out/clients/")
    assert answer["Content-Disposition"] == 'attachment; filename="clients.csv"'
    assert "no-store" in answer["Cache-Control"]
    upload = send(director, answer.content)
    work()
    assert "There is nothing to write" in page(director, upload)
    assert "Write it" not in page(director, upload)


def test_what_was_sent_is_forgotten_after_a_day(director):
    done, shown, arriving = send(director), send(director, CONTENT.replace("Anna", "Ida")), None
    work()
    confirm(director, done)
    work()
    facts = {"table": "clients", "encoding": "", "file_name": "clients.csv", "size_bytes": 10}
    arriving = director.post(ADD, facts).json()["page"].split("/")[-3]
    later = clock.now() + timedelta(hours=23)
    uploads.forget_uploads(now=later)
    assert Part.objects.exists()
    uploads.forget_uploads(now=later + timedelta(hours=2))
    assert not Part.objects.exists()
    for upload in Upload.objects.all():
        assert "Anna" not in json.dumps(upload.outcome)
    states = {str(each.pk): each.state for each in Upload.objects.all()}
    assert states == {str(done.pk): "applied", str(shown.pk): "lapsed", arriving: "lapsed"}
    done.refresh_from_db()
    assert done.outcome["new"] == 2
    assert "Nobody confirmed it within a day" in page(director, shown)


def test_pages_ask_as_often_for_many_rows_as_for_few(director):
    def queries(url):
        with CaptureQueriesContext(connection) as asked:
            assert director.get(url).status_code == 200
        return len(asked)

    def count(rows):
        upload = send(director, "phone\n" + "".join(f"+7916{number:07}\n" for number in range(rows)))
        work()
        urls = [
            LIST,
            ADD,
            reverse("admin:tables_upload_change", args=[upload.pk]),
            "/admin/tables/upload/out/clients/",
        ]
        confirm(director, upload)
        work()
        return [queries(url) for url in urls]

    count(1)
    few = count(2)
    assert count(700) == few
    assert max(few) <= 14


@pytest.mark.django_db(transaction=True)
def test_four_workers_write_a_file_once(shop, worker):
    director = worker("director")
    upload = send(director)
    assert sum(at_once([work] * 4)) == 1
    confirm(director, upload)
    assert sum(at_once([work] * 4)) == 1
    assert Event.objects.filter(kind="table.imported").count() == 1
    assert Client.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_how_far_it_is_is_seen_while_it_is_read(shop, worker, monkeypatch):
    director = worker("director")
    upload = send(director, "phone\n" + "".join(f"+7916{number:07}\n" for number in range(12_000)))
    monkeypatch.setattr(uploads, "TOLD_EACH_S", 0)
    seen = []
    look = services.look

    def looking(*, tick, **facts):
        def telling(done, rows):
            tick(done, rows)
            seen.append(at_once([lambda: Upload.objects.values_list("rows_done", "rows").get()])[0])

        return look(tick=telling, **facts)

    monkeypatch.setattr(services, "look", looking)
    work()
    assert seen == [(5_000, 12_000), (10_000, 12_000)]
    upload.refresh_from_db()
    assert upload.state == "shown"
