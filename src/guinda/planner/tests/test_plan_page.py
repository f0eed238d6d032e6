"""The director's page: trying changes nothing, keeping does, each verb asks for its permission, errors stand by their field."""

from __future__ import annotations

from html import unescape
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guinda.clients.models import Client
from guinda.journal.models import Event
from guinda.offers.models import Tool
from guinda.planner import drawing, keeping, making
from guinda.planner.models import Choice, Pin, Plan
from guinda.planner.queries import PAGE
from guinda.planner.tests import firm
from tests.world import NOW

ASKED = {
    "budget": "900",
    "hours": "1.5",
    "messages": "3",
    "each": "1",
    "learning": "0",
    "floor_0": "",
    "least_0": "",
}


@pytest.fixture
def office(client, house, monkeypatch):
    """Signed in, with the permissions named."""
    monkeypatch.setattr("guinda.base.clock.now", lambda: NOW)

    def sign_in(*names: str):
        user = User.objects.get_or_create(username="olga", is_staff=True)[0]
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def posted(**changes) -> dict[str, str]:
    return {**ASKED, "key": str(uuid4()), **changes}


def state(plan: Plan) -> str:
    plan.refresh_from_db()
    return plan.state


def test_trying_changes_nothing_that_is_kept_and_keeping_does(office):
    page = office("view_plan", "keep_plan")
    kept = firm.kept()
    answer = page.post("/plan/?currency=RUB", posted())
    tried = Plan.objects.latest("pk")
    assert answer.url == f"/plan/{tried.pk}/"
    assert (tried.asked["budget_minor"], tried.asked["seller_minutes"]) == (90_000, 90)
    assert "A worker makes the plan" in page.get(answer.url).content.decode()
    making.make_next(now=NOW)
    told = page.get(answer.url).content.decode()
    assert "Beside the plan in force" in told
    assert (state(kept), state(tried)) == ("kept", "ready")
    page.post(f"/plan/{tried.pk}/keep/")
    assert (state(kept), state(tried)) == ("replaced", "kept")
    told = page.get("/plan/").content.decode()
    assert f'href="/plan/{tried.pk}/" aria-current="page"' in told
    assert "in force</span>" in told


