"""A complaint is opened once and closed once, by somebody who says what was done."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from guinda.base.refusals import Refusal
from guinda.clients.complaining import complain, settle
from guinda.clients.models import Client, Complaint
from guinda.clients.own import Complaints
from guinda.clients.tests.book import NOW, person
from guinda.journal.models import Event
from tests.races import at_once


def soft(client: Client, key: str = "k", **said) -> Complaint:
    facts = {"words": "too soft", "about": "4711", "by": "staff:vera"}
    return complain(key=key, client_id=client.pk, now=NOW, **{**facts, **said})


@pytest.mark.django_db(transaction=True)
def test_one_key_is_one_complaint_and_one_of_many_closes_it():
    buyer = person()
    made = at_once([lambda: soft(buyer)] * 6)
    assert len({each.pk for each in made}) == Complaint.objects.count() == 1
    answers = at_once([lambda: settle(complaint=made[0], answer="a new bag", by="staff:vera", now=NOW)] * 6)
    assert sorted(answers, key=str) == [None, *["closed_before"] * 5]
    told = Event.objects.filter(ref=f"client:{buyer.pk}").order_by("pk").values_list("kind", flat=True)
    assert list(told) == ["complaint.opened", "complaint.closed"]


def test_it_says_what_is_missing_and_writes_nothing(db):
    buyer = person()
    with pytest.raises(Refusal, match="words_missing"):
        soft(buyer, words="  ")
    made = soft(buyer)
    with pytest.raises(Refusal, match="answer_missing"):
        settle(complaint=made, answer=" ", by="staff:vera", now=NOW)
    made.refresh_from_db()
    assert made.closed_at is None
    Client.objects.filter(pk=buyer.pk).update(phone=None, erased_at=NOW)
    with pytest.raises(Refusal, match="not_in_the_book"):
        soft(buyer, key="another")


def test_the_database_knows_no_complaint_closed_by_nobody(db):
    made = soft(person())
    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.update(closed_at=NOW)
    assert Complaints().entry(made).more == "too soft · Open"
