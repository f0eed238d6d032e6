"""The worker: tells the listeners, frees lapsed holds, plans the couriers, moves the plays, plans the day, sends messages.

Any number may run at once.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import close_old_connections, connections

from guinda.base import clock
from guinda.clients.sending import Sender, tend
from guinda.delivery.dispatcher import plan_all
from guinda.delivery.past import forget_past
from guinda.delivery.promises import learn
from guinda.delivery.telling import tell_late
from guinda.journal.services import announce
from guinda.offers.ending import expire_offers
from guinda.offers.numbers import forget_holds, wake_rested
from guinda.orders.payments import send_refunds, settle_reserved
from guinda.orders.services import expire_holds
from guinda.orders.standing.placing import place_visits
from guinda.orders.standing.visits import lay_out_all
from guinda.planner.keeping import give
from guinda.planner.learning.history import note_reached
from guinda.planner.learning.nightly import learn_nightly
from guinda.planner.making import ask_nightly, forget_plans, make_next
from guinda.plays.engine import look_again, tick
from guinda.plays.entering import enter_nightly
from guinda.plays.hearing import look
from guinda.solvers import dispatch
from guinda.tables.uploads import forget_uploads, work_uploads

logger = logging.getLogger(__name__)
PAUSE_S = 0.2
"""Between looks at the journal when there was nothing to tell: the longest a placed order waits before it is seen."""
SENDERS = 3
"""Lines to the messages' provider in each worker: one that waits for an answer leaves two."""
STOP_LIMIT_S = 8.0


class Chore(NamedTuple):
    """Work done every so many real seconds; returns how much it did."""

    work: Callable[..., int]
    every_s: float


CHORES = (
    Chore(announce, PAUSE_S),
    Chore(plan_all, 1.0),
    Chore(expire_holds, 2.0),
    Chore(tell_late, 5.0),
    Chore(lay_out_all, 10.0),
    Chore(place_visits, 2.0),
)
AWAY_CHORES = (
    Chore(send_refunds, 2.0),
    Chore(settle_reserved, 10.0),
    Chore(learn, 60.0),
    Chore(tend, 10.0),
    Chore(expire_offers, 10.0),
    Chore(wake_rested, 60.0),
    Chore(forget_holds, 600.0),
    Chore(forget_past, 3600.0),
)
TABLE_CHORES = (
    Chore(work_uploads, 1.0),
    Chore(forget_uploads, 60.0),
)
PLAY_CHORES = (
    Chore(look, 0.5),
    Chore(tick, 1.0),
)
NIGHT_CHORES = (
    Chore(look_again, 30.0),
    Chore(enter_nightly, 60.0),
)
PLAN_CHORES = (
    Chore(make_next, 1.0),
    Chore(give, 1.0),
    Chore(ask_nightly, 60.0),
    Chore(forget_plans, 3600.0),
)
LEARN_CHORES = (
    Chore(note_reached, 60.0),
    Chore(learn_nightly, 60.0),
)
"""What waits for a provider, reads weeks of rows, works through a large file, moves thousands of clients, looks through all of them, plans
their day or learns has a thread of its own: none of it holds up a bag, nor a goal that was reached."""


def run() -> None:
    """Work until told to stop (SIGTERM or SIGINT), then finish what is being done and end."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    beside = [
        threading.Thread(target=work_through, args=[AWAY_CHORES, stop], name="providers", daemon=True),
        threading.Thread(target=work_through, args=[TABLE_CHORES, stop], name="tables", daemon=True),
        threading.Thread(target=work_through, args=[PLAY_CHORES, stop], name="plays", daemon=True),
        threading.Thread(target=work_through, args=[NIGHT_CHORES, stop], name="nights", daemon=True),
        threading.Thread(target=work_through, args=[PLAN_CHORES, stop], name="planner", daemon=True),
        threading.Thread(target=work_through, args=[LEARN_CHORES, stop], name="learning", daemon=True),
        *(threading.Thread(target=send, args=[stop], name="messages", daemon=True) for _ in range(SENDERS)),
    ]
    for thread in beside:
        thread.start()
    dispatch.warm_up()  # before it leads a city: until then another worker does
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


def send(stop: threading.Event) -> None:
    """Send messages over a line of this thread's own, one after the other, until `stop`."""
    sender = Sender()
    chore = Chore(sender.send_next, PAUSE_S)
    while not stop.is_set():
        if not _do(chore, clock.now()):
            stop.wait(PAUSE_S)
    sender.line.close()
    connections.close_all()  # this thread's own


def _do(chore: Chore, now: datetime) -> int:
    """How much was done; nothing when it failed."""
    try:
        close_old_connections()  # one that broke while we slept
        return chore.work(now=now)
    except Exception:
        logger.exception("%s failed and will be tried again", chore.work.__name__)
        return 0
    finally:
        close_old_connections()
