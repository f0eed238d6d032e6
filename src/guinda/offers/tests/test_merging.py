"""Two companies that were one: their account, their offers and what is held for them go along, and come back."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.auth.models import User

from guinda.clients.merging import merge, undo
from guinda.offers import numbers
from guinda.offers.models import Account, Hold, Number, Territory
from guinda.offers.tests.conftest import NOW
from guinda.offers.tests.offering import company


def account(client, number: str) -> Account:
    east = Territory.objects.get_or_create(name="East")[0]
    return Account.objects.create(client=client, number=number, territory=east)


def test_the_only_account_goes_along_and_comes_back(db):
    kept, gone = company("Kept"), company("Gone")
    account(gone, "A-1")
    made = merge(kept_id=kept.pk, gone_id=gone.pk, by="x", now=NOW)
    assert Account.objects.get().client_id == kept.pk
    undo(merge=made, by="x", now=NOW)
    assert Account.objects.get().client_id == gone.pk


def test_of_two_accounts_each_stays_and_the_merge_is_made(db):
    kept, gone = company("Kept"), company("Gone")
    account(kept, "A-1")
    account(gone, "A-2")
    made = merge(kept_id=kept.pk, gone_id=gone.pk, by="x", now=NOW)
    undo(merge=made, by="x", now=NOW)
    assert dict(Account.objects.values_list("number", "client_id")) == {"A-1": kept.pk, "A-2": gone.pk}


def test_a_number_held_for_the_merged_company_is_sold_to_the_kept_one(numbering):
    kept, gone, key = company("Kept"), company("Gone"), uuid4()
    anna = User.objects.create_user("anna")
    number = Number.objects.order_by("pk").first().pk
    numbers.hold(numbers=[number], key=key, seller_id=anna.pk, client_id=gone.pk, now=NOW)
    merge(kept_id=kept.pk, gone_id=gone.pk, by="x", now=NOW)
    assert Hold.objects.get().client_id == kept.pk
    numbers.sell(key=key, client_id=kept.pk, seller_id=anna.pk, now=NOW)
