"""What clients tell of competitors is written down once; who spoke with whom decides who is still at risk."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client as Browser

from guinda.base import clock
from guinda.base.refusals import Refusal
from guinda.clients.models import Competitor
from guinda.clients.touching import log
from guinda.journal.models import Event
from guinda.offers import rivals
from guinda.offers.models import Approach
from guinda.offers.tests.conftest import NOW
from guinda.offers.tests.offering import city, company, decider, seller, supplied


def told(client, *, ago: int = 1, competitor: str = "Other", **facts) -> Approach:
    usual = {"key": uuid4(), "what": "Half the price", "by": "test", "now": NOW}
    day = (NOW - timedelta(days=ago)).date()
    return rivals.tell(client=client, competitor=competitor, approached_date=day, **{**usual, **facts})


def test_what_is_told_is_one_row_and_rooms_above_hear_of_it(db):
    firm, key = company(), uuid4()
    assert told(firm, key=key) == told(firm, key=key)
    told(firm, competitor=" OTHER ")
    assert Competitor.objects.count() == 1
    assert [each.data["client"] for each in Event.objects.filter(kind="client.approached")] == [firm.pk] * 2
    with pytest.raises(Refusal, match="not_yet_come"):
        told(firm, ago=-2)
    with pytest.raises(Refusal, match="not_theirs"):
        told(firm, contact=decider(company("Else")))


@pytest.mark.parametrize(
    ("weeks", "forming"),
    [
        ([0] * 12, False),
        ([0] * 11 + [1], False),
        ([5] * 12, False),
        ([1] * 10 + [5, 5], True),
        ([0] * 10 + [2, 2], True),
    ],
)
def test_chance_alone_is_no_attack(weeks, forming):
    assert (rivals.chance(weeks) < rivals.FORMING) == forming


def test_who_was_called_is_not_at_risk_any_more(db):
    here = city()
    approached = [company(f"Hit {each}", size=20) for each in range(3)]
    like = [company(f"Like {each}", size=30) for each in range(2)]
    others = [company(f"Large {each}", size=500) for each in range(9)]
    for each in [*approached, *like, *others]:
        supplied(each)
    for each in approached:
        told(each)
    (attack,) = rivals.attacks(now=NOW)
    assert [(each.trait, each.value) for each in attack.marks] == [("size", "10-49")]
    assert {each.name for each in rivals.at_risk(attack, now=NOW)} == {"Like 0", "Like 1"}
    log(key=uuid4(), client=like[0], channel="call", outcome="no_answer", city=here, by="t", now=NOW)
    log(key=uuid4(), client=like[1], channel="call", outcome="reached", city=here, by="t", now=NOW)
    assert {each.name for each in rivals.at_risk(attack, now=NOW)} == {"Like 0"}


def test_the_directors_page_and_where_it_is_written_down(db, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    firm, user = company(), seller()
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_approach", "add_approach", "add_offer"])
    )
    browser = Browser()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert "No client has told us" in browser.get("/offers/attacks/").content.decode()
    said = {
        "key": uuid4(),
        "competitor": "Other <b>",
        "what": "Half",
        "monthly": "12.50",
        "approached_date": "2026-06-23",
    }
    assert browser.post(f"/offers/clients/{firm.pk}/approaches/", said).status_code == 302
    assert Approach.objects.get().monthly_minor == 1_250
    assert (
        browser.post(f"/offers/clients/{firm.pk}/approaches/", {**said, "approached_date": "x"}).status_code
        == 422
    )
    for each in range(6):
        for competitor in ("Other <b>", "Another"):
            told(company(f"Firm {each} {competitor}"), competitor=competitor)
    with django_assert_max_num_queries(9):
        page = browser.get("/offers/attacks/").content.decode()
    assert page.count('<svg class="attack-weeks"') == 2
    assert "Other &lt;b&gt;" in page
    assert "An attack is forming" in page
