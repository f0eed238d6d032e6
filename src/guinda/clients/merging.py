"""Two clients that are one: proposals, the merge, and its undo.

A merge points every row of the house that names the merged client to the kept one, room by room through the foreign keys, so that no room
has to be told. The merged client's row stays, with its telephone: whoever confirms that telephone is the kept client from then on.

Both clients' rows are locked against everything (FOR UPDATE) in ascending id, so a row that names the merged client waits for the merge
and lands beside it; pages therefore read a client under all of its ids (`ids_of`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.clients.models import Client, Merge, Moved
from guinda.journal.services import record

REASONS = ("email", "phone", "name")
PROPOSED = """
WITH reach AS NOT MATERIALIZED (SELECT id AS client_id, phone FROM clients_client WHERE kind = 'company' AND phone IS NOT NULL
               UNION ALL SELECT company_id, phone FROM clients_contact WHERE phone <> ''),
pair AS (
    SELECT a.id AS a, b.id AS b, 1 AS why FROM clients_client a JOIN clients_client b ON lower(b.email) = lower(a.email)
    WHERE a.email <> '' AND b.email <> '' AND {which}
    UNION ALL
    SELECT a.client_id, b.client_id, 2 FROM reach a JOIN reach b ON b.phone = a.phone WHERE {which_reach}
    UNION ALL
    SELECT a.id, b.id, 3 FROM clients_client a
    JOIN clients_address lives ON lives.client_id = a.id
    JOIN clients_address same ON same.street = lives.street AND same.flat = lives.flat
    JOIN clients_client b ON b.id = same.client_id AND lower(b.name) = lower(a.name)
    WHERE a.name <> '' AND {which}
)
SELECT pair.a, pair.b, min(pair.why) FROM pair
JOIN clients_client one ON one.id = pair.a AND one.merged_into_id IS NULL AND one.erased_at IS NULL
JOIN clients_client two ON two.id = pair.b AND two.merged_into_id IS NULL AND two.erased_at IS NULL AND two.kind = one.kind
WHERE NOT EXISTS (SELECT FROM clients_merge m WHERE m.undone_at IS NOT NULL
                  AND (m.kept_id, m.gone_id) IN ((pair.a, pair.b), (pair.b, pair.a)))
GROUP BY pair.a, pair.b ORDER BY 3, 1, 2 LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Proposal:
    """Two clients that may be one, and why: the same `email`, `phone`, or `name` and address."""

    a: int
    b: int
    why: str


def duplicates(*, client_id: int | None = None, limit: int = 50) -> list[Proposal]:
    """Who may be one, of all clients or with this one first; not what a person has already pulled apart again."""
    which, which_reach = "a.id < b.id", "a.client_id < b.client_id"
    if client_id is not None:
        which = "a.id = %(client)s AND b.id <> a.id"
        which_reach = "a.client_id = %(client)s AND b.client_id <> a.client_id"
    with connection.cursor() as cursor:
        sql = PROPOSED.format(which=which, which_reach=which_reach)
        cursor.execute(sql, {"client": client_id, "limit": limit})
        return [Proposal(a, b, REASONS[why - 1]) for a, b, why in cursor.fetchall()]


def ids_of(client: Client) -> list[int]:
    """The client's own id and those of everybody merged into it."""
    return [client.pk, *client.merged.values_list("pk", flat=True)]


@transaction.atomic
def merge(*, kept_id: int, gone_id: int, by: str, now: datetime) -> Merge:
    """Make two clients one: all that names `gone` names `kept`. Refused for what is not two clients of one kind in the book."""
    kept, gone = _locked(kept_id, gone_id)
    if kept.kind != gone.kind:
        raise Refusal(
            "two_kinds", _("A person and a company are never one client. Make the person a contact instead.")
        )
    if any(each.merged_into_id or each.erased_at for each in (kept, gone)):
        raise Refusal(
            "not_in_the_book",
            _("One of them was merged or erased meanwhile. Reload the page to see who is there."),
        )
    made = Merge.objects.create(kept=kept, gone=gone, by=by, at=now)
    for field in _names_a_client():
        rows = _point(field, to=kept.pk, at=gone.pk)
        if rows:
            Moved.objects.create(merge=made, table=_table(field), column=field.column, rows=rows)
    Client.objects.filter(pk=gone.pk).update(merged_into=kept)
    record(kind="client.merged", ref=f"client:{kept.pk}", by=by, at=now, data={"gone": gone.pk})
    return made


