"""The tick: claim runs whose time has come, in batches, and move them by set.

Any number of workers may tick at once. A batch is one transaction: its runs are claimed with SKIP LOCKED and stay locked until what was
done for them commits with them, so a worker that dies leaves them due. A message is a row of the outbox in that same transaction, under
a key of run and step.

Lock order: the play (shared: whoever switches it waits for the batch, and the next batch sees it), then runs, then clients. All of them
are only ever taken with SKIP LOCKED: a play that is being switched, a run that is being answered and a client who is being merged or
erased are left for the next tick. So a tick waits for nobody, and nobody waits in a circle for a tick.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F

from guinda.clients import contacting
from guinda.clients.models import Channel, Client, Rule
from guinda.plays import matching, moving, speaking, today
from guinda.plays.definition import DESK, END, GOAL, Definition, Step
from guinda.plays.definition.checks import HELD_BACK, LAPSED
from guinda.plays.hushing import hush, key
from guinda.plays.knowing import definition_of
from guinda.plays.models import Lookout, Play, Run
from guinda.plays.moving import Done

logger = logging.getLogger(__name__)

BATCH = 4000
"""Runs of one transaction: long enough that statements, not round trips, are what takes time; short enough that nobody waits long."""
MOST_BATCHES = 50
"""Of one tick: then whoever called may see whether it is time to stop."""
TRY_AGAIN = timedelta(days=1)
"""A contact that is held back, and whose play says nothing of it, is tried again so much later."""
MOMENT = timedelta(minutes=1)
"""A message of which it is not settled yet whether it goes is looked at again so much later."""
MOST_TRIES = 14
"""Then the client is left alone."""
DUE_PLAYS = """
SELECT p.id FROM plays_play p WHERE p.state = 'on' AND (
    EXISTS (SELECT FROM plays_run r WHERE r.play_id = p.id AND r.state = 'waiting' AND r.due_at <= %(now)s)
    OR EXISTS (SELECT FROM plays_run r WHERE r.play_id = p.id AND r.state IN ('listed', 'asked') AND r.lapses_at <= %(now)s))
ORDER BY p.priority, p.id
"""
DUE = """
SELECT r.id, r.client_id, r.version_id, r.step, r.number, r.city_id, r.heard_at IS NOT NULL, r.state <> 'waiting'
FROM plays_run r WHERE r.play_id = %(play)s AND {which} LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
"""
WAITING = "r.state = 'waiting' AND r.due_at <= %(now)s ORDER BY r.due_at"
LAPSING = "r.state IN ('listed', 'asked') AND r.lapses_at <= %(now)s ORDER BY r.lapses_at"
ON_LISTS = "r.state = 'listed' AND r.due_at <= %(now)s AND r.id > %(after)s ORDER BY r.id"
"""Those not looked at in this round yet."""


class Due(NamedTuple):
    """One claimed run."""

    id: int
    client_id: int
    version_id: int
    step: str
    number: int
    city_id: str
    heard: bool
    lapsed: bool


def tick(*, now: datetime, batch: int = BATCH) -> int:
    """Move what is due, plays of a lower priority number first; returns how many runs were moved."""
    moved = _let_go(batch, now)
    for _each in range(MOST_BATCHES):
        with connection.cursor() as cursor:
            cursor.execute(DUE_PLAYS, {"now": now})
            plays = [play_id for (play_id,) in cursor.fetchall()]
        now_moved = sum(_moved(play_id, batch, now) for play_id in plays)
        moved += now_moved
        if not now_moved:
            break
    return moved


def _moved(play_id: int, batch: int, now: datetime) -> int:
    """One batch of one play; a play that fails is told in the log and holds up no other."""
    try:
        return _move(play_id, batch, now)
    except Exception:
        logger.exception("The runs of play %s could not be moved; the other plays go on", play_id)
        return 0


def look_again(*, now: datetime, batch: int = BATCH) -> int:
    """Who is on a list, but has said no or been contacted enough since, leaves it as if held back before; returns how many did.

    Of each play the next `batch`, in rounds over all who are on its lists, however many: whoever a round misses because somebody else has
    them locked is looked at in the next one.

    Two plays may list a client on one morning: when the first call is made, the caps may have no room for the second.
    """
    plays = Play.objects.filter(state=Play.State.ON).order_by("priority", "pk").values_list("pk", flat=True)
    return sum(_look_again(play_id, batch, now) for play_id in plays)


@transaction.atomic
def _look_again(play_id: int, batch: int, now: datetime) -> int:
    Lookout.objects.get_or_create(play_id=play_id)
    lookout = Lookout.objects.select_for_update(skip_locked=True).filter(play_id=play_id).first()
    if lookout is None:
        return 0  # another worker looks at this play
    claimed = _claim(play_id, ON_LISTS, batch, now, after=lookout.after)
    lookout.after = claimed[-1].id if len(claimed) == batch else 0
    lookout.save(update_fields=["after"])
    groups: dict[tuple[int, str], list[Due]] = defaultdict(list)
    for each in claimed:
        groups[each.version_id, each.step].append(each)
    held_back = 0
    for (version_id, slug), due in groups.items():
        play = definition_of(version_id)
        held = _held(play, play.step(slug), _reachable(due), now)
        _hold(play, play.step(slug), held, now)
        held_back += len(held)
    return held_back


@transaction.atomic
def _let_go(batch: int, now: datetime) -> int:
    """Whoever is on the way in a play that was switched off leaves it, and hears nothing more of it."""
    active = Run.objects.filter(play__state=Play.State.OFF, state__in=Run.ACTIVE).select_related("client")
    rows = list(active.select_for_update(no_key=True, skip_locked=True, of=("self", "client"))[:batch])
    hush([(each.pk, each.number) for each in rows], now=now)
    return moving.leave([each.pk for each in rows], Run.Why.OFF, now=now)


@transaction.atomic
def _move(play_id: int, batch: int, now: datetime) -> int:
    """One batch of one play; nothing when it was switched meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM plays_play WHERE id = %s AND state = 'on' FOR SHARE SKIP LOCKED", [play_id]
        )
        if not cursor.rowcount:
            return 0
    claimed = _claim(play_id, WAITING, batch, now) or _claim(play_id, LAPSING, batch, now)
    groups: dict[tuple[int, str, bool], list[Due]] = defaultdict(list)
    for each in claimed:
        groups[each.version_id, each.step, each.lapsed].append(each)
    return sum(
        _move_group(definition_of(version_id), step, lapsed=lapsed, due=due, now=now)
        for (version_id, step, lapsed), due in groups.items()
    )


