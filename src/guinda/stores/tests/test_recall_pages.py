"""A recall's page and its file: who got the lot, and where the rest lies."""

from __future__ import annotations

import csv
import io

import pytest

from guinda.catalog.models import Lot
from guinda.catalog.recalls import recall
from guinda.clients.models import Client as Buyer
from guinda.journal.models import Event
from guinda.orders.models import Order
from guinda.orders.services import delivered, hand_over
from guinda.stores.sheets import sheet
from guinda.stores.tests.cast import signed_in
from guinda.stores.views import recalls
from guinda.tables.kinds import bare, guarded
from tests.world import NOW


@pytest.fixture
def sold(world) -> Order:
    """A delivered order of somebody whose name is a formula."""
    buyer = Buyer.objects.create(
        phone="+79161110000", name='=HYPERLINK("http://x","y")', language="en", since_at=NOW
    )
    order = world.order({"kordia": 500}, client_id=buyer.pk)
    hand_over(order=order, by="courier:1", now=NOW)
    delivered(order=order, by="courier:1", now=NOW)
    Order.objects.filter(pk=order.pk).update(street="@SUM(1+1)*cmd|' /C calc'!A0")
    return order


def test_a_recall_lists_who_got_it_and_where_the_rest_lies(world, anna, boris, sold):
    path = f"/store/{world.store.pk}/lots/{world.lots['kordia'].code}/recall/"
    asked = anna.get(path).content.decode()
    assert "Yes, recall it" in asked
    assert sold.spoken_code not in asked
    for _twice in range(2):
        assert anna.post(path).status_code == 302
    page = anna.get(path).content.decode().replace("\xa0", " ")
    for word in ("+79161110000", sold.spoken_code, "500 g", "9.5 kg"):
        assert word in page
    assert Event.objects.filter(kind="lot.recalled").get().by == "staff:anna"
    carmen = signed_in("carmen", world.stores[1], permissions=("recall_lot",))
    other = carmen.get(
        path.replace(f"/store/{world.store.pk}/", f"/store/{world.stores[1].pk}/")
    ).content.decode()
    assert "+79161110000" not in other, "another store's clients"
    assert "1 more got it from other stores" in other


def test_no_cell_of_the_file_is_a_formula(world, anna, sold):
    path = f"/store/{world.store.pk}/lots/{world.lots['kordia'].code}/recall/clients.csv"
    answer = anna.get(path)
    assert answer["Content-Disposition"] == f'attachment; filename="recall-{world.lots["kordia"].code}.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][3:5] == ["Telephone", "Name"]
    assert rows[1][3:6] == ["'+79161110000", '\'=HYPERLINK("http://x","y")', "'@SUM(1+1)*cmd|' /C calc'!A0"]
    assert rows[1][7] == "500"


@pytest.mark.parametrize("start", [*"=+-@＝＋－＠\t\r\n", " =", "\u00a0+", "\n=", "'="])
def test_whatever_a_spreadsheet_calculates_is_made_text(start):
    assert guarded(f"{start}1+1") == f"'{start}1+1"
    assert bare(guarded(f"{start}1+1")) == f"{start}1+1"
    assert guarded("Pokrovka 1=2") == "Pokrovka 1=2"
    assert (
        next(csv.reader(io.StringIO(sheet([[f"{start}1", 'a"b,c']]).lstrip("\ufeff"), newline="")))[1]
        == 'a"b,c'
    )


def test_the_recall_s_page_asks_as_much_for_many_as_for_one(
    world, anna, sold, django_assert_max_num_queries, monkeypatch
):
    path = f"/store/{world.store.pk}/lots/{world.lots['kordia'].code}/recall/"
    recall(lots=Lot.objects.filter(variety="kordia"), by="x", now=NOW)
    with django_assert_max_num_queries(10):
        anna.get(path)
    for order in [world.order({"rainier": 200}) for _each in range(8)]:
        hand_over(order=order, by="courier:1", now=NOW)
        order.lines.update(lot=world.lots["kordia"])
    monkeypatch.setattr(recalls, "MOST_SHOWN", 5)
    with django_assert_max_num_queries(10):
        page = anna.get(path).content.decode()
    assert page.count("<tr>") == 6
    assert "9 clients got some" in page
    assert "The file has all of them" in page
