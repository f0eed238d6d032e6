"""What is learned is told in words and figures, for whom may see it; going back is one button, and its refusal is a sentence."""

from __future__ import annotations

import os

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection, connections
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect, sync_playwright

from guinda.planner.learning import buying
from guinda.planner.learning.buying import learn_people
from guinda.planner.learning.drifting import look as look_again
from guinda.planner.learning.leaving import learn_leaving, learn_staying
from guinda.planner.learning.uplift import learn_uplift
from guinda.planner.models import Learned
from guinda.planner.tests.test_remaining import accounts, buyers
from guinda.planner.tests.trials import DAY
from guinda.plays.tests.past import NOW
from tests.browser import FLAGS, find_chromium
from tests.journeys.looking import Look

S = (("S", "linear"), ("T", "linear"))


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """The slowest to fit of the models of buying is tried elsewhere."""
    monkeypatch.delitem(buying.FIT, "Pareto/NBD")


def everything() -> None:
    """One version of each kind, two of the play, the first from too little; what moved was looked at."""
    stage = buyers(300)
    learn_uplift("play:wave", now=NOW, by="anna", ways=S)
    learn_people(now=NOW, by="anna")
    stage.moved(2_000, seed=2, at=NOW - 50 * DAY)
    learn_uplift("play:wave", now=NOW - 30 * DAY, by="anna", ways=S)
    stage.moved(500, seed=3, at=NOW - 20 * DAY)
    accounts(600)
    learn_staying(now=NOW, by="anna")
    learn_leaving(now=NOW, by="anna")
    for each in Learned.objects.filter(in_use=True):
        look_again(each, now=NOW + 8 * DAY)


def signed_in(client: Browser, *names: str) -> Browser:
    user = User.objects.get_or_create(username="olga", is_staff=True)[0]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.django_db
def test_a_version_is_read_and_gone_back_to_by_whom_may(client):
    everything()
    pooled, apart = Learned.objects.filter(kind="uplift").order_by("number")
    assert client.get("/learned/").status_code == 302
    assert signed_in(client).get("/learned/").status_code == 403
    office = signed_in(client, "view_learned")
    told = office.get("/learned/").content.decode()
    assert told.count(", in use") == 4
    assert "It orders clients better than chance" in told
    page = office.get(f"/learned/{apart.pk}/").content.decode()
    assert "It beats chance: Qini 0." in page
    assert "Y1 − Y0·N1/N0" in page
    assert "doubly robust" in page
    assert "Clients are no longer like those it was learned from: client since" in page
    assert "Use version 1" not in page, "who may look may not choose"
    assert office.post(f"/learned/{pooled.pk}/use/").status_code == 403
    for each in Learned.objects.all():
        assert office.get(f"/learned/{each.pk}/").status_code == 200

    office = signed_in(client, "view_learned", "use_learned")
    assert "Use version 1" in office.get(f"/learned/{apart.pk}/").content.decode()
    assert office.get(f"/learned/{pooled.pk}/use/").status_code == 405
    done = office.post(f"/learned/{pooled.pk}/use/", follow=True)
    assert "The next plan is reckoned with version 1." in done.content.decode()
    assert Learned.objects.get(pk=pooled.pk).in_use
    twice = office.post(f"/learned/{pooled.pk}/use/")
    assert twice.status_code == 409
    assert "Version 1 is in use already." in twice.content.decode()
    assert (
        office.post("/learned/9999999/use/").status_code == office.get("/learned/9999999/").status_code == 404
    )


@pytest.mark.django_db
def test_the_pages_ask_the_same_however_many_versions_there_are(client):
    buyers(40)
    office, asked = signed_in(client, "view_learned", "use_learned"), []
    for _ in range(2):
        last = learn_uplift("play:wave", now=NOW, by="anna", ways=S)
        for number in range(3):
            Learned.objects.create(
                **{**_facts(last), "subject": f"tool:t{Learned.objects.count()}", "number": number}
            )
        with CaptureQueriesContext(connection) as queries:
            assert office.get("/learned/").status_code == 200
            assert office.get(f"/learned/{last.pk}/").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert asked[0] < 20


def _facts(version: Learned) -> dict:
    return {
        each.attname: getattr(version, each.attname)
        for each in Learned._meta.fields
        if each.name not in {"id", "in_use"}
    }


@pytest.mark.browser
def test_the_pages_are_well_to_see_and_to_hear(transactional_db, live_server, monkeypatch):
    chromium = find_chromium()
    if chromium is None:
        if os.environ.get("GUINDA_REQUIRE_BROWSER"):
            pytest.fail("GUINDA_REQUIRE_BROWSER forbids to skip what is learned: install chromium.")
        pytest.skip("no Chromium on this machine: the pages were not looked at")
    everything()
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright's loop runs in this thread
    cookie = {
        "name": "sessionid",
        "value": signed_in(Browser(), "view_learned", "use_learned", "view_plan").cookies["sessionid"].value,
    }
    addresses = [
        "/learned/",
        *(
            f"/learned/{pk}/"
            for pk in Learned.objects.order_by("-in_use", "kind", "pk").values_list("pk", flat=True)
        ),
    ]
    look = Look()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for width, height, language, some in ((390, 844, "ru", 9), (390, 844, "es", 2), (1440, 900, "en", 9)):
            context = browser.new_context(viewport={"width": width, "height": height}, locale=language)
            context.add_cookies([{**cookie, "url": live_server.url}])
            page = context.new_page()
            for address in addresses[:some]:
                page.goto(live_server.url + address)
                look(page, address)
        page.get_by_role("button", name="Use version 1").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("The next plan is reckoned with version 1.")
        browser.close()
        connections.close_all()
    assert look.faults == []
    assert Learned.objects.get(kind="uplift", in_use=True).number == 1
