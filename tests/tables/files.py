"""Files for the tests, and what they are tried with."""

from __future__ import annotations

import io
from pathlib import Path

from guinda.tables import services
from guinda.tables.declare import TABLES
from guinda.tables.reading import Source
from tests.world import NOW

CLIENTS = "phone,name,language\n"


def source(folder: Path, content: str | bytes, *, encoding: str = "") -> Source:
    """A file with this content."""
    path = folder / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Source(path, "file.csv", encoding)


def look(folder: Path, name: str, content: str | bytes, **options):
    return services.look(table=TABLES[name], source=source(folder, content, **options), now=NOW)


def apply(folder: Path, name: str, content: str | bytes, **options):
    return services.apply(table=TABLES[name], source=source(folder, content), by="test", now=NOW, **options)


def export(name: str) -> bytes:
    into = io.BytesIO()
    services.export(table=TABLES[name], into=into, now=NOW)
    return into.getvalue()


def lines(name: str) -> list[str]:
    """An export as text, line by line."""
    return export(name).decode("utf-8-sig").split("\r\n")[:-1]


def sentences(found) -> list[str]:
    return [each.sentence() for each in found.problems]
