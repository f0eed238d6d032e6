"""Tables for spreadsheets. What people typed is in them, so no cell may be a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from guinda.tables.kinds import guarded


def sheet(rows: Iterable[Sequence[str]]) -> str:
    """CSV with a mark that makes spreadsheets read it as UTF-8."""
    written = io.StringIO()
    csv.writer(written).writerows([guarded(cell) for cell in row] for row in rows)
    return "\ufeff" + written.getvalue()
