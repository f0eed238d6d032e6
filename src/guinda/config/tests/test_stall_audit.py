"""The audit of bags: honest days have nothing to find, and each rule broken by hand is seen."""

from __future__ import annotations

import pytest
from django.db import connection

from guinda.config import audit
from guinda.stalls.tests.street import FLOAT, Street, after
from tests.world import NOW

BROKEN = {
    "stalls.goods": [
        "UPDATE stalls_load SET counted_g = counted_g + 1",
        "UPDATE stalls_load SET weight_g = weight_g - 1",
        "UPDATE stalls_sale SET weight_g = weight_g + 1",
        "UPDATE stalls_difference SET counted_g = counted_g + 1 WHERE lot_id IS NOT NULL",
        "UPDATE stock_movement SET weight_g = weight_g + 1 WHERE reason = 'sale'",
    ],
    "stalls.cash": [
        "UPDATE stalls_bag SET cash_minor = cash_minor + 1 WHERE closed_at IS NOT NULL",
        "UPDATE stalls_bag SET float_minor = float_minor + 1",
        "DELETE FROM stalls_difference WHERE lot_id IS NULL AND cause = 'late'",
    ],
    "stalls.prices": [
        "UPDATE stalls_sale SET price_minor = price_minor + 1",
        "UPDATE stalls_load SET per_kg_minor = per_kg_minor + 1",
    ],
}


@pytest.fixture
def street(db) -> Street:
    """A bag with every kind of difference, and one that is still out."""
    street = Street()
    bag = street.issue()
    street.take_in(bag, street.sold(5_200), street.sold(700, street.rainier))
    street.close(
        bag, {street.rainier.pk: 2_250}, FLOAT + 500_000, dict.fromkeys((0, street.rainier.pk), "why")
    )
    street.take_in(bag, street.sold(300), now=after(hours=11))
    second = street.issue({street.rainier.pk: 1_000}, seller=street.new_seller("zoya", "Zoya"))
    street.take_in(second, street.sold(400, street.rainier), seller=second.seller)
    return street


def found() -> set[str]:
    return {each.name for each in audit.CHECKS if audit.check(each.name, now=NOW).found}


def test_honest_bags_have_nothing_to_find(street):
    assert found() - {"journal.told"} == set()


@pytest.mark.parametrize(("name", "harm"), [(name, harm) for name, harms in BROKEN.items() for harm in harms])
def test_each_broken_rule_is_found(street, name, harm):
    with connection.cursor() as cursor:
        cursor.execute(harm)
        assert cursor.rowcount, "the harm must do something"
    assert name in found()


def test_each_check_of_bags_has_a_harm():
    assert set(BROKEN) == {each.name for each in audit.CHECKS if each.name.startswith("stalls.")}
