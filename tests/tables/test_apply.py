"""A file is shown as a change, and written whole or not at all, as it was shown."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guinda.base.refusals import Refusal
from guinda.catalog.models import Lot, Price
from guinda.clients.models import Client
from guinda.delivery.models import Courier
from guinda.journal.models import Event
from guinda.places.models import Station, Store
from guinda.stock.models import Holding, Movement
from guinda.tables import services
from guinda.tables.declare import TABLES, Column, Table, declare
from guinda.tables.kinds import Text
from tests.tables.files import CLIENTS, apply, lines, look, sentences, source
from tests.world import NOW, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return build()


def test_a_look_says_what_would_change_and_changes_nothing(world, tmp_path):
    apply(tmp_path, "clients", CLIENTS + "+79161234567,Anna,ru\n+79161234568,Vera,en\n")
    found = look(
        tmp_path, "clients", CLIENTS + "+79161234567,Anna,ru\n+79161234568,Vera,es\n+79161234569,Ida,en\n"
    )
    assert found.verdict[:3] == (1, 1, 1)
    assert [(each.row, each.key, each.cells) for each in found.edited] == [
        (3, "+79161234568", [("language", "en", "es")])
    ]
    assert found.added[0].cells == [("name", "", "Ida"), ("language", "", "en")]
    assert Client.objects.count() == 2
    assert Client.objects.get(phone="+79161234568").language == "en"


def test_what_is_applied_is_written_and_told_once(world, tmp_path):
    content = CLIENTS + "8 (916) 123-45-67,Anna,ru\n"
    for _twice in range(2):
        apply(tmp_path, "clients", content)
    client = Client.objects.get()
    assert (client.phone, client.name, client.language, client.since_at) == (
        "+79161234567",
        "Anna",
        "ru",
        NOW,
    )
    event = Event.objects.get(kind="table.imported")
    assert (event.ref, event.by, event.data["new"], event.data["file"]) == ("clients", "test", 1, "file.csv")
    assert len(event.data["digest"]) == 64


def test_one_bad_row_and_nothing_is_written(world, tmp_path):
    with pytest.raises(Refusal, match="problems"):
        apply(tmp_path, "clients", CLIENTS + "+79161234567,Anna,ru\n12,Vera,en\n")
    assert not Client.objects.exists()
    assert not Event.objects.filter(kind="table.imported").exists()


def test_rows_the_file_leaves_out_stay_and_so_do_columns(world, tmp_path):
    Store.objects.filter(slug="pokrovka").update(active=False)
    apply(
        tmp_path,
        "stores",
        "city,slug,name,name_latin,street,lat,lon\nmoscow,pokrovka,П,P,Pokrovka 3,55.7,37.6\nmoscow,new,Н,N,Nowaja 1,55.7,37.6\n",
    )
    assert dict(Store.objects.values_list("slug", "active")) == {
        "pokrovka": False,
        "new": True,
        "zatsepa": True,
    }
    assert Store.objects.get(slug="pokrovka").street == "Pokrovka 3"


def test_an_open_cell_keeps_since_when_a_client_is_one(world, tmp_path):
    Client.objects.create(phone="+79161234567", since_at="2020-01-01T00:00Z")
    found = apply(tmp_path, "clients", "phone,since_at\n+79161234567,\n+79161234568,2021-05-01T10:00+03:00\n")
    assert found.verdict[:3] == (1, 0, 1)
    assert lines("clients")[1:] == [
        "'+79161234567,,en,2020-01-01T00:00:00Z",
        "'+79161234568,,en,2021-05-01T07:00:00Z",
    ]


def test_only_what_was_shown_is_written(world, tmp_path):
    Client.objects.create(phone="+79161234567", name="Anna", since_at=NOW)
    content = CLIENTS + "+79161234567,Anna Petrovna,en\n"
    token = look(tmp_path, "clients", content).token
    Client.objects.update(name="Anya")
    with pytest.raises(Refusal) as refused:
        apply(tmp_path, "clients", content, expects=token)
    assert "Look at what the file would change now" in refused.value.sentence
    assert Client.objects.get().name == "Anya"
    other = look(tmp_path, "clients", CLIENTS + "+79161234567,Someone,en\n").token
    with pytest.raises(Refusal):
        apply(tmp_path, "clients", content, expects=other)
    apply(tmp_path, "clients", content, expects=look(tmp_path, "clients", content).token)
    assert Client.objects.get().name == "Anna Petrovna"


def test_a_row_of_another_table_may_change_meanwhile(world, tmp_path):
    content = CLIENTS + "+79161234567,Anna,en\n"
    token = look(tmp_path, "clients", content).token
    Store.objects.update(street="Elsewhere 1")
    apply(tmp_path, "clients", content, expects=token)
    assert Client.objects.exists()


def test_prices_only_grow_and_are_written_as_money(world, tmp_path):
    head = "city,variety,per_kg,from_at\n"
    apply(tmp_path, "prices", head + "moscow,kordia,890.5,2026-07-01T00:00+03:00\n")
    price = Price.objects.latest("pk")
    assert (price.per_kg_minor, price.from_at.isoformat()) == (89050, "2026-06-30T21:00:00+00:00")
    found = look(tmp_path, "prices", head + "moscow,kordia,900,2026-07-01T00:00+03:00\n")
    assert sentences(found) == [
        "Row 2, column per_kg: found “900.00”, expected “890.50”, as it is there: this table only grows, so add a row instead."
    ]


@pytest.mark.parametrize("amount", ["890.505", "1,290", "0", "-5", "1 290", "1e3", "NaN", "99999999999", "٣"])
def test_an_amount_that_could_mean_two_things_is_no_amount(world, tmp_path, amount):
    found = look(
        tmp_path, "prices", f'city;variety;per_kg;from_at\nmoscow;kordia;"{amount}";2026-07-01T00:00Z\n'
    )
    assert found.problem_count == 1
    assert found.problems[0][:3] == (2, "per_kg", amount)


def test_receipts_move_stock_once_for_a_lot_and_store(world, tmp_path):
    lot = Lot.objects.create(
        code="N1", variety_id="kordia", grower="g", origin="o", picked_at=NOW, brix_tenths=190, inspected_by="i",
        inspected_at=NOW, washed_by="w", washed_at=NOW, expires_at=NOW.replace(day=28),
    )  # fmt: skip
    head = "city,store,lot,weight_kg\n"
    content = head + "moscow,pokrovka,N1,12.5\nmoscow,zatsepa,N1,3\n"
    assert apply(tmp_path, "receipts", content).verdict[:3] == (2, 0, 0)
    assert apply(tmp_path, "receipts", content).verdict[:3] == (0, 0, 2)
    moved = Movement.objects.filter(lot=lot).order_by("weight_g")
    assert [(each.weight_g, each.reason, each.by) for each in moved] == [
        (3_000, "receipt", "test"),
        (12_500, "receipt", "test"),
    ]
    assert sorted(Holding.objects.filter(lot=lot).values_list("on_hand_g", flat=True)) == [3_000, 12_500]
    found = look(tmp_path, "receipts", head + "moscow,pokrovka,N1,13\n")
    assert "only grows" in sentences(found)[0]


def test_couriers_belong_to_accounts_and_stores_that_are_there(world, tmp_path):
    User.objects.create_user("lena")
    head = "account,name,city,home_store,phone\n"
    apply(tmp_path, "couriers", head + "lena,Lena,moscow,zatsepa,8 916 123 45 67\n")
    courier = Courier.objects.get()
    assert (courier.home_store.slug, courier.phone, courier.mode, courier.carries_g) == (
        "zatsepa", "+79161234567", "bicycle", 12_000,
    )  # fmt: skip
    found = look(tmp_path, "couriers", head + "nobody,N,moscow,zatsepa,\nlena,Lena,moscow,nowhere,\n")
    assert [each[:3] for each in found.problems] == [(2, "account", "nobody"), (3, "home_store", "nowhere")]


def test_the_rooms_rules_hold(world, tmp_path):
    head = (
        "code,variety,grower,origin,picked_at,brix,inspected_by,inspected_at,washed_by,washed_at,expires_at\n"
    )
    day = "2026-06-2{}T05:00+03:00"
    row = "L9,{variety},g,o,{picked},19.5,i,{at},w,{at},{expires}\n"
    good = {"variety": "kordia", "picked": day.format(1), "at": day.format(2), "expires": day.format(5)}
    assert not look(tmp_path, "lots", head + row.format(**good)).problem_count
    for name, value, column in (
        ("expires", day.format(1), "expires_at"),
        ("variety", "gold", "variety"),
        ("at", "2026-06-21 05:00", "inspected_at"),
        ("picked", "yesterday", "picked_at"),
    ):
        found = look(tmp_path, "lots", head + row.format(**{**good, name: value}))
        assert column in {each.column for each in found.problems}, name
        assert not Lot.objects.filter(code="L9").exists()


def test_the_same_key_twice_in_a_file_is_a_problem_of_the_later_row(world, tmp_path):
    found = look(
        tmp_path, "clients", CLIENTS + "+79161234567,A,en\n+79161234568,B,en\n8 916 123-45-67,C,en\n"
    )
    assert sentences(found) == [
        "Row 4, column phone: found “+79161234567”, expected a value of its own: row 2 has the same."
    ]


def test_a_hundred_problems_are_listed_and_the_rest_counted(world, tmp_path):
    found = look(tmp_path, "clients", CLIENTS + "nobody,,en\n" * 250 + "+79161234567,,xx\n")
    assert found.problem_count == 251
    assert [each.row for each in found.problems] == list(range(2, 102))


def test_each_statement_is_asked_once_however_many_rows(world, tmp_path):
    def count(rows: int) -> int:
        content = CLIENTS + "".join(f"+7916{number:07},N{rows},en\n" for number in range(rows))
        with CaptureQueriesContext(connection) as queries:
            apply(tmp_path, "clients", content)
        return len(queries)

    count(1)
    assert count(3) == count(3_000) <= 30


def test_stations_by_the_thousand(world, tmp_path):
    head = "city\tslug\tname\tname_latin\tlat\tlon\n"
    content = head + "".join(f"moscow\ts-{number}\tС\tS\t55,{number:04}\t37,6\n" for number in range(1, 2001))
    apply(tmp_path, "stations", content)
    assert Station.objects.get(slug="s-2000").lat == 55.2


def test_a_table_that_is_not_there_is_refused():
    with pytest.raises(Refusal, match="no_such_table") as refused:
        services.find("wishes")
    assert "clients" in refused.value.sentence


def test_a_name_is_given_once():
    column = Column("a", "a", Text(), "")
    with pytest.raises(ValueError, match="two tables"):
        declare(Table("clients", "", Client, [column], ["a"], ""))


def test_every_table_declares_what_it_needs(world, tmp_path):
    for table in TABLES.values():
        assert set(table.key) <= {each.name for each in table.columns if each.required}
        assert table.write or table.sets, table.name
        example = ",".join(table.names) + "\n" + ",".join(each.example for each in table.columns) + "\n"
        found = look(tmp_path, table.name, example)
        referred = {name for each in table.references for name in each.columns} | {"name"}
        assert {each.column for each in found.problems} <= referred, sentences(found)
        assert source(tmp_path, "").path.exists()
