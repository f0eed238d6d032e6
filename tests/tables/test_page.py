"""The page of tables says what the rooms declare."""

from __future__ import annotations

from guinda.tables.declare import TABLES
from tools import tables_page


def test_the_columns_of_each_table_are_on_the_page() -> None:
    _before, between, _after = tables_page.PAGE.read_text().split(tables_page.MARK)
    assert between == tables_page.columns(), "Run python tools/tables_page.py."
    assert all(f"### {name}\n" in between for name in TABLES)
