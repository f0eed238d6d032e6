"""Look at what a file would change, change it, and write a table to a file.

Lock order: one import of a table at a time (an advisory lock), then the rows to change in the order of their keys, with a lock that
lets orders refer to them meanwhile. So two imports wait for each other in a line, never in a circle.
"""

# ruff: noqa: S608 - statements are made of what the rooms declare, never of what a file says

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import ForeignKeyViolation, UniqueViolation

from guinda.base.refusals import Refusal
from guinda.journal.services import record
from guinda.tables import judging
from guinda.tables.declare import TABLES, Table, Writing
from guinda.tables.judging import Change, Verdict
from guinda.tables.problems import Problem, Problems
from guinda.tables.reading import Sheet, Source, Tick, silent

MEANWHILE = (UniqueViolation, ForeignKeyViolation)
"""A row with the same key came in between, or one that is referred to went."""
FETCHED = 5_000
"""Rows of an export in memory at once."""


@dataclass(frozen=True)
class Look:
    """What a file would change. `token` stands for the file and for what it is compared with: both must be as they were to apply it."""

    table: Table
    digest: str
    given: Sequence[str]
    verdict: Verdict
    token: str
    problem_count: int = 0
    problems: Sequence[Problem] = ()
    added: Sequence[Change] = ()
    edited: Sequence[Change] = ()


def find(name: str) -> Table:
    """A table by its name; one that isn't there is refused."""
    if name not in TABLES:
        raise Refusal(
            "no_such_table",
            _("There is no table %(name)s. There are: %(all)s.")
            % {"name": name[:60], "all": ", ".join(TABLES)},
            status=404,
        )
    return TABLES[name]


def look(*, table: Table, source: Source, now: datetime, tick: Tick = silent) -> Look:
    """What the file would change, or what is wrong with it. Changes nothing.

    Raises:
        Refusal: the file as a whole can't be read.
    """
    with transaction.atomic():
        return _look(table, source, now, tick)


def apply(
    *,
    table: Table,
    source: Source,
    by: str,
    now: datetime,
    expects: str | None = None,
    tick: Tick = silent,
) -> Look:
    """Write the file's rows, all or none. With `expects`, only if it would change exactly what was shown under that token.

    Raises:
        Refusal: the file has problems, or the rows changed since they were looked at; nothing was changed.
    """
    with transaction.atomic():
        _one_at_a_time(table)
        found = _look(table, source, now, tick)
        if found.problem_count:
            raise Refusal(
                "problems",
                _(
                    "The file has problems (%(count)s). Nothing was changed: put them right and bring it in again."
                )
                % {"count": found.problem_count},
                status=422,
            )
        if expects is not None and expects != found.token:
            raise _stale()
        if found.verdict.new or found.verdict.changed:
            _write(found, Writing(by=by, now=now))
            counts = {"new": found.verdict.new, "changed": found.verdict.changed, "same": found.verdict.same}
            facts = {"file": source.name[:200], "digest": found.digest, **counts}
            record(kind="table.imported", ref=table.name, by=by, at=now, data=facts)
    return found


def _look(table: Table, source: Source, now: datetime, tick: Tick) -> Look:
    sheet, rules, problems = Sheet(source, table), table.rules(now), Problems()
    judging.take_in(sheet, table, rules, problems, tick)
    verdict = judging.judge(table, sheet.header)
    edited = judging.changes(table, rules, "changed")
    if table.adds_only:
        _refuse_changes(edited, verdict.changed, problems)
    return Look(
        table=table,
        digest=sheet.digest,
        given=sheet.header,
        verdict=verdict,
        token=hashlib.sha256(
            f"{table.name}:{sheet.digest}:{sheet.encoding}:{verdict.state}".encode()
        ).hexdigest(),
        problem_count=problems.count,
        problems=problems.listed,
        added=judging.changes(table, rules, "new"),
        edited=edited,
    )


def _refuse_changes(edited: Sequence[Change], count: int, problems: Problems) -> None:
    """What has happened stays: a row that says otherwise is a problem."""
    sentence = _("“%(was)s”, as it is there: this table only grows, so add a row instead")
    found = [
        Problem(each.row, column, will, sentence % {"was": was})
        for each in edited
        for column, was, will in each.cells[:1]
    ]
    problems.merge(found, count)


def _one_at_a_time(table: Table) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"table:{table.name}"])


def _write(found: Look, writing: Writing) -> None:
    """Change and add by set, after holding the rows to change and making sure that they still are what they were."""
    table, verdict = found.table, found.verdict
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM (SELECT FROM "{table.target}" t WHERE t."{table.target_key}" IN (SELECT target FROM judged'
            f" WHERE verdict = 'changed') ORDER BY t.\"{table.target_key}\" FOR NO KEY UPDATE) held"
        )
    if judging.judge(table, found.given) != verdict:
        raise _stale()
    try:
        with transaction.atomic():
            done = (
                _add(table, writing) if verdict.new else 0,
                _change(table, writing) if verdict.changed else 0,
            )
    except IntegrityError as error:
        if not isinstance(error.__cause__, MEANWHILE):
            raise
        raise _stale() from None
    if done != (verdict.new, verdict.changed):
        raise _stale()


def _add(table: Table, writing: Writing) -> int:
    if table.write is not None:
        return table.write(writing)
    others = _defaults(table)
    names = ", ".join(f'"{name}"' for name in [*table.sets, *others])
    values = ", ".join([*table.sets.values(), *(f"%({name})s" for name in others)])
    return _count(
        f"INSERT INTO \"{table.target}\" ({names}) SELECT {values} FROM judged j WHERE j.verdict = 'new' ORDER BY j.row_no",
        {"now": writing.now, **others},
    )


def _defaults(table: Table) -> dict[str, Any]:
    """What new rows have in the columns no file knows: what the model gives."""
    fields = table.model._meta.concrete_fields  # noqa: SLF001 - public in all but name
    return {
        str(field.column): field.get_db_prep_save(field.get_default(), connection)
        for field in fields
        if not field.primary_key and field.column not in table.sets
    }


def _change(table: Table, writing: Writing) -> int:
    pairs = ", ".join(f'"{name}" = {value}' for name, value in table.sets.items())
    return _count(
        f'UPDATE "{table.target}" t SET {pairs} FROM judged j WHERE j.verdict = \'changed\' AND t."{table.target_key}" = j.target',
        {"now": writing.now},
    )


def _count(statement: str, facts: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        return int(cursor.rowcount)


def _stale() -> Refusal:
    return Refusal(
        "changed_meanwhile",
        _(
            "Rows changed since you looked, so nothing was written. Look at what the file would change now, and confirm that."
        ),
    )


def export(*, table: Table, into: BinaryIO, now: datetime) -> int:
    """Write every row of a table as CSV; returns how many. Importing the file again changes nothing.

    UTF-8 with its mark and lines that end in CR LF: what spreadsheets read without asking.
    """
    rules, count = table.rules(now), 0
    text = io.TextIOWrapper(into, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(table.names)
    names, key = (", ".join(f'"{name}"' for name in chosen) for chosen in (table.names, table.key))
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM ({table.current}) c ORDER BY {key}")
        while rows := cursor.fetchmany(FETCHED):
            writer.writerows(judging.texts(table, rules, row) for row in rows)
            count += len(rows)
    text.detach()
    return count
