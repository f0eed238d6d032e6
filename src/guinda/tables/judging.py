"""A file beside the rows there are: copied into a temporary table, checked and compared by set, whatever the number of rows."""

# ruff: noqa: S608 - statements are made of what the rooms declare, never of what a file says

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from guinda.tables.declare import Column, Reference, Row, Rules, Table
from guinda.tables.problems import LISTED, Problem, Problems, Wrong
from guinda.tables.reading import TICK_ROWS, Sheet, Tick

SAMPLES = 50
"""New rows, and changed ones, that a look shows; all are counted."""


class Change(NamedTuple):
    """A row that would be added or changed: its key, and each cell that would be another, before and after."""

    row: int
    key: str
    cells: list[tuple[str, str, str]]


class Verdict(NamedTuple):
    """How many rows are new, changed and the same; `state` is a sum over what they are compared with."""

    new: int
    changed: int
    same: int
    state: int


def take_in(sheet: Sheet, table: Table, rules: Rules, problems: Problems, tick: Tick) -> None:
    """Copy the rows that can be read into the temporary table `incoming`; what can't be is added to `problems`."""
    columns = ", ".join(f'"{each.name}" {each.kind.sql}' for each in table.columns)
    names = ", ".join(f'"{name}"' for name in table.names)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS incoming, judged")
        cursor.execute(f"CREATE TEMPORARY TABLE incoming (row_no integer NOT NULL, {columns}) ON COMMIT DROP")
        with cursor.copy(f"COPY incoming (row_no, {names}) FROM STDIN") as copy:
            for number, row in _rows(sheet, table, rules, problems, tick):
                copy.write_row([number, *row.values()])
        cursor.execute("ANALYZE incoming")
    for reference in table.references:
        _unknown(reference, problems)
    _twice(table, problems)


def _rows(
    sheet: Sheet, table: Table, rules: Rules, problems: Problems, tick: Tick
) -> Iterator[tuple[int, Row]]:
    columns = sheet.columns(table)
    blank: Row = {each.name: None if each.required else each.default for each in table.columns}
    for count, (number, cells) in enumerate(sheet.rows(), 1):
        if count % TICK_ROWS == 0:
            tick(count, sheet.row_count)
        if len(cells) != len(columns):
            expected = _("%(count)s cells, as many as row 1 has") % {"count": len(columns)}
            problems.add(number, "", _("%(count)s cells") % {"count": len(cells)}, expected)
        elif (row := _row(number, cells, columns, blank, problems)) is not None:
            try:
                rules.read(row)
            except Wrong as wrong:
                found = cells[sheet.header.index(wrong.column)] if wrong.column in sheet.header else ""
                problems.add(number, wrong.column, found, wrong.expected)
            else:
                yield number, row


def _row(
    number: int, cells: Sequence[str], columns: Sequence[Column], blank: Row, problems: Problems
) -> Row | None:
    row = dict(blank)
    sound = True
    for column, text in zip(columns, cells, strict=True):
        try:
            row[column.name] = column.read(text)
        except ValueError:
            problems.add(number, column.name, text, column.kind.expected)
            sound = False
    return row if sound else None


def _unknown(reference: Reference, problems: Problems) -> None:
    """Rows whose `reference` names nothing that is there: one statement."""
    names = [f'i."{name}"' for name in reference.columns]
    given = " AND ".join(f"{name} IS NOT NULL" for name in names)
    statement = (
        f"SELECT i.row_no, {names[-1]}, count(*) OVER () FROM incoming i WHERE {given}"
        f" AND ({', '.join(names)}) NOT IN ({reference.known}) ORDER BY i.row_no LIMIT {LISTED}"
    )
    _add_found(statement, reference.columns[-1], str(reference.expected), problems)


def _twice(table: Table, problems: Problems) -> None:
    """Rows whose key an earlier row has: one statement."""
    key = ", ".join(f'"{name}"' for name in table.key)
    last = table.key[-1]
    statement = (
        f'SELECT row_no, "{last}"::text, count(*) OVER (), earlier FROM ('
        f'SELECT row_no, "{last}", min(row_no) OVER (PARTITION BY {key}) AS earlier FROM incoming) numbered'
        f" WHERE row_no > earlier ORDER BY row_no LIMIT {LISTED}"
    )
    expected = _("a value of its own: row %(earlier)s has the same")
    _add_found(statement, last, expected, problems)