def test_the_bar_is_followed_by_the_whole_page(office):
    page, plan = office("view_plan"), firm.asked()
    Plan.objects.filter(pk=plan.pk).update(state="making", doing="solving", done_percent=42)
    told = page.get(f"/plan/{plan.pk}/", headers={"HX-Request": "true"})
    assert 'value="42"' in told.content.decode()
    assert "<html" not in told.content.decode()
    Plan.objects.filter(pk=plan.pk).update(state="failed", fault="Nobody is there.")
    assert page.get(f"/plan/{plan.pk}/", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert "Nobody is there." in page.get(f"/plan/{plan.pk}/").content.decode()


def test_giving_out_is_followed_by_a_bar_and_what_could_not_be_given_is_shown_by_itself(office):
    page, plan = office("view_plan", "view_client"), firm.made()
    keeping.keep(plan_id=plan.pk, by="staff:olga", now=NOW)
    assert "It is being given out" in page.get("/plan/").content.decode()
    keeping.give(now=NOW, batch=4)
    htmx = {"HX-Request": "true"}
    part = page.get(f"/plan/{plan.pk}/", headers=htmx).content.decode()
    assert 'max="9" value="4"' in part
    assert "<html" not in part
    Tool.objects.filter(slug="bowl").update(paused_at=NOW)
    firm.settle()
    assert page.get(f"/plan/{plan.pk}/", headers=htmx).headers["HX-Refresh"] == "true"
    refused = plan.choices.filter(state="refused")
    count = refused.count()
    assert 0 < count < plan.chosen
    told = page.get("/plan/").content.decode()
    assert f"{count} choice" in told
    assert "could not be given out: see why" in told
    told = page.get("/plan/?refused=1").content.decode()
    assert told.count('class="plan-who"') == count
    assert refused[0].said in unescape(told)


WRONG = [
    ("budget", "-1", "greater than or equal to 0"),
    ("budget", "NaN", "Enter a number."),
    ("budget", "1e30", "less than or equal to"),
    ("hours", "25", "less than or equal to 24"),
    ("messages", "", "This field is required."),
    ("learning", "51", "less than or equal to 50"),
    ("each", "6", "less than or equal to 5"),
    ("own_0", "25", "less than or equal to 24"),
    ("seller_0", "nobody", "Select a valid choice."),
    ("floor_0", "tool:nothing", "Select a valid choice."),
    ("least_1", "-3", "greater than or equal to 0"),
    ("person", "x", "Enter a whole number."),
]


def test_what_is_wrong_stands_by_its_field_and_nothing_is_asked(office):
    page = office("view_plan", "keep_plan")
    for field, value, sentence in WRONG:
        answer = page.post("/plan/?currency=RUB", posted(**{field: value}))
        assert answer.status_code == 422
        told = answer.content.decode()
        assert f'id="id_{field}_error"' in told, field
        assert sentence in told, field
    assert not Plan.objects.exists()


def test_one_floor_twice_is_said_by_the_floors(office):
    page = office("view_plan", "keep_plan")
    twice = {
        f"{name}_{row}": value for row in (0, 1) for name, value in (("floor", "tool:care"), ("least", "2"))
    }
    answer = page.post("/plan/?currency=RUB", posted(**twice))
    assert answer.status_code == 422
    assert "One thing stands here twice." in answer.content.decode()
    page.post("/plan/?currency=RUB", posted(floor_0="tool:care", least_0="500", company="2"))
    plan = Plan.objects.get()
    assert plan.asked["floors"] == [{"action": "tool:care", "least": 500}]
    assert plan.asked["caps"] == [{"kind": "company", "most": 2}]
    making.make_next(now=NOW)
    told = page.get(f"/plan/{plan.pk}/").content.decode()
    assert "At least 500 of “" in told
    assert "not every floor can be reached" in told
    assert "can’t be compared" not in told, (
        "other budgets are told with as much of the floor as can be reached"
    )


def test_a_seller_who_is_away_calls_nobody_and_one_client_may_get_two_things(office):
    page = office("view_plan", "keep_plan")
    more = {
        "calls": "1",
        "seller_0": "anna",
        "own_0": "0",
        "seller_1": "",
        "own_1": "3",
        "each": "2",
        "budget": "10000",
    }
    page.post("/plan/?currency=RUB", posted(**more))
    plan = Plan.objects.latest("pk")
    assert (plan.asked["hours"], plan.asked["each"]) == ([{"seller": "anna", "minutes": 0}], 2)
    making.make_next(now=NOW)
    calls = set(plan.choices.filter(channel="call").values_list("seller", flat=True))
    assert calls == {"boris"}
    plan.refresh_from_db()
    most = {each["name"]: each["most"] for each in plan.limits if each["kind"] == "seller"}
    assert most == {"seller:anna": 0, "seller:boris": 90}
    assert plan.asked["calls"] == plan.choices.filter(channel="call").count() == 1
    told = page.get(f"/plan/{plan.pk}/").content.decode()
    assert '<option value="anna" selected>' in told
    answer = page.post("/plan/?currency=RUB", posted(**{**more, "seller_1": "anna"}))
    assert answer.status_code == 422
    assert "One thing stands here twice" in answer.content.decode()
    assert Plan.objects.count() == 1


def test_the_same_form_sent_twice_is_one_plan(office):
    page, sent = office("view_plan", "keep_plan"), posted()
    assert page.post("/plan/", sent).url == page.post("/plan/", sent).url
    assert Plan.objects.count() == 1


def test_each_verb_asks_for_its_own_permission(office):
    page, plan = office("view_plan"), firm.made()
    someone = Client.objects.first()
    assert page.get("/plan/").status_code == 200
    for address in (
        "/plan/",
        f"/plan/{plan.pk}/keep/",
        f"/plan/clients/{someone.pk}/",
        "/plan/pins/1/take-back/",
    ):
        assert page.post(address, posted()).status_code == 403
    assert "Keep this plan" not in page.get("/plan/").content.decode()
    page = office("keep_plan")
    assert page.get("/plan/").status_code == 403
    assert (Plan.objects.count(), state(plan), Pin.objects.count()) == (1, "ready", 0)


def test_a_plan_of_another_day_is_not_kept(office, monkeypatch):
    page, plan = office("view_plan", "keep_plan"), firm.made()
    monkeypatch.setattr("guinda.base.clock.now", lambda: NOW + firm.DAY)
    answer = page.post(f"/plan/{plan.pk}/keep/")
    assert answer.status_code == 409
    assert "This plan was made for another day." in answer.content.decode()
    assert state(plan) == "ready"


def test_a_word_is_said_from_a_choice_shown_with_its_price_and_taken_back(office):
    page, plan = office("view_plan", "keep_plan", "view_client"), firm.made()
    choice = Choice.objects.filter(plan=plan, tool__slug="care").first()
    address = f"/plan/clients/{choice.client_id}/?tool=care"
    assert address in page.get("/plan/").content.decode()
    assert address.partition("?")[0] in page.get(choice.client.get_absolute_url()).content.decode()
    form = page.get(address).context["form"]
    sent = {
        "kind": "forbid",
        "tool": str(form.initial["tool"].pk),
        "until_date": "2020-01-01",
        "note": "<b>they asked</b>",
    }
    assert "Choose a day from today on" in page.post(address, sent).content.decode()
    page.post(address, {**sent, "until_date": str(form.initial["until_date"])})
    pin = Pin.objects.get()
    assert (pin.kind, pin.by) == ("forbid", "staff:olga")
    told = page.get("/plan/").content.decode()
    assert "&lt;b&gt;they asked" in told
    page.post("/plan/", posted())
    making.make_next(now=NOW)
    new = Plan.objects.latest("pk")
    assert not Choice.objects.filter(plan=new, client=choice.client_id, tool__slug="care").exists()
    assert new.pins_cost_minor > 0
    assert (
        "That is with what people said to the planner, which costs"
        in page.get(f"/plan/{new.pk}/").content.decode()
    )
    for _twice in range(2):
        page.post(f"/plan/pins/{pin.pk}/take-back/")
    assert Pin.objects.get().ended_at == NOW
    assert Event.objects.filter(kind="plan.unpinned").count() == 1
    assert "&lt;b&gt;they asked" not in page.get("/plan/").content.decode()


def test_the_page_asks_the_same_however_many_choices(office):
    page, plan = office("view_plan", "keep_plan", "view_client"), firm.kept()

    def asked(address: str = "/plan/") -> int:
        with CaptureQueriesContext(connection) as queries:
            assert page.get(address).status_code == 200
        return len(queries)

    Pin.objects.create(
        client=Client.objects.first(), kind="first", until_date=plan.date, by="staff:olga", at=NOW
    )
    few = asked()
    made = [
        Client(kind="company", name=f"More {each}", since_at=NOW, city_id=Client.objects.first().city_id)
        for each in range(3 * PAGE)
    ]
    Client.objects.bulk_create(made)
    facts = {"plan": plan, "channel": "call", "seller": "anna", "basis": "assumed", "adds_minor": 5}
    Choice.objects.bulk_create(
        Choice(client=each, action="tool:care:call", second="step:welcome:call", **facts) for each in made
    )
    Plan.objects.filter(pk=plan.pk).update(chosen=plan.chosen + len(made))
    for each in made[:PAGE]:
        Pin.objects.create(client=each, kind="first", until_date=plan.date, by="staff:olga", at=NOW)
    assert asked() == few < 30
    second = page.get("/plan/?seller=anna&page=2#choices").content.decode()
    assert "More 149" not in page.get("/plan/").content.decode()
    assert "2 of 4" in second
    far = "9" * 30
    for address in (f"/plan/{far}/", f"/plan/clients/{far}/"):
        assert page.get(address).status_code == 404
    assert page.post(f"/plan/pins/{far}/take-back/").status_code == 302
    for strange in ("0", "-1", "٣", "9" * 5000, "x", "4000", "0000000019" + "9" * 20):
        assert page.get("/plan/", {"page": strange, "action": "\0", "seller": "'"}).status_code == 200


def test_what_the_slider_tells_lies_on_the_curve(office):
    curve = [{"most": most, "adds": adds, "bound": adds} for most, adds in ((25_000, 100), (50_000, 200))]
    drawn = drawing.draw(curve, 25_000)
    assert drawing.between(drawn.points, 37_500) == 150
    assert drawing.between(drawn.points, 10) == 100
    assert drawing.between(drawn.points, 10**9) == 200
    assert drawn.own[0] == 0
    assert [drawing.round_step(each) for each in (0.2, 1, 7, 20, 99, 250)] == [1, 1, 5, 20, 50, 200]
    assert drawing.draw(curve[:1], 25_000) is None
    beyond = {"most": 75_000, "adds": 300, "bound": -9}
    assert drawing.draw([*curve, beyond], 25_000).points[-1][0] == 50_000, "its floors can't be reached"
