"""The books of fruit, added up again by the statements of `guinda audit`: what tests ask after they did their worst."""

from __future__ import annotations

from django.db import connection

from guinda.config.audit import CHECKS

FRUIT = [check for check in CHECKS if check.name.startswith("stock.")]


def books_add_up() -> None:
    """Stock equals the sum of movements, what is held is what live orders wait for, what left is in the movements."""
    with connection.cursor() as cursor:
        for check in FRUIT:
            cursor.execute(check.wrong)
            assert cursor.fetchall() == [], check.promise