@transaction.atomic
def keep_apart(*, kept_id: int, gone_id: int, by: str, now: datetime) -> Merge:
    """Two that look alike are two, a person says: a merge undone in the same moment, so that they are not proposed again."""
    kept, gone = _locked(kept_id, gone_id)
    record(kind="client.told_apart", ref=f"client:{kept.pk}", by=by, at=now, data={"from": gone.pk})
    return Merge.objects.create(kept=kept, gone=gone, by=by, at=now, undone_by=by, undone_at=now)


@transaction.atomic
def undo(*, merge: Merge, by: str, now: datetime) -> None:
    """Pull them apart: what the merge moved goes back, what came since stays with the kept client."""
    kept, gone = _locked(merge.kept_id, merge.gone_id)
    if kept.merged_into_id or kept.erased_at:
        raise Refusal(
            "merged_further", _("This client was merged or erased since. Undo the later merge first.")
        )
    if not Merge.objects.filter(pk=merge.pk, undone_at=None).update(undone_at=now, undone_by=by):
        raise Refusal("undone_before", _("This merge was undone already. Reload the page to see both."))
    moved = {(each.table, each.column): each.rows for each in merge.moved.all()}
    for field in _names_a_client():
        rows = moved.get((_table(field), field.column), [])
        _point(field, to=gone.pk, at=kept.pk, only=rows)
    Client.objects.filter(pk=gone.pk).update(merged_into=None)
    record(kind="client.unmerged", ref=f"client:{kept.pk}", by=by, at=now, data={"back": gone.pk})


def _locked(kept_id: int, gone_id: int) -> tuple[Client, Client]:
    found = {
        each.pk: each
        for each in Client.objects.select_for_update().filter(pk__in=[kept_id, gone_id]).order_by("pk")
    }
    if len(found) != 2:
        raise Refusal("not_two", _("Choose two different clients to merge."))
    return found[kept_id], found[gone_id]


def _names_a_client() -> Iterator[Any]:
    """Every foreign key of the house that names a client, except the merges' own; also those that a client does not name back."""
    for relation in Client._meta.get_fields(include_hidden=True):  # noqa: SLF001 - Django's documented way to ask a model
        if relation.auto_created and not relation.concrete and relation.related_model is not Merge:
            yield relation.field  # type: ignore[union-attr]


def _point(field: Any, *, to: int, at: int, only: list[Any] | None = None) -> list[Any]:
    """Point rows that name `at` to `to`, one by one where the kept client may already have the like; returns whose rows moved.

    A row that would clash (the same street and flat) stays where it is. A row whose key is the client itself is the only one of its kind.
    """
    found = field.model.objects.filter(**{field.attname: at})
    if only is not None:
        found = found.filter(pk__in=[at] if only and field.primary_key else only)
    rows = [each if isinstance(each, int) else str(each) for each in found.values_list("pk", flat=True)]
    if not field.unique and not any(field.name in each.fields for each in _unique(field.model)):
        found.update(**{field.attname: to})
        return rows
    return [row for row in rows if _moved(field.model.objects.filter(pk=row), field, to)]


def _unique(model: type[models.Model]) -> list[models.UniqueConstraint]:
    constraints = model._meta.constraints  # noqa: SLF001 - as above
    return [each for each in constraints if isinstance(each, models.UniqueConstraint)]


def _table(field: Any) -> str:
    return str(field.model._meta.db_table)  # noqa: SLF001 - as above


def _moved(row: Any, field: Any, to: int) -> bool:
    try:
        with transaction.atomic():
            return bool(row.update(**{field.attname: to}))
    except IntegrityError:
        return False
