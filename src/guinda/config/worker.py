"""The worker: tells the listeners, frees lapsed holds, plans the couriers, sends messages. Any number may run at once."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from django.db import close_old_connections
from procrastinate.contrib.django import app

from guinda.base import clock
from guinda.clients.tasks import forget_texts
from guinda.delivery.dispatcher import plan_all
from guinda.delivery.promises import learn
from guinda.journal.services import announce
from guinda.orders.payments import send_refunds, settle_reserved
from guinda.orders.services import expire_holds

logger = logging.getLogger(__name__)
PAUSE_S = 0.2
"""Between looks at the journal when there was nothing to tell: the longest a placed order waits before it is seen."""
MESSAGES_PAUSE_S = 5.0
"""Before the part that sends messages is started again after a fault."""
MESSAGES_LOOK_S = 5.0
"""Between looks for messages that were never notified of: those whose time to be tried again has come."""
STOP_LIMIT_S = 8.0


class Chore(NamedTuple):
    """Work done every so many real seconds; returns how much it did."""

    work: Callable[..., int]
    every_s: float


CHORES = (
    Chore(announce, PAUSE_S),
    Chore(plan_all, 1.0),
    Chore(expire_holds, 2.0),
)
AWAY_CHORES = (
    Chore(send_refunds, 2.0),
    Chore(forget_texts, 60.0),
    Chore(settle_reserved, 10.0),
    Chore(learn, 60.0),
)
"""What waits for a payment provider, or reads weeks of rows, has a thread of its own: a slow one holds up no bag."""


def run() -> None:
    """Work until told to stop (SIGTERM or SIGINT), then finish what is being done and end."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    beside = [
        threading.Thread(target=send_messages, args=[stop], name="messages", daemon=True),
        threading.Thread(target=work_through, args=[AWAY_CHORES, stop], name="providers", daemon=True),
    ]
    for thread in beside:
        thread.start()
    work_through(CHORES, stop)
    for thread in beside:
        thread.join(STOP_LIMIT_S)


def work_through(chores: Sequence[Chore], stop: threading.Event) -> None:
    """Do each chore when it is due, one after the other, until `stop`."""
    due_s = dict.fromkeys(chores, 0.0)
    while not stop.is_set():
        for chore in chores:
            if time.monotonic() >= due_s[chore] and not stop.is_set():
                _do(chore, clock.now())
                due_s[chore] = time.monotonic() + chore.every_s
        stop.wait(PAUSE_S)


def _do(chore: Chore, now: datetime) -> None:
    try:
        close_old_connections()  # one that broke while we slept
        chore.work(now=now)
    except Exception:
        logger.exception("%s failed and will be tried again", chore.work.__name__)
    finally:
        close_old_connections()


def send_messages(stop: threading.Event) -> None:
    """Run Procrastinate's worker until `stop`; whatever ends it before, it is started again."""
    while not stop.is_set():
        try:
            asyncio.run(_work_until(stop))
        except Exception:
            logger.exception("Sending messages failed and starts again in %g s", MESSAGES_PAUSE_S)
        stop.wait(MESSAGES_PAUSE_S)


async def _work_until(stop: threading.Event) -> None:
    """A second app over the same tasks with a connection of its own: this process goes on deferring through Django's.

    Ends also when listening for new messages does: Procrastinate would go on without, and each would wait to be looked for.
    """
    connector: Any = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    deaf = _tell_when_deaf(connector)
    sender = app.with_connector(connector)
    async with sender.open_async():
        working = asyncio.create_task(
            sender.run_worker_async(
                install_signal_handlers=False,
                delete_jobs="always",  # their arguments are telephones and codes
                listen_notify=True,
                fetch_job_polling_interval=MESSAGES_LOOK_S,
                shutdown_graceful_timeout=STOP_LIMIT_S / 2,
            ),
        )
        while not (stop.is_set() or working.done() or deaf.is_set()):
            await asyncio.wait([working], timeout=PAUSE_S)
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


def _tell_when_deaf(connector: Any) -> asyncio.Event:
    """An event that is set once `connector` has stopped listening, for whatever reason."""
    listen, deaf = connector.listen_notify, asyncio.Event()

    async def listening(*given: Any, **named: Any) -> None:
        try:
            await listen(*given, **named)
        finally:
            deaf.set()

    connector.listen_notify = listening
    return deaf
