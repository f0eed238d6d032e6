"""The audit of offers: an honest book has nothing to find, and each broken rule is found."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection

from guinda.config import audit
from guinda.offers.choosing import choose
from guinda.offers.ending import accept
from guinda.offers.numbers import give_back
from guinda.offers.terms import Terms
from guinda.offers.tests.conftest import NOW, operator
from guinda.offers.tests.offering import company, presented, seller, tool

PLAIN = 375_29_777_01_25
HARMS = {
    "offers.booked": "UPDATE clients_touch SET given_minor = given_minor - 1 WHERE given_minor > 0",
    "offers.numbers": "UPDATE journal_event SET kind = 'x' WHERE kind = 'number.sold'",
}


def wrong() -> set[str]:
    return {name for name in HARMS if audit.check(name, now=NOW).found}


@pytest.mark.parametrize("name", HARMS)
def test_what_is_broken_is_found(db, name):
    numbering, anna = operator(), seller()
    for place in range(2):
        beautiful = tool("number", fixed_minor=5)
        anna = seller(gives={beautiful: 5})
        terms = Terms(base_minor=12_000, numbering_id=numbering.pk)
        offer = presented(company(f"Firm {place}"), beautiful, anna, terms=terms)
        choose(offer=offer, number=PLAIN + place, key=uuid4(), now=NOW)
        accept(offer=offer, now=NOW)
    give_back(number=PLAIN, by_id=anna.pk, now=NOW)
    assert wrong() == set()
    with connection.cursor() as cursor:
        cursor.execute(HARMS[name])
        assert cursor.rowcount
    assert wrong() == {name}
