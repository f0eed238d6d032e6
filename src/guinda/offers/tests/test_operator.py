"""An operator's file comes in whole or not at all, once, and says the same each time."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pytest

from guinda.base.refusals import Refusal
from guinda.clients.models import Client, Supply
from guinda.offers import rivals
from guinda.offers.eligibility import why_not
from guinda.offers.models import Account, Territory
from guinda.offers.operator import Setting, bring_in
from guinda.offers.tests.conftest import NOW
from guinda.offers.tests.offering import city, tool

HEAD = "customerID,tenure,PhoneService,MultipleLines,InternetService,OnlineSecurity,Contract,MonthlyCharges,Churn\n"
ROWS = (
    "A-1,5,Yes,No,DSL,Yes,Month-to-month,29.85,No\n"
    "A-2,13,No,No phone service,Fiber optic,No,One year,56.95,Yes\n"
    "A-3,24,Yes,Yes,No,No internet service,Two year,20,No\n"
)
DATA = Path(os.environ.get("GUINDA_DATA", Path(__file__).resolve().parents[5] / "shared" / "data"))
CHURN = DATA / "clients" / "ibm_telco_churn.csv"


@pytest.fixture
def told(tmp_path, db):
    city()

    def bring(text: str, **facts) -> int:
        file = tmp_path / "accounts.csv"
        file.write_text(text)
        usual = {"competitors": ["Other", "Another"], "territories": {"North": None, "South": None}}
        return bring_in(file, setting=Setting(city=city(), **{**usual, **facts}), by="test", now=NOW)

    return bring


def test_an_account_has_its_contract_services_and_where_it_went(told):
    assert told(HEAD + ROWS, agreed="clause 7") == 3
    assert told(HEAD + ROWS) == 0, "known already"
    first, second, third = Client.objects.order_by("name")
    bought = {each.what: each for each in second.supplies.all()}
    assert set(bought) == {"Plan", "Internet (Fiber optic)"}
    assert bought["Plan"].competitor is not None
    assert (bought["Plan"].monthly_minor, str(bought["Plan"].ends_date)) == (5695, "2027-05-24")
    assert set(first.supplies.values_list("what", "ends_date")) == {
        ("Plan", None),
        ("Telephone", None),
        ("Internet (DSL)", None),
        ("Online security", None),
    }
    assert third.supplies.filter(what="Several lines", ends_date="2028-06-24").exists()
    answers = why_not(
        tool=tool(needs=[{"need": "buys_elsewhere"}]), client_ids=[first.pk, second.pk], now=NOW
    )
    assert [bool(answers[each.pk]) for each in (first, second)] == [True, False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "customerID"),
        (HEAD.replace("Churn", "Gone") + ROWS, "Churn"),
        (HEAD + ROWS + "A-4,x,Yes,No,DSL,No,One year,1,No\n", "row 5"),
        (HEAD + ROWS + "A-4,1,Yes,No,DSL,No,Ten years,1,No\n", "row 5"),
        (HEAD + ROWS + "A-4,1,Yes,No,DSL,No,One year,NaN,No\n", "row 5"),
        (HEAD + ROWS + "A-4,1,Yes,No,DSL,No,One year,-1,No\n", "row 5"),
        (HEAD + ROWS + f"{'A' * 41},1,Yes,No,DSL,No,One year,1,No\n", "row 5"),
        (HEAD + ROWS + "A-4,1\n", "row 5"),
    ],
)
def test_a_file_that_is_wrong_is_said_and_nothing_comes_in(told, text, said):
    with pytest.raises(Refusal, match="file_unreadable") as refused:
        told(text)
    assert said in str(refused.value.sentence)
    assert not Client.objects.exists()
    assert not Territory.objects.exists()


@pytest.mark.skipif(not CHURN.is_file(), reason="the collected data is not here")
def test_the_whole_operator_and_an_attack_that_forms(db, django_assert_max_num_queries):
    setting = Setting(
        city(), ["Other", "Another"], {"North": None, "South": None, "East": None}, agreed="clause 7"
    )
    assert bring_in(CHURN, setting=setting, by="test", now=NOW) == 7043 == Account.objects.count()
    assert Supply.objects.filter(what="Plan", competitor__isnull=False).count() == 1869
    likely = Client.objects.filter(account__territory__name="North", supplies__competitor=None)
    for ago, count in ((40, 1), (25, 1), (9, 5), (2, 6)):
        for each in likely.distinct().order_by("pk")[ago * 10 : ago * 10 + count]:
            day = NOW.date().fromordinal(NOW.date().toordinal() - ago)
            rivals.tell(
                key=uuid4(),
                client=each,
                competitor=" other ",
                what="Less",
                approached_date=day,
                by="t",
                now=NOW,
            )
    with django_assert_max_num_queries(4):
        (attack,) = rivals.attacks(now=NOW)
        risks = rivals.at_risk(attack, now=NOW)
    assert attack.is_forming
    assert (attack.weeks[-2:], sum(attack.weeks)) == ((5, 6), 13)
    assert ("district", "North", 13) in [(each.trait, each.value, each.count) for each in attack.marks]
    assert len(risks) == rivals.RISK_SHOWN
    assert {each.territory for each in risks if each.marks == len(attack.marks)} <= {"North"}
    approached = set(Client.objects.filter(approaches__isnull=False).values_list("pk", flat=True))
    assert not approached & {each.id for each in risks}
