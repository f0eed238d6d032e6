"""Files sent through the office: they arrive in parts, are looked at by the worker, and written once what was shown is confirmed.

A worker claims a file by a lock that ends with its transaction, and what it does to the file's state is in that transaction too: killed
at any moment it has done nothing, and the next worker does it. How far it is, is told over a connection beside.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, JSONField, Max, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length
from django.utils.translation import gettext as _
from django.utils.translation import override

from guinda.base.refusals import Refusal
from guinda.tables import services
from guinda.tables.judging import Change
from guinda.tables.models import Part, Upload
from guinda.tables.reading import MOST_BYTES, Source, Tick
from guinda.tables.services import Look

PART_BYTES = 2 * 1024 * 1024
"""What the page sends at once; a web process refuses bodies beyond 5 MB."""
KEPT = timedelta(days=1)
"""How long what was sent, and the rows that were shown, are kept: they may be personal."""
SHOWN = ["added", "edited", "problems"]
TOLD_EACH_S = 0.4
"""Between two words on how far it is."""
logger = logging.getLogger(__name__)
State = Upload.State


def begin(
    *, table_name: str, file_name: str, encoding: str, size_bytes: int, by: str, language: str, now: datetime
) -> Upload:
    """A file is about to arrive; one that is too large is refused before any of it is sent."""
    table = services.find(table_name)
    Source(Path(), file_name, encoding)
    if size_bytes > MOST_BYTES:
        raise Refusal(
            "too_large",
            _("This file has %(size)s MB, and %(most)s MB is the most. Divide it into several files.")
            % {"size": size_bytes // 2**20, "most": MOST_BYTES // 2**20},
            status=413,
        )
    return Upload.objects.create(
        table_name=table.name,
        file_name=file_name[:200] or "file.csv",
        encoding=encoding,
        language=language,
        size_bytes=size_bytes,
        by=by,
        sent_at=now,
    )


def add_part(*, upload: Upload, number: int, content: bytes) -> None:
    """Some of its bytes; the same part sent again is the same part. The last one makes it ready to be looked at."""
    if len(content) > PART_BYTES * 2 or not 0 <= number <= MOST_BYTES // PART_BYTES:
        raise Refusal("bad_part", _("This part of the file is too large. Send the file again."), status=413)
    if upload.state != State.ARRIVING:
        return
    Part.objects.bulk_create([Part(upload=upload, number=number, content=content)], ignore_conflicts=True)
    arrived = upload.parts.aggregate(parts=Count("pk"), last=Max("number"), size=Sum(Length("content")))
    if arrived["size"] > upload.size_bytes:
        raise Refusal("bad_part", _("More arrived than the file has. Send the file again."), status=409)
    if arrived["size"] == upload.size_bytes and arrived["parts"] == arrived["last"] + 1:
        Upload.objects.filter(pk=upload.pk, state=State.ARRIVING).update(state=State.SENT)


def confirm(*, upload: Upload, token: str) -> None:
    """What was shown under `token` shall be written. Confirmed twice is confirmed once."""
    chosen = Upload.objects.filter(pk=upload.pk, token=token)
    if chosen.filter(state=State.SHOWN).update(state=State.CONFIRMED, rows_done=0):
        return
    if not chosen.filter(state__in=[State.CONFIRMED, State.APPLIED]).exists():
        raise Refusal(
            "not_shown",
            _("What you confirmed is not what is shown any more. Look at the page again, and confirm that."),
        )


def work_uploads(*, now: datetime) -> int:
    """Look at, or write, each file that waits and that no other worker has; returns how many."""
    waiting = list(
        Upload.objects.filter(state__in=Upload.WORK).order_by("sent_at").values_list("pk", flat=True)[:20]
    )
    return sum(_work_on(key, now) for key in waiting)


def _work_on(key: UUID, now: datetime) -> bool:
    with transaction.atomic():
        upload = Upload.objects.filter(pk=key).first() if _claimed(key) else None
        if upload is None or not upload.in_work:
            return False
        facts: dict[str, Any]
        try:
            with (
                transaction.atomic(),
                override(upload.language),
                _arrived(upload) as source,
                _told(upload) as tick,
            ):
                facts = _look_or_write(upload, source, now, tick)
        except Refusal as refusal:
            with override(upload.language):
                facts = {"state": State.REFUSED, "outcome": {"sentence": str(refusal.sentence)}}
        except Exception:
            logger.exception("Bringing in %s failed", upload)
            with override(upload.language):
                sentence = _(
                    "Something went wrong on our side, and nothing was changed. Please tell the office's administrator."
                )
            facts = {"state": State.REFUSED, "outcome": {"sentence": sentence}}
        Upload.objects.filter(pk=key).update(**facts)
        if facts["state"] in {State.APPLIED, State.REFUSED}:
            upload.parts.all().delete()
    return True


def _look_or_write(upload: Upload, source: Source, now: datetime, tick: Tick) -> dict[str, Any]:
    """The file's next state and what its page shows."""
    table = services.find(upload.table_name)
    note = ""
    if upload.state == State.CONFIRMED:
        try:
            found = services.apply(
                table=table, source=source, by=upload.by, now=now, expects=upload.token, tick=tick
            )
        except Refusal as refusal:
            if refusal.code != "changed_meanwhile":
                raise
            note = _(
                "Rows changed since you looked, so nothing was written. This is what the file would change now."
            )
        else:
            return {"state": State.APPLIED, "outcome": outcome(found)}
    found = services.look(table=table, source=source, now=now, tick=tick)
    state = State.REFUSED if found.problem_count else State.SHOWN
    return {"state": state, "token": found.token, "outcome": {**outcome(found), "note": note}}


