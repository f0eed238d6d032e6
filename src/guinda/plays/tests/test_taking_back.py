"""What has become pointless is taken back: messages at the goal or when a play is switched off, and lines of a seller's list."""

from __future__ import annotations

from uuid import uuid4

import pytest

from guinda.clients import contacting
from guinda.clients.models import Channel, Message
from guinda.plays import engine, services
from guinda.plays.models import Play, Run
from guinda.plays.tests.cast import (
    HOUR,
    NODDED,
    NOW,
    WAVED,
    call,
    city,
    go,
    happens,
    message,
    on,
    people,
    step,
    written,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def moscow():
    return city()


def test_what_waits_for_the_morning_is_taken_back_when_the_play_is_switched_off():
    on(written(message("say", 'sent = "last"'), step("last", 'passed = "end"', more='after = "3 days"')))
    night = NOW.replace(hour=22)
    happens(WAVED, people(2), at=night)
    go(night)
    assert set(Message.objects.values_list("state", flat=True)) == {"waiting"}
    services.switch(slug="wave", to=Play.State.OFF, by="test", now=night)
    go(night)
    assert set(Message.objects.values_list("state", flat=True)) == {"lapsed"}


def test_what_waits_for_the_morning_is_taken_back_at_the_goal_whichever_way_it_is_reached(settings):
    settings.CONTACT_CAPS = {"message": (1, 7)}
    on(written(message("say", 'sent = "last"'), step("last", 'passed = "end"', more='after = "1 day"')))
    on(written(message("say", 'sent = "end"'), slug="over", priority=101))
    on(written(message("say", 'sent = "goal"'), slug="told", priority=102))
    on(written(message("say", 'sent = "ring"'), call("ring", 'agreed = "goal"'), slug="call", priority=103))
    night, everybody = NOW.replace(hour=22), people(4)
    for slug, who in zip(("wave", "over", "told", "call"), everybody, strict=True):
        Play.objects.exclude(slug=slug).update(state="paused")
        Play.objects.filter(slug=slug).update(state="on")
        happens(WAVED, [who], at=night)
        go(night)
    assert set(Message.objects.values_list("state", flat=True)) == {"waiting"}
    happens(NODDED, everybody[:3], at=night + HOUR)
    run = Run.objects.get(play__slug="call")
    services.done(key=uuid4(), run_id=run.pk, step="ring", outcome="agreed", by="user:1", now=night + HOUR)
    states = dict(Message.objects.values_list("client", "state"))
    lapsed, kept = [everybody[0], everybody[1], everybody[3]], everybody[2]
    assert states == {each.pk: "lapsed" for each in lapsed} | {kept.pk: "waiting"}, (
        "a message that is itself the goal goes"
    )
    among = [each.pk for each in everybody]
    held = contacting.against(among, purpose="offer", channel=Channel.MESSAGE, now=night, waits=True)
    assert held == {kept.pk: "cap_channel"}, "a cap counts nothing that was taken back"


def test_a_long_list_is_looked_through_in_rounds_so_that_nobody_waits_behind_it():
    on(written(call("call", 'agreed = "end"')))
    everybody = people(7)
    happens(WAVED, everybody)
    go(NOW)
    assert [engine.look_again(now=NOW, batch=3) for _each in range(4)] == [0] * 4, "a round and a third"
    last = Run.objects.order_by("-pk").values_list("client", flat=True)[0]
    contacting.say(client_id=last, purpose="everything", channel="every", given=False, by="test", now=NOW)
    told = [engine.look_again(now=NOW, batch=3) for _each in range(3)]
    assert sorted(told) == [0, 0, 1], "each is looked at once a round, also the newest behind six older"
    services.switch(slug="wave", to="paused", by="test", now=NOW)
    contacting.say(
        client_id=everybody[0].pk, purpose="everything", channel="every", given=False, by="test", now=NOW
    )
    services.switch(slug="wave", to="on", by="test", now=NOW)
    assert sum(engine.look_again(now=NOW, batch=3) for _each in range(3)) == 1