def _add_found(statement: str, column: str, expected: str, problems: Problems) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall()
    if rows:
        found = [
            Problem(row[0], column, row[1], expected % {"earlier": row[3]} if len(row) > 3 else expected)
            for row in rows
        ]
        problems.merge(found, rows[0][2])


def judge(table: Table, given: Sequence[str]) -> Verdict:
    """Compare with the rows there are, into the temporary table `judged`: each row whole, with its verdict and what it `was`.

    Columns the file leaves out keep what they have, and have their default in new rows.
    """
    values = {each.name: _value(each, is_given=each.name in given) for each in table.columns}
    compared = [name for name in table.names if name in given and name not in table.key] or [table.key[0]]
    ours, theirs = ", ".join(values[name] for name in compared), ", ".join(f'c."{name}"' for name in compared)
    columns = ", ".join(f'{value} AS "{name}"' for name, value in values.items())
    key = " AND ".join(f'c."{name}" = i."{name}"' for name in table.key)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS judged")
        cursor.execute(
            f"CREATE TEMPORARY TABLE judged ON COMMIT DROP AS SELECT i.row_no, {columns}, c.id AS target,"
            f" CASE WHEN c.id IS NULL THEN 'new' WHEN ROW({ours}) IS DISTINCT FROM ROW({theirs}) THEN 'changed' ELSE 'same' END AS verdict,"
            f" CASE WHEN ROW({ours}) IS DISTINCT FROM ROW({theirs}) THEN c::text END AS was"
            f" FROM incoming i LEFT JOIN ({table.current}) c ON {key}"
        )
        cursor.execute(
            "SELECT count(*) FILTER (WHERE verdict = 'new'), count(*) FILTER (WHERE verdict = 'changed'),"
            " count(*) FILTER (WHERE verdict = 'same'),"
            " coalesce(sum(hashtextextended(concat(verdict, was), row_no)), 0)::text FROM judged"
        )
        new, changed, same, state = cursor.fetchone() or (0, 0, 0, "0")
    return Verdict(new, changed, same, int(state))


def _value(column: Column, *, is_given: bool) -> str:
    """What a row will have: the cell, or what is there where the cell is left open."""
    cell, there = f'i."{column.name}"', f'c."{column.name}"'
    if column.default is None:
        return f"coalesce({cell}, {there})"
    return cell if is_given else f"CASE WHEN c.id IS NULL THEN {cell} ELSE {there} END"


def changes(table: Table, rules: Rules, verdict: str) -> list[Change]:
    """The first rows with this verdict, cell by cell, as the file writes them."""
    ours, theirs = (", ".join(f'{side}."{name}"' for name in table.names) for side in "jc")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT j.row_no, {ours}, {theirs} FROM judged j LEFT JOIN ({table.current}) c ON c.id = j.target"
            f" WHERE j.verdict = %s ORDER BY j.row_no LIMIT {SAMPLES}",
            [verdict],
        )
        rows = cursor.fetchall()
    width = len(table.columns)
    return [_change(table, rules, row[0], row[1 : 1 + width], row[1 + width :]) for row in rows]


def _change(table: Table, rules: Rules, number: int, after: Sequence[Any], before: Sequence[Any]) -> Change:
    is_new = before[table.names.index(table.key[0])] is None
    new = said(table, rules, after)
    old = [""] * len(new) if is_new else said(table, rules, before)
    cells = [
        (name, was, will)
        for name, was, will in zip(table.names, old, new, strict=True)
        if was != will and name not in table.key
    ]
    key = " · ".join(new[table.names.index(name)] for name in table.key)
    return Change(number, key, cells)


def said(table: Table, rules: Rules, values: Sequence[Any]) -> list[str]:
    """A row's values as people read them."""
    row = _in_words(table, rules, values)
    return [column.said(row[column.name]) for column in table.columns]


def texts(table: Table, rules: Rules, values: Sequence[Any]) -> list[str]:
    """A row's values as the cells of a file."""
    row = _in_words(table, rules, values)
    return [column.write(row[column.name]) for column in table.columns]


def _in_words(table: Table, rules: Rules, values: Sequence[Any]) -> Row:
    row: Row = dict(zip(table.names, values, strict=True))
    rules.show(row)
    return row