def outcome(found: Look) -> dict[str, Any]:
    """A look as the page shows it."""
    return {
        "new": found.verdict.new,
        "changed": found.verdict.changed,
        "same": found.verdict.same,
        "digest": found.digest,
        "added": _plain(found.added),
        "edited": _plain(found.edited),
        "problem_count": found.problem_count,
        "problems": [each._asdict() for each in found.problems],
    }


def _plain(changes: Sequence[Change]) -> list[dict[str, Any]]:
    return [each._asdict() for each in changes]


def forget_uploads(*, now: datetime) -> int:
    """What was sent, and which rows were shown, of files of a day ago: they may be personal. Counts stay."""
    old = Upload.objects.filter(sent_at__lt=now - KEPT)
    with transaction.atomic():
        Part.objects.filter(upload__in=old.exclude(state__in=Upload.WORK)).delete()
        old.filter(state__in=[State.ARRIVING, State.SHOWN]).update(state=State.LAPSED)
        shown = old.filter(outcome__has_any_keys=SHOWN).exclude(state__in=Upload.WORK)
        return shown.update(outcome=RawSQL("outcome - %s::text[]", [SHOWN], output_field=JSONField()))


def _claimed(key: UUID) -> bool:
    """Whether this transaction is the one that works on it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"upload:{key}"])
        return bool((cursor.fetchone() or (False,))[0])


@contextmanager
def _arrived(upload: Upload) -> Iterator[Source]:
    """The file, whole, on this machine's disc for as long as it is read."""
    with tempfile.NamedTemporaryFile(prefix="guinda-table-") as file:
        _pour(upload, file)  # type: ignore[arg-type]
        yield Source(Path(file.name), upload.file_name, upload.encoding)


def _pour(upload: Upload, into: BinaryIO) -> None:
    into.writelines(upload.parts.order_by("number").values_list("content", flat=True).iterator(chunk_size=1))
    into.flush()


@contextmanager
def _told(upload: Upload) -> Iterator[Tick]:
    """A way to say how far it is that others see at once: what a transaction writes is seen at its end."""
    beside, last_s = connection.copy(), time.monotonic()

    def tick(done: int, rows: int) -> None:
        nonlocal last_s
        if time.monotonic() - last_s >= TOLD_EACH_S:
            last_s = time.monotonic()
            with beside.cursor() as cursor:
                cursor.execute(
                    "UPDATE tables_upload SET rows_done = %s, rows = %s WHERE id = %s",
                    [done, rows, upload.pk],
                )

    try:
        yield tick
    finally:
        beside.close()
