"""Two that were one: everything moves, everything can go back, and whoever confirms the other telephone is the same client."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guinda.base.refusals import Refusal
from guinda.clients.merging import duplicates, ids_of, merge, undo
from guinda.clients.models import Address, Client, Contact, Merge, Touch
from guinda.clients.services import client_id_of, known, remember_address
from guinda.clients.tests.book import NOW, company, person
from guinda.journal.models import Event
from tests.races import at_once

WHERE = {"lat": 55.7, "lon": 37.6, "note": "", "now": NOW}


def touch(client: Client) -> Touch:
    facts = {"channel": "call", "outcome": "reached", "currency": "RUB", "by": "staff:vera", "at": NOW}
    return Touch.objects.create(key=uuid4(), client=client, **facts)


def test_the_other_telephone_is_the_kept_client_until_it_is_undone(db):
    a, b = person(1), person(2)
    made = merge(kept_id=a.pk, gone_id=b.pk, by="staff:vera", now=NOW)
    assert known(phone=b.phone, language="en", now=NOW) == a
    assert client_id_of(b.phone) == a.pk
    assert ids_of(a) == [a.pk, b.pk]
    undo(merge=made, by="staff:vera", now=NOW)
    assert client_id_of(b.phone) == b.pk
    told = Event.objects.filter(ref=f"client:{a.pk}").order_by("pk")
    assert list(told.values_list("kind", flat=True)) == ["client.merged", "client.unmerged"]


def test_what_came_since_the_merge_stays_with_the_kept(db):
    a, b = person(1), person(2)
    made = merge(kept_id=a.pk, gone_id=b.pk, by="x", now=NOW)
    later = touch(a)
    undo(merge=made, by="x", now=NOW)
    later.refresh_from_db()
    assert later.client_id == a.pk


def test_the_same_address_of_both_is_not_lost(db):
    a, b = person(1), person(2)
    for client in (a, b):
        remember_address(client_id=client.pk, street="Pokrovka 12", flat="4", **WHERE)
    remember_address(client_id=b.pk, street="Zatsepa 5", flat="", **WHERE)
    made = merge(kept_id=a.pk, gone_id=b.pk, by="x", now=NOW)
    assert set(a.addresses.values_list("street", flat=True)) == {"Pokrovka 12", "Zatsepa 5"}
    assert Address.objects.count() == 3
    undo(merge=made, by="x", now=NOW)
    assert b.addresses.count() == 2


@pytest.mark.parametrize("kind", ["itself", "company", "merged", "missing"])
def test_what_is_not_two_clients_is_refused_and_changes_nothing(db, kind):
    a, b = person(1), person(2)
    other = {"itself": a.pk, "company": company().pk, "merged": b.pk, "missing": 10**9}[kind]
    if kind == "merged":
        merge(kept_id=person(3).pk, gone_id=b.pk, by="x", now=NOW)
    before = Merge.objects.count()
    with pytest.raises(Refusal):
        merge(kept_id=a.pk, gone_id=other, by="x", now=NOW)
    assert Merge.objects.count() == before


def test_merged_from_both_sides_at_once_it_is_one_merge(transactional_db):
    a, b = person(1), person(2)
    ways = [(a.pk, b.pk), (b.pk, a.pk)] * 4
    done = at_once([lambda k=k, g=g: merge(kept_id=k, gone_id=g, by="x", now=NOW).pk for k, g in ways])
    assert len([each for each in done if isinstance(each, int)]) == 1
    assert Client.objects.filter(merged_into=None).count() == 1


def test_undone_twice_at_once_is_undone_once(transactional_db):
    a, b = person(1), person(2)
    made = merge(kept_id=a.pk, gone_id=b.pk, by="x", now=NOW)
    done = at_once([lambda: undo(merge=made, by="x", now=NOW)] * 6)
    assert sorted(map(str, done)) == ["None"] + ["undone_before"] * 5


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=6))
def test_undone_newest_first_any_merges_leave_no_trace(db, steps):
    Touch.objects.all().delete()
    Merge.objects.all().delete()
    Client.objects.all().delete()
    people = [person(each) for each in range(4)]
    for client in people:
        touch(client)
    before = set(Touch.objects.values_list("pk", "client_id"))
    made = []
    for a, b in steps:
        try:
            made.append(merge(kept_id=people[a].pk, gone_id=people[b].pk, by="x", now=NOW))
        except Refusal:
            continue
    kept = set(Client.objects.filter(merged_into=None).values_list("pk", flat=True))
    assert set(Touch.objects.values_list("client_id", flat=True)) == kept
    for each in reversed(made):
        undo(merge=each, by="x", now=NOW)
    assert set(Touch.objects.values_list("pk", "client_id")) == before
    assert not Client.objects.exclude(merged_into=None).exists()


def test_a_merge_below_a_later_one_waits(db):
    a, b, c = person(1), person(2), person(3)
    first = merge(kept_id=b.pk, gone_id=a.pk, by="x", now=NOW)
    second = merge(kept_id=c.pk, gone_id=b.pk, by="x", now=NOW)
    assert client_id_of(a.phone) == c.pk
    with pytest.raises(Refusal, match="merged_further"):
        undo(merge=first, by="x", now=NOW)
    undo(merge=second, by="x", now=NOW)
    undo(merge=first, by="x", now=NOW)
    assert client_id_of(a.phone) == a.pk


def test_who_may_be_one_is_proposed_with_the_reason(db):
    a, b = person(1, email="Lena@example.org"), person(2, email="lena@example.org")
    c, d = person(3, name="Лена"), person(4, name="лена")
    for client in (c, d):
        remember_address(client_id=client.pk, street="Pokrovka 12", flat="4", **WHERE)
    e, f = company("North"), company("North, the shop")
    for each in (e, f):
        Contact.objects.create(company=each, name="The buyer", phone="+79165550000")
    stranger = person(5, name="Лена")
    remember_address(client_id=stranger.pk, street="Pokrovka 12", flat="5", **WHERE)
    found = [(each.a, each.b, each.why) for each in duplicates()]
    assert found == [(a.pk, b.pk, "email"), (e.pk, f.pk, "phone"), (c.pk, d.pk, "name")]
    assert [(each.b, each.why) for each in duplicates(client_id=d.pk)] == [(c.pk, "name")]


def test_pulled_apart_they_are_not_proposed_again(db):
    a, b = person(1, email="lena@example.org"), person(2, email="lena@example.org")
    made = merge(kept_id=a.pk, gone_id=b.pk, by="x", now=NOW)
    assert duplicates() == []
    undo(merge=made, by="x", now=NOW)
    assert duplicates() == []
