"""Clients by any part of a name, a number, an e-mail or a company, and by an order's code.

The embedded server has no pg_trgm: `clients_grams(text)` makes the set of a text's three-letter pieces, and a core GIN index over it
answers which rows have all pieces of a word; the row itself is then asked whether they stand together. A word that very many share would
have the index read to no use, so the newest `NEWEST` clients are looked through first: when they fill the page, the index is not asked.
(The server's own `gin_fuzzy_search_limit` is no help: it thins each piece's rows by chance, and may leave none of those that have all.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from guinda.base.admin_tools import words
from guinda.clients import rooms
from guinda.clients.models import Client

SHOWN = 30
NEWEST = 400
"""Looked through in a millisecond; what does not fill a page of `SHOWN` among these is shared by few enough for the index."""
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
    plain = _where(CLIENT_TEXT, asked, by_index=False)
    older = f"SELECT id FROM clients_client ORDER BY id DESC OFFSET {NEWEST} LIMIT 1"  # noqa: S608 - our own parts
    sql = f"""WITH older AS MATERIALIZED (SELECT coalesce(({older}), 0) AS id)
              SELECT id FROM (
                  (SELECT id FROM clients_client WHERE id > (SELECT id FROM older) AND {plain} ORDER BY id DESC LIMIT %(limit)s)
                  UNION ALL (SELECT id FROM clients_client WHERE id + 0 <= (SELECT id FROM older) AND {clients} LIMIT %(limit)s)
                  UNION ALL (SELECT company_id FROM clients_contact WHERE {contacts} LIMIT %(limit)s)
              ) found LIMIT %(limit)s"""  # noqa: S608 - our own parts; `id + 0`, so that the primary key's index is left out of it
    pieces = sorted({piece for word in asked for piece in _pieces(word)})
    facts: dict[str, Any] = {"limit": limit, "pieces": pieces}
    facts |= {f"like{n}": _like(word) for n, word in enumerate(asked)}
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return [pk for (pk,) in cursor.fetchall()]


def _where(text: str, asked: Sequence[str], *, by_index: bool = True) -> str:
    likes = [f"{text} LIKE %(like{n})s" for n in range(len(asked))]
    if by_index and any(len(word) >= SHORTEST for word in asked):
        likes.insert(0, f"clients_grams({text}) @> %(pieces)s::text[]")
    return " AND ".join(likes)


def _pieces(word: str) -> list[str]:
    """What the index is asked for: as few pieces as cover the word; of a telephone only its end, since a country's all begin alike."""
    if len(word) < SHORTEST:
        return []
    telling = word[-TELLING:] if word.lstrip("+").isdigit() else word
    starts = {*range(0, len(telling) - 2, 3), len(telling) - 3}
    return [telling[start : start + 3] for start in starts]


def _like(word: str) -> str:
    """Any part of the text; a short word only where a name, a number or an e-mail begins."""
    escaped = word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%" if len(word) >= SHORTEST else f"{escaped}%"
