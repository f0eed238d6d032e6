"""What was exported comes back the same: an export that is imported changes nothing, and what was imported is what is exported."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guinda.tables.declare import TABLES
from guinda.tables.kinds import (
    FORMULA,
    SLUG,
    Choice,
    Degrees,
    Instant,
    Money,
    Phone,
    Scaled,
    Text,
    Whole,
    Word,
    YesNo,
    bare,
    guarded,
)
from tests.tables.files import apply, export, look
from tests.world import build

pytestmark = pytest.mark.django_db

PRINTABLE = st.characters(
    exclude_categories=["Cc", "Cs", "Cn", "Co"], include_characters="\n\r\t=+-@'\",;\u00a0"
)
SLUGS = st.text("abcXYZ019_-", min_size=1, max_size=50)
TIMES = st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds of a strategy
SOME = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def texts(most: int):
    return st.text(PRINTABLE, min_size=1, max_size=min(most, 40)).filter(lambda text: text.strip())


def values(column):
    """Any value of the column's kind, as the file's own text."""
    made = _values(column.kind, column.name)
    return made if column.required else st.one_of(st.just(""), made)


def _values(kind, name):  # noqa: C901, PLR0911 - one line per kind
    match kind:
        case Text(most=most):
            return texts(most).map(guarded)
        case Whole(least=least, most=most):
            return st.integers(least, most).map(kind.show)
        case Scaled(least=least, most=most):
            return st.integers(least, most).map(kind.show)
        case Money():
            return st.integers(1, Money.MOST).map(lambda minor: f"{minor // 100}.{minor % 100:02}")
        case Degrees(most=most):
            return st.floats(-most, most, allow_nan=False).map(repr)
        case Instant():
            return TIMES.map(kind.show)
        case YesNo():
            return st.sampled_from(["yes", "no"])
        case Choice(values=words):
            return st.sampled_from(list(words))
        case Phone():
            return st.integers(10**6, 10**14).map(lambda digits: f"'+7{digits}"[:16])
        case Word() if name == "colour":
            return st.integers(0, 0xFFFFFF).map("#{:06x}".format)
    return SLUGS.map(guarded) if kind is SLUG else st.text("ABC019", min_size=1, max_size=20)


REFERRED = {
    "city": st.just("moscow"),
    "product": st.just("sweet-cherry"),
    "variety": st.sampled_from(["kordia", "rainier", "lapins"]),
    "store": st.just("zatsepa"),  # nothing was received there yet
    "home_store": st.sampled_from(["pokrovka", "zatsepa"]),
    "account": st.sampled_from(["a@b", "-anna", "lena", "vera+1"]).map(guarded),
    "lot": st.sampled_from(["L00001", "L00002", "L00003"]),
    "picked_at": st.integers(1, 28).map("1980-02-{:02}T05:00Z".format),
    "expires_at": st.integers(1, 28).map("1980-03-{:02}T05:00+03:00".format),
}


def rows_of(table):
    cells = {each.name: REFERRED.get(each.name, values(each)) for each in table.columns}
    return st.lists(
        st.fixed_dictionaries(cells),
        max_size=4,
        unique_by=lambda row: tuple(bare(row[name]) for name in table.key),
    )


def written(table, rows) -> str:
    into = io.StringIO(newline="")
    writer = csv.DictWriter(into, table.names)
    writer.writeheader()
    writer.writerows(rows)
    return into.getvalue()


@pytest.mark.parametrize("name", TABLES)
def test_import_and_export_are_a_fixed_point(name, tmp_path):
    build(shelf_g=0 if name == "lots" else 1_000)
    for account in ("a@b", "-anna", "lena", "vera+1"):
        User.objects.create_user(account)
    table = TABLES[name]

    @SOME
    @given(rows=rows_of(table))
    def holds(rows):
        with transaction.atomic():
            content = written(table, rows)
            found = apply(tmp_path, name, content)
            assert found.verdict.new + found.verdict.changed + found.verdict.same == len(rows)
            assert look(tmp_path, name, content).verdict[:2] == (0, 0), "imported twice is imported once"
            out = export(name)
            again = look(tmp_path, name, out)
            assert not again.problem_count, [each.sentence() for each in again.problems]
            assert again.verdict[:2] == (0, 0), (again.added, again.edited)
            apply(tmp_path, name, out)
            assert export(name) == out
            transaction.set_rollback(True)

    holds()


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("'=+-@\t\r1a "), max_size=8))
def test_the_guard_comes_off_as_it_went_on(text):
    assert bare(guarded(text)) == text
    assert not guarded(text).startswith(tuple("=+-@\t\r"))
    assert bool(FORMULA.match(text)) == (guarded(text) != text)


def test_no_exported_cell_is_a_formula(tmp_path):
    build()
    content = (
        'phone,name\n+79161234567,"=HYPERLINK(""http://x"",""click"")"\n+79161234568,@SUM(A1)\n+79161234569,-2+3\n'
        '+79161234560,\'=1\n+79161234561,+1\n"+79161234562","\t=1"\n'
    )
    apply(tmp_path, "clients", content)
    cells = [
        cell
        for row in csv.reader(io.StringIO(export("clients").decode("utf-8-sig"), newline=""))
        for cell in row
    ]
    assert len(cells) == 28
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))]


@pytest.mark.parametrize(
    "degrees", [0.00012345678901234567, -0.00010000000000000001, 1e-7, 5e-324, 90.0, -0.0]
)
def test_a_place_close_to_the_equator_comes_back(degrees):
    kind = Degrees(most=90)
    assert kind.parse(kind.show(degrees)) == degrees
