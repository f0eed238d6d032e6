"""A hundred thousand orders: every list, search and filter of the office still goes by an index, and asks as often as for forty."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from guinda.config.tests import busy
from guinda.delivery.models import Courier

pytestmark = pytest.mark.django_db

ORDERS = 100_000
BIG = {
    "orders_order",
    "orders_line",
    "orders_payment",
    "orders_standingorder",
    "orders_visit",
    "journal_event",
    "delivery_task",
    "delivery_tap",
    "clients_message",
    "stock_movement",
    "clients_client",
}
LISTS = {
    "orders/order": ["q=1234", "q=code-4711", "q=%2B7+9+000+04711-1", "state=cancelled", "state=delivered", "live=yes", "live=late",
                     "placed_at_since=0", "store__id__exact={store}", "p=90", "o=8", "client__id__exact=77"],
    "orders/payment": ["q=code-4711", "q=token-99", "p=50"],
    "orders/standingorder": ["q=standing-4712", "q=%2B79000004712", "going=live", "going=paused", "going=ended", "made_at_since=0"],
    "orders/refund": ["q=code-4700"],
    "delivery/task": ["q=1234", "q=code-4711", "state=waiting", "state=carried", "state=failed",
                      "courier__id__exact={courier}", "ended_at_since=0"],
    "delivery/tap": ["arrived_at_since=1"],
    "delivery/rating": ["q=code-4712"],
    "journal/event": ["q=code-4711", "kind=order.handed", "kind=lot.recalled", "at_since=0", "p=99"],
    "clients/message": ["q=%2B79000004711", "q=order:code-4711", "state__exact=unclear", "purpose__exact=delivered", "made_at_since=0"],
    "clients/client": ["q=%2B7900", "q=anna", "q=Жанна", "q=79000004711", "p=3"],
    "stock/movement": ["q=code-4711", "at_since=1"],
}  # fmt: skip
PAIRS = [(path, query) for path, queries in LISTS.items() for query in ["", *queries]]


@pytest.fixture(scope="module")
def city(django_db_setup, django_db_blocker):
    """Built once for the module, inside a transaction of its own that is never committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield busy.city(orders=ORDERS)
        transaction.set_rollback(True)


@pytest.fixture
def director(city, db, client):
    """Signed in; what a test writes is undone to the savepoint before it."""
    user = User.objects.create_superuser("boss")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/admin/")
    return client


def ask(client, city, path, query):
    query = query.format(store=city.store.pk, courier=Courier.objects.first().pk)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"/admin/{path}/?{query}")
    assert answer.status_code == 200, answer.get("Location")
    return answer, [each["sql"] for each in queries if each["sql"].startswith("SELECT")]


def scans(sql):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql)
        return {
            node["Relation Name"]
            for node in nodes(cursor.fetchone()[0][0]["Plan"])
            if node["Node Type"] == "Seq Scan"
        }


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


@pytest.mark.parametrize(("path", "query"), PAIRS, ids=[f"{path}?{query}" for path, query in PAIRS])
def test_a_list_goes_by_an_index(director, city, path, query):
    answer, asked = ask(director, city, path, query)
    read = [(sql, scans(sql) & BIG) for sql in asked]
    assert not any(found for _sql, found in read), "\n".join(sql for sql, found in read if found)
    assert len(asked) <= 14
    rows = answer.context_data["cl"].result_count
    assert rows <= 5_000
    assert rows or query in {"kind=lot.recalled", "state=waiting", "live=late"}, (
        "the query must find what it looks for"
    )


def test_todays_figures_go_by_an_index(director, city):
    with CaptureQueriesContext(connection) as queries:
        assert director.get("/admin/").status_code == 200
    asked = [each["sql"] for each in queries if each["sql"].startswith("SELECT")]
    assert len(asked) <= 12
    assert not any(scans(sql) & BIG for sql in asked)


def test_an_order_is_opened_by_an_index(director, city):
    with CaptureQueriesContext(connection) as queries:
        assert director.get(f"/admin/orders/order/{ORDERS // 2}/change/").status_code == 200
    asked = [each["sql"] for each in queries if each["sql"].startswith("SELECT")]
    assert not any(scans(sql) & BIG for sql in asked)


def test_the_list_says_that_there_is_more_than_it_counted(director, city):
    page = director.get("/admin/orders/order/").content.decode()
    assert "More than" in page
    assert "search or filter" in page


def test_an_unindexed_search_would_be_seen(director, city):
    assert scans("SELECT * FROM orders_order WHERE note = 'x'") == {"orders_order"}
