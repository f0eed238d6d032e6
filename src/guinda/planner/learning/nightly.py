"""Learning by night: each subject once a day, by one worker, where there is news; once a week a look at what moved since."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from django.db import connection

from guinda.base.refusals import Refusal
from guinda.planner.learning import subjects
from guinda.planner.learning.buying import PEOPLE
from guinda.planner.learning.drifting import look
from guinda.planner.learning.history import throws_of
from guinda.planner.learning.leaving import COMPANIES
from guinda.planner.models import Learned
from guinda.plays.entering import NIGHT_BEGINS

logger = logging.getLogger(__name__)
BY = "system"
NEWS = 1.1
"""Learned anew with a tenth more clients than were seen the last time, learned from or not: fewer change nothing that could be seen."""
WEEK = timedelta(days=7)
CLAIMED = """
INSERT INTO planner_night (subject, date) VALUES (%s, %s)
ON CONFLICT (subject) DO UPDATE SET date = excluded.date WHERE planner_night.date < excluded.date
"""


def learn_nightly(*, now: datetime) -> int:
    """Learn what has news, and look weekly at what is in use; returns how many versions were made.

    What one subject fails at is logged and left until the next night; the others are learned all the same.
    """
    tonight = (now - NIGHT_BEGINS).date()
    return sum(_learn(subject, now) for subject in subjects.every(now=now) if _claim(subject, tonight))


def _claim(subject: str, tonight: date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(CLAIMED, [subject, tonight])
        return bool(cursor.rowcount)


def _learn(subject: str, now: datetime) -> int:
    done = 0
    try:
        for version in Learned.objects.filter(subject=subject, in_use=True):
            look(version, now=now)
        for way in subjects.ways(subject) if _has_news(subject, now) else ():
            try:
                way(now=now, by=BY, progress=lambda _done, _of: None)
                done += 1
            except Refusal as refusal:
                logger.info("Nothing was learned of %s: %s", subject, refusal.sentence)
    except Exception:
        logger.exception("Learning of %s failed and will be tried again next night", subject)
    return done


def _has_news(subject: str, now: datetime) -> bool:
    """Of what chance decides, a tenth more clients; of the rest, a week."""
    last = Learned.objects.filter(subject=subject).order_by("-at").first()
    if last is None:
        return True
    if subject in {PEOPLE, COMPANIES}:
        return bool(now - last.at >= WEEK)
    return bool(len(throws_of(subject, now=now)) >= NEWS * last.report.get("seen", last.clients))
