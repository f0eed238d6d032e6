"""Clients by any part of a name, a number, an e-mail or a company, and by an order's code.

The embedded server has no pg_trgm: `clients_grams(text)` makes the set of a text's three-letter pieces, and a core GIN index over it
answers which rows have all pieces of a word; the row itself is then asked whether they stand together. A piece that very many rows
share would be read to its end, so the index is told to stop at about `ENOUGH` rows: then some of very many are found, and the page
asks for more letters.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from guinda.base.admin_tools import words
from guinda.clients import rooms
from guinda.clients.models import Client

SHOWN = 30
ENOUGH = 2000
SHORTEST = 3
"""Letters of a word that can be searched in any part; shorter ones are beginnings of names."""
TELLING = 7
"""Digits at the end of a telephone that few others share."""
CLIENT_TEXT = "lower(name || ' ' || coalesce(phone, '') || ' ' || email)"
CONTACT_TEXT = "lower(name || ' ' || phone || ' ' || email)"


def found(text: str, *, limit: int = SHOWN) -> list[Client]:
    """The clients that every word of the text is found in, the newest first; those merged away show the client that is kept."""
    said = words(text)
    asked = [word.lower() for word in said]
    if not asked:
        return list(Client.objects.filter(merged_into=None, erased_at=None).order_by("-pk")[:limit])
    ids = _by_text(asked, limit)
    for room in rooms.every():
        ids += room.found(" ".join(said))
    rows = Client.objects.filter(pk__in=ids, erased_at=None).select_related("merged_into").order_by("-pk")
    kept = {(each.merged_into or each).pk: each.merged_into or each for each in rows}
    return list(kept.values())[:limit]


def _by_text(asked: Sequence[str], limit: int) -> list[int]:
    clients = _where(CLIENT_TEXT, asked)
    contacts = _where(CONTACT_TEXT, asked)
    sql = f"""SELECT set_config('gin_fuzzy_search_limit', '{ENOUGH}', true);
              (SELECT id FROM clients_client WHERE {clients} LIMIT %(limit)s)
              UNION ALL (SELECT company_id FROM clients_contact WHERE {contacts} LIMIT %(limit)s)"""  # noqa: S608 - our own parts
    facts: dict[str, str | int] = {"limit": limit}
    for n, word in enumerate(asked):
        facts |= {f"word{n}": _telling(word), f"like{n}": _like(word)}
    with connection.cursor() as cursor:
        cursor.execute(
            sql, facts
        )  # both in one round trip, and so in one transaction: the limit ends with it
        cursor.nextset()
        return [pk for (pk,) in cursor.fetchall()]


def _where(text: str, asked: Sequence[str]) -> str:
    parts = []
    for n, word in enumerate(asked):
        if len(word) >= SHORTEST:
            parts.append(f"clients_grams({text}) @> clients_grams(%(word{n})s) AND {text} LIKE %(like{n})s")
        else:
            parts.append(f"{text} LIKE %(like{n})s")
    return " AND ".join(parts)


def _telling(word: str) -> str:
    """The part whose pieces the index is asked for: of a telephone its end, since a country's numbers all begin alike."""
    return word[-TELLING:] if word.lstrip("+").isdigit() else word


def _like(word: str) -> str:
    """Any part of the text; a short word only where a name, a number or an e-mail begins."""
    escaped = word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%" if len(word) >= SHORTEST else f"{escaped}%"
