"""Every page of the office opens, in two languages, and none asks the database more when there is more."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

PAGES = sorted(admin.site._registry, key=lambda model: model._meta.label)
NAMES = [model._meta.label for model in PAGES]
POLICY = "script-src 'self' 'unsafe-eval'"


@pytest.fixture
def director(house, worker):
    return worker("boss", is_superuser=True)


def url_of(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("model", PAGES, ids=NAMES)
def test_every_page_opens(director, model, language):
    director.cookies["django_language"] = language
    row = model._default_manager.order_by("-pk").first()
    assert row is not None or model._meta.model_name == "announcement", (
        "Give busy.city() a row of this table."
    )
    urls = [
        url_of(model, "changelist"),
        f"{url_of(model, 'changelist')}?q=+7+916+123-45-67",
        f"{url_of(model, 'changelist')}?q=zz",
    ]
    urls += [url_of(model, "change", row.pk), url_of(model, "history", row.pk)] if row else []
    for url in urls:
        answer = director.get(url)
        assert answer.status_code == 200, url
        assert POLICY in answer["Content-Security-Policy"]
    may_add = admin.site._registry[model].has_add_permission(answer.wsgi_request)
    assert director.get(url_of(model, "add")).status_code == (200 if may_add else 403)


def test_each_filter_opens(director):
    seen = 0
    for model in PAGES:
        page = director.get(url_of(model, "changelist"))
        for spec in page.context_data["cl"].filter_specs:
            for choice in spec.choices(page.context_data["cl"]):
                if "form" not in choice:
                    continue
                for name, field in choice["form"].fields.items():
                    for value, _label in getattr(field, "choices", []):
                        answer = director.get(url_of(model, "changelist"), {name: value})
                        assert answer.status_code == 200, (model, name, value)
                        seen += 1
    assert seen > 60


def queries_of(client, urls):
    counts = {}
    for url in urls:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200
        counts[url] = len(queries)
    return counts


def test_no_page_asks_more_when_there_is_more(house, worker):
    client = worker("boss", is_superuser=True)
    urls = [reverse("admin:index")]
    for model in PAGES:
        urls.append(url_of(model, "changelist"))
        row = model._default_manager.order_by("-pk").first()
        urls += [url_of(model, "change", row.pk)] if row else []
    queries_of(client, urls)  # content types are cached by the first visit
    few = queries_of(client, urls)
    double_every_table()
    many = queries_of(client, urls)
    assert many == few
    assert max(few.values()) <= 30


def double_every_table():
    """Twice the lines, payments, events ... of the newest order, and twice the rows of the lists that were short."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_event (at, kind, ref, by, data) SELECT at, kind, ref, by, data FROM journal_event"
        )
        cursor.execute(
            "INSERT INTO orders_line (order_id, lot_id, weight_g, price_minor) "
            "SELECT o.id, lot.id, 100, 100 FROM orders_order o, catalog_lot lot ON CONFLICT DO NOTHING"
        )
        cursor.execute(
            "INSERT INTO orders_refund (payment_id, amount_minor, reason, by, asked_at) SELECT id, 1, 'x', 'x', created FROM orders_payment"
        )
        cursor.execute(
            "INSERT INTO clients_address (client_id, lat, lon, street, flat, note, used_at) "
            "SELECT client_id, lat, lon, street, flat || 'b', note, used_at FROM clients_address"
        )
    for index in range(8):
        User.objects.create_user(f"more-{index}")


def test_money_weights_and_times_are_said_in_the_readers_way(director):
    page = director.get(reverse("admin:orders_order_change", args=[1])).content.decode()
    assert "RUB" in page or "₽" in page
    assert "445" in page
    assert "0.5\xa0kg" in page
    director.cookies["django_language"] = "es"
    with translation.override("es"):
        assert "0,5\xa0kg" in director.get(reverse("admin:orders_order_change", args=[1])).content.decode()


def test_the_office_has_its_citys_clock(director):
    form = director.get(reverse("admin:catalog_price_add")).context_data["adminform"].form
    assert form.initial["from_at"].utcoffset().total_seconds() == 0, "the clock is read in UTC"
    page = director.get(reverse("admin:index"))
    from zoneinfo import ZoneInfo

    from guinda.base import clock

    assert page.context_data["time"][:2] == clock.now().astimezone(ZoneInfo("Europe/Moscow")).strftime("%H")


def test_today_says_what_the_books_say(director):
    figures = {
        figure.title: figure for figure in director.get(reverse("admin:index")).context_data["figures"]
    }
    assert figures["Live now"].value == "8"
    assert figures["Couriers on shift"].value == "3"
    assert int(figures["Refunds to look at"].value) >= 2
    assert figures["Promise kept"].value.endswith(("%", "–"))


def test_other_pages_keep_the_strict_policy(client, db):
    answer = client.get("/accounts/login/")
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "script-src 'self';" in answer["Content-Security-Policy"] + ";"
