"""Writes `docs/tables.md` from what the rooms declare, between its marks: `python tools/tables_page.py`. A test holds it to the code."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guinda.tables.declare import Column, Table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tables.md"
MARK = "<!-- columns: made by tools/tables_page.py -->\n"


def columns() -> str:
    """Each table with its columns, as a page shows them."""
    from django.utils import translation

    from guinda.tables.declare import TABLES

    with translation.override("en"):
        return "\n".join(line for table in TABLES.values() for line in _lines(table))


def _lines(table: Table) -> list[str]:
    rows = [
        f"| `{each.name}` | {each.meaning} | {_expected(each)} | {'`' + each.example + '`' if each.example else ''} |"
        for each in table.columns
    ]
    key = ", ".join(f"`{name}`" for name in table.key)
    notes = [f"Key: {key}."]
    notes += ["It only grows: a row that is there is never changed."] if table.adds_only else []
    notes += ["It holds personal data."] if table.personal else []
    head = ["| column | meaning | may hold | example |", "|---|---|---|---|"]
    return [f"### {table.name}", "", f"{table.meaning} {' '.join(notes)}", "", *head, *rows, ""]


def _expected(column: Column) -> str:
    if column.required:
        return column.kind.expected
    default = column.write(column.default)
    return f"{column.kind.expected}; may be left out" + (f" (`{default}`)" if default else "")


def main() -> int:
    """Write the page anew."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guinda.config.settings")
    import django

    django.setup()
    before, _between, after = PAGE.read_text().split(MARK)
    PAGE.write_text(f"{before}{MARK}{columns()}{MARK}{after}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
