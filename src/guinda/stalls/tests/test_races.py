"""Whatever happens at once, a sale counts once and the books close."""

from __future__ import annotations

from uuid import uuid4

import pytest

from guinda.stalls.models import Bag, Difference, Load
from guinda.stalls.tests.street import FLOAT, after
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_same_batch_sent_eight_times_at_once_counts_once(real_street):
    street = real_street
    bag = street.issue()
    batch = [street.sold(100) for _ in range(20)]
    answers = at_once([lambda: street.take_in(bag, *batch, tallies=[])] * 8)
    assert all(answer.kept == [each.key for each in batch] for answer in answers)
    assert bag.sales.count() == 20
    assert street.held_g(bag)[street.kordia.pk] == 3_000


def test_the_close_and_late_batches_at_once_leave_books_that_close(real_street):
    street = real_street
    reasons = dict.fromkeys((0, street.kordia.pk, street.rainier.pk), "at once")
    for _round in range(5):
        bag = street.issue({street.kordia.pk: 1_000})
        jobs = [lambda bag=bag: street.take_in(bag, street.sold(100), now=after(hours=10)) for _ in range(5)]
        jobs.append(lambda bag=bag: street.close(bag, {street.kordia.pk: 500}, FLOAT + 44_500, reasons))
        at_once(jobs)
        bag.refresh_from_db()
        assert bag.closed_at
        assert bag.sales.count() == 5
        over = Difference.objects.filter(bag=bag)
        assert sum(each.over_g or 0 for each in over) == 0
        assert sum(each.over_minor or 0 for each in over) == 0
        street.add_up(bag)


def test_two_issues_to_one_seller_at_once_give_one_bag(real_street):
    street = real_street
    results = at_once([street.issue] * 6)
    assert results.count("bag_open") == 5
    assert Bag.objects.count() == 1
    assert street.free_g(street.kordia) == 5_000


def test_one_issue_sent_many_times_at_once_is_one_bag(real_street):
    street, key = real_street, uuid4()
    results = at_once([lambda: street.issue(key=key)] * 6)
    assert len({bag.pk for bag in results}) == 1
    assert Load.objects.count() == 2
    assert street.free_g(street.kordia) == 5_000


def test_bags_of_many_sellers_at_once_never_take_more_than_the_store_has(real_street):
    street = real_street
    sellers = [street.new_seller(f"seller{number}", "Zoya") for number in range(6)]
    results = at_once(
        [lambda each=each: street.issue({street.kordia.pk: 4_000}, seller=each) for each in sellers]
    )
    assert results.count("not_enough") == 4
    assert street.free_g(street.kordia) == 2_000


def test_two_closes_at_once_close_once(real_street):
    street = real_street
    bag = street.issue()
    counted = {street.kordia.pk: 5_000, street.rainier.pk: 3_000}
    results = at_once([lambda: street.close(bag, counted, FLOAT)] * 4)
    assert results.count("bag_closed") == 3
    assert street.free_g(street.kordia) == 10_000
    street.add_up(bag)
