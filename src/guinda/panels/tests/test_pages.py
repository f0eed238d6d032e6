"""The pages: who may open them, what they cost, and what they may not hold."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guinda.catalog.models import Variety
from guinda.panels import services
from guinda.panels.models import Panel
from guinda.stock.models import Holding

FIRST_LOAD_BYTES = 60_000
INLINE = re.compile(
    rb"<style|<script(?![^>]*\ssrc=)|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE
)


def static_files(page: bytes) -> set[str]:
    """The page's own files and the modules they import."""
    found = {name.decode() for name in re.findall(rb'(?:href|src)="/static/([^"]+)"', page)}
    queue = [name for name in found if name.endswith(".js")]
    while queue:
        name = queue.pop()
        for relative in re.findall(r'from "(\.[^"]+)"', Path(finders.find(name)).read_text()):
            imported = str((Path("/") / name).parent.joinpath(relative).resolve()).removeprefix("/")
            if imported not in found:
                found.add(imported)
                queue.append(imported)
    return found


def test_the_whole_first_load_is_light(shop):
    page = shop.open().content
    files = static_files(page)
    assert "panels/panel.js" in files
    assert "places/map.js" in files
    sizes = {name: len(gzip.compress(Path(finders.find(name)).read_bytes())) for name in files}
    sizes["page"] = len(gzip.compress(page))
    assert sum(sizes.values()) < FIRST_LOAD_BYTES, sizes


@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_the_panel_holds_nothing_inline_and_asks_no_other_host(shop, language):
    shop.browser.cookies["django_language"] = language
    page = shop.open()
    assert page.status_code == 200
    assert f'lang="{language}"'.encode() in page.content
    assert not INLINE.search(page.content), INLINE.search(page.content)
    hosts = set(re.findall(rb'(?:href|src|action)="(?:https?:)?//([^/"]+)', page.content))
    assert not hosts
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def queries_of(shop) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert shop.open().status_code == 200
    return len(queries)


def test_queries_do_not_grow_with_the_shelf(shop):
    shop.open()  # the map is drawn
    many = queries_of(shop)
    Holding.objects.filter(lot__variety__in=["kordia", "rainier"]).delete()
    fewer = queries_of(shop)
    for number in range(5):
        shop.world.add_lot("lapins", weight_g=1_000 + number)
    more = queries_of(shop)
    assert many == fewer == more <= 6


def test_the_map_costs_four_more_once(shop):
    shop.open()
    drawn = queries_of(shop)
    cache.clear()
    assert queries_of(shop) <= drawn + 5


@pytest.mark.parametrize("path", ["shelf"])
def test_the_shelf_api_costs_a_constant_number(shop, path):
    with CaptureQueriesContext(connection) as queries:
        assert shop.get(path).status_code == 200
    assert len(queries) <= 6


def test_sold_out_is_shown_as_such(shop):
    Holding.objects.filter(lot__variety="kordia").update(on_hand_g=0)
    page = shop.open().content.decode()
    card = re.search(r'<li class="fruit([^"]*)" data-variety="kordia"(.*?)</li>\n', page, re.DOTALL)
    assert "gone" in card.group(1)
    assert " disabled" in card.group(2)
    assert " kordia:0 " in page


def test_enrolling_sets_a_cookie_no_script_reads(shop):
    response = Client().get(f"/panels/enrol/{shop.key}/")
    cookie = response.cookies["panel"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert response.headers["Location"] == "/panels/kurskaya/"
    assert Client().get("/panels/enrol/nonsense/").status_code == 404


def test_a_stranger_sees_a_closed_panel(shop):
    response = Client().get("/panels/kurskaya/")
    assert response.status_code == 403
    assert b"not enrolled" in response.content


def test_a_panel_of_one_station_is_closed_at_another(shop):
    assert shop.open("taganskaya").status_code == 403


def test_in_the_demo_everybody_is_a_panel(shop, settings):
    settings.DEMO = True
    visitor = Client()
    assert visitor.get("/").headers["Location"] == "/panels/"
    assert b"/panels/kurskaya/" in visitor.get("/panels/").content
    assert visitor.get("/panels/kurskaya/").status_code == 200
    assert visitor.get("/api/panels/kurskaya/shelf").status_code == 200
    assert Client().get("/panels/kurskaya/").status_code == 200
    assert Panel.objects.filter(label="demo").count() == 1
    assert visitor.get("/panels/nowhere/").status_code == 404
    services.revoke(
        panel=Panel.objects.get(label="demo"), by="director", now=shop.world.lots["kordia"].picked_at
    )
    assert visitor.get("/panels/kurskaya/").status_code == 403


def test_without_the_demo_the_map_is_for_staff(shop):
    visitor = Client()
    assert visitor.get("/").status_code == 200
    assert "/accounts/login/" in visitor.get("/panels/").headers["Location"]
    visitor.force_login(
        User.objects.create_user("client"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert visitor.get("/panels/").status_code == 403
    staff = Client()
    staff.force_login(
        User.objects.create_user("keeper", is_staff=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert b"/panels/kurskaya/" in staff.get("/panels/").content
    assert staff.post("/panels/kurskaya/enrol/").status_code == 403


def test_the_director_makes_the_screen_at_hand_a_panel(shop):
    boss = Client()
    boss.force_login(
        User.objects.create_superuser("director"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert b"Make this screen a panel" in boss.get("/panels/taganskaya/").content
    response = boss.post("/panels/taganskaya/enrol/", {"label": "east\x00 hall"}, follow=True)
    assert response.status_code == 200
    assert Panel.objects.get(label="east hall").enrolled_by == "director"


@pytest.mark.parametrize(
    "path", ["/panels/%00/", "/panels/enrol/%00/", "/panels/enrol/%ff/", "/panels/k%F0%9F%8D%92/"]
)
def test_odd_addresses_are_not_faults(shop, path):
    assert Client().get(path).status_code in {403, 404}


def test_without_fruit_the_page_says_so(shop):
    Variety.objects.all()[0].prices.all().delete()
    from guinda.catalog.models import Price

    Price.objects.all().delete()
    assert b"nothing to sell" in shop.open().content
