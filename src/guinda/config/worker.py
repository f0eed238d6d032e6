"""The worker: tells the listeners, frees lapsed holds, plans the couriers, sends messages. Any number may run at once."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.db import close_old_connections

from guinda.base import clock
from guinda.delivery.dispatcher import plan_all
from guinda.journal.services import announce
from guinda.orders.payments import send_refunds
from guinda.orders.services import expire_holds

logger = logging.getLogger(__name__)
PAUSE_S = 0.2
"""Between looks at the journal when there was nothing to tell: the longest a placed order waits before it is seen."""


class Chore(NamedTuple):
    """Work done every so many real seconds; returns how much it did."""

    work: Callable[..., int]
    every_s: float


CHORES = (
    Chore(announce, PAUSE_S),
    Chore(plan_all, 1.0),
    Chore(expire_holds, 2.0),
    Chore(send_refunds, 2.0),
)


def run() -> None:
    """Work until told to stop (SIGTERM or SIGINT)."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    messages = threading.Thread(target=_send_messages, name="messages", daemon=True)
    messages.start()
    due_s = dict.fromkeys(CHORES, 0.0)
    while not stop.is_set():
        for chore in CHORES:
            if time.monotonic() >= due_s[chore]:
                _do(chore, clock.now())
                due_s[chore] = time.monotonic() + chore.every_s
        stop.wait(PAUSE_S)


def _do(chore: Chore, now: datetime) -> None:
    try:
        chore.work(now=now)
    except Exception:
        logger.exception("%s failed and will be tried again", chore.work.__name__)
    finally:
        close_old_connections()


def _send_messages() -> None:
    from procrastinate.contrib.django import app  # deferred: needs the settings

    app.with_connector(app.connector.get_worker_connector()).run_worker(  # type: ignore[attr-defined]
        install_signal_handlers=False, delete_jobs="successful", listen_notify=True, fetch_job_polling_interval=5,
    )