def _claim(play_id: int, which: str, limit: int, now: datetime, *, after: int = 0) -> list[Due]:
    values: dict[str, Any] = {"play": play_id, "limit": limit, "now": now, "after": after}
    with connection.cursor() as cursor:
        cursor.execute(DUE.format(which=which), values)
        return [Due(*row) for row in cursor.fetchall()]


def _move_group(play: Definition, slug: str, *, lapsed: bool, due: Sequence[Due], now: datetime) -> int:
    """All claimed runs that stand before one step of one version."""
    if not slug:
        return _end_holdouts([each.id for each in due], now)
    step = play.step(slug)
    if GOAL in step.targets:  # whose messages may be taken back
        due = _reachable(due)
    if lapsed:
        return moving.advance(play, step, LAPSED, [each.id for each in due], now=now)
    return MOVES[step.kind](play, step, due, now)


def _end_holdouts(ids: Collection[int], now: datetime) -> int:
    """Their time to reach the goal without us is over."""
    return Run.objects.filter(pk__in=ids).update(state=Run.State.DONE, why=Run.Why.TIME, ended_at=now)


def _pass(play: Definition, step: Step, due: Sequence[Due], now: datetime) -> int:
    return moving.advance(play, step, "passed", [each.id for each in due], now=now)


def _hear(play: Definition, step: Step, due: Sequence[Due], now: datetime) -> int:
    """What was waited for came, or its time is over."""
    came = {each.id for each in due if each.heard}
    return _fork(play, step, due, {"came": came, "did_not_come": {each.id for each in due} - came}, now)


def _ask(play: Definition, step: Step, due: Sequence[Due], now: datetime) -> int:
    """A question to the facts."""
    match = matching.who_match(step.when, among=[each.client_id for each in due], now=now)
    yes = {each.id for each in due if each.client_id in match}
    return _fork(play, step, due, {"yes": yes, "no": {each.id for each in due} - yes}, now)


def _fork(
    play: Definition, step: Step, due: Sequence[Due], ways: Mapping[str, Collection[int]], now: datetime
) -> int:
    for outcome, ids in ways.items():
        if ids:
            moving.advance(play, step, outcome, ids, now=now)
    return len(due)


