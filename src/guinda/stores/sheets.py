"""Tables for spreadsheets. What people typed is in them, so no cell may be a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA_STARTS = tuple("=+-@＝＋－＠\t\r\n|%")
"""What makes spreadsheets calculate, also after a blank: a telephone's plus is among them."""


def sheet(rows: Iterable[Sequence[str]]) -> str:
    """CSV with a mark that makes spreadsheets read it as UTF-8."""
    written = io.StringIO()
    csv.writer(written).writerows([plain(cell) for cell in row] for row in rows)
    return "\ufeff" + written.getvalue()


def plain(cell: str) -> str:
    """The cell as text: an apostrophe before whatever a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.lstrip(" \u00a0").startswith(FORMULA_STARTS) or cell[:1].isspace() else cell