def _say(play: Definition, step: Step, due: Sequence[Due], now: datetime) -> int:
    """A message to each who may be contacted, unless today's plan gives their message to others."""
    due = _reachable(due)
    left = today.left_out({each.id: each.number for each in due}, now=now)
    if left is None:
        return 0
    _leave_out(step, left.out, now)
    Run.objects.filter(pk__in=left.wait, state=Run.State.WAITING).update(due_at=now + MOMENT)
    due = [each for each in due if each.id not in left.wait]
    runs = {each.id: (each.client_id, each.number, each.city_id) for each in due if each.id not in left.out}
    done, held = speaking.say(play, step, runs, now=now)
    if done:
        moving.advance(play, step, "sent", list(done), now=now, facts=done)
    _hold(play, step, held, now)
    return len(due)


def _leave_out(step: Step, ids: Collection[int], now: datetime) -> None:
    """Not today, says the plan: the run ends where it would if held back, or where the goal's time is over; else it is due a day later.

    A branch that leads on is not taken: what comes there (a seller's call, say) no plan has weighed.
    """
    runs = Run.objects.filter(pk__in=ids, state=Run.State.WAITING)
    late = (
        runs if step.branches.get(HELD_BACK) == END else runs.filter(deadline_at__lte=F("due_at") + TRY_AGAIN)
    )
    moving.leave(list(late.values_list("pk", flat=True)), Run.Why.LEFT_OUT, now=now)
    runs.update(due_at=F("due_at") + TRY_AGAIN)


def _list(play: Definition, step: Step, due: Sequence[Due], now: datetime) -> int:
    """Onto the sellers' lists go those who may be contacted; quiet hours are the list's own question, minute by minute."""
    due = _reachable(due)
    held = _held(play, step, due, now)
    _hand_over([each.id for each in due if each.id not in held], Run.State.LISTED, step, now)
    _hold(play, step, held, now)
    return len(due)


def _held(play: Definition, step: Step, due: Sequence[Due], now: datetime) -> dict[int, str]:
    """By run, the rule that stands against contacting its client for a seller's step; work at the desk contacts nobody."""
    if step.channel == DESK:
        return {}
    rules = contacting.held_back(
        [each.client_id for each in due],
        purpose=play.purpose,
        channel=Channel(step.channel),
        now=now,
        keys={each.client_id: key(each.id, each.number) for each in due},
        waits=True,
    )
    return {each.id: rules[each.client_id] for each in due if each.client_id in rules}


def _greet(play: Definition, step: Step, due: Sequence[Due], now: datetime) -> int:  # noqa: ARG001 - as the others
    """The panel will say it when the client comes to one: nobody is disturbed by that."""
    _hand_over([each.id for each in due], Run.State.ASKED, step, now)
    return len(due)


def _hand_over(ids: Collection[int], to: Run.State, step: Step, now: datetime) -> None:
    lapses_at = now + step.within if step.within else None
    Run.objects.filter(pk__in=ids).update(state=to, lapses_at=lapses_at, tries=0)


def _reachable(due: Sequence[Due]) -> list[Due]:
    """Those whose clients nobody else is changing or deciding about at this moment; they stay locked, the others stay due."""
    clients = Client.objects.select_for_update(no_key=True, skip_locked=True)
    rows = clients.filter(pk__in=[each.client_id for each in due]).order_by("pk")
    mine = set(rows.values_list("pk", flat=True))
    return [each for each in due if each.client_id in mine]


def _hold(play: Definition, step: Step, held: Mapping[int, str], now: datetime) -> None:
    """Whoever may not be contacted leaves for good when they are gone, takes the branch when there is one, else is tried again later."""
    gone = [run_id for run_id, rule in held.items() if rule == Rule.GONE]
    moving.leave(gone, Run.Why.GONE, now=now)
    rest = {run_id: rule for run_id, rule in held.items() if rule != Rule.GONE}
    if HELD_BACK in step.branches:
        facts = {run_id: Done(evidence={"rule": str(rule)}) for run_id, rule in rest.items()}
        if rest:
            moving.advance(play, step, HELD_BACK, list(rest), now=now, facts=facts)
        return
    still = Run.objects.filter(pk__in=rest)
    moving.leave(
        list(still.filter(tries__gte=MOST_TRIES).values_list("pk", flat=True)), Run.Why.HELD_BACK, now=now
    )
    later = {"state": Run.State.WAITING, "due_at": now + TRY_AGAIN, "lapses_at": None}
    still.filter(state__in=Run.ACTIVE).update(**later, tries=F("tries") + 1)


MOVES = {
    "wait": _pass,
    "until": _hear,
    "question": _ask,
    "message": _say,
    "seller": _list,
    "panel": _greet,
}
"""What is done for the runs that stand before a step, by its kind."""
