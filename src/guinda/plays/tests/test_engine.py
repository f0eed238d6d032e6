"""Runs move by set, at their time, by the branch of what happened; nobody is contacted who may not be."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from guinda.base.refusals import Refusal
from guinda.clients import contacting, merging, personal
from guinda.clients.models import Client, HeldBack, Message, Touch
from guinda.journal.services import announce
from guinda.plays import engine, entering, hashing, knowing, services, speaking
from guinda.plays.definition import Faults
from guinda.plays.models import Heard, Play, Run, StepDone
from guinda.plays.tests.cast import (
    DAY,
    HOUR,
    NODDED,
    NOW,
    TEXTS,
    WAVED,
    call,
    city,
    go,
    happens,
    message,
    on,
    people,
    step,
    trail,
    written,
)

pytestmark = pytest.mark.django_db
LISTEN = step(
    "listen",
    'came = "end", did_not_come = "end"',
    more='until = {event = "client.nodded", within = "2 days"}',
)


@pytest.fixture(autouse=True)
def moscow():
    return city()


def test_a_wave_is_followed_by_a_message_at_ten_the_next_day_in_the_clients_own_city():
    on(written(message("say", 'sent = "end"', more='after = "12 hours"\nat = "10:00"\nholds = "3 hours"')))
    anna, far = people(), people(since=5, time_zone="Asia/Vladivostok")
    happens(WAVED, [*anna, *far])
    due = dict(Run.objects.values_list("client", "due_at"))
    assert due[anna[0].pk] == NOW + 22 * HOUR, "10:00 in Moscow is 07:00 UTC"
    assert due[far[0].pk] == NOW + 15 * HOUR, "10:00 in Vladivostok is 00:00 UTC"
    assert go(NOW + 21 * HOUR) == 1
    assert go(NOW + 22 * HOUR) == 1
    told = Message.objects.get(client=anna[0])
    assert (told.purpose, told.text, told.lapses_at) == ("offer", "Hello", NOW + 25 * HOUR)
    done = StepDone.objects.get(run__client=anna[0])
    assert (done.outcome, done.cost_minor, done.currency) == ("sent", 350, "RUB")
    assert set(Run.objects.values_list("state", "why")) == {("done", "end")}
    assert go(NOW + 30 * DAY) == 0


def test_an_hour_of_the_day_stays_that_hour_when_the_clocks_change():
    on(written(step("ten", 'passed = "night"', more='after = "12 hours"\nat = "10:00"'),
               step("night", 'passed = "end"', more='at = "02:30"')))  # fmt: skip
    autumn, spring = people(2, time_zone="Europe/Madrid")
    happens(WAVED, [autumn], at=datetime(2026, 10, 24, 10, tzinfo=UTC))
    assert Run.objects.get(client=autumn).due_at == datetime(2026, 10, 25, 9, tzinfo=UTC), (
        "10:00 is an hour later by UTC"
    )
    happens(WAVED, [spring], at=datetime(2027, 3, 26, 22, tzinfo=UTC))
    assert Run.objects.get(client=spring).due_at == datetime(2027, 3, 28, 8, tzinfo=UTC)
    Run.objects.filter(client=spring).update(due_at=NOW)
    go(datetime(2027, 3, 27, 23, tzinfo=UTC))
    assert Run.objects.get(client=spring).due_at == datetime(2027, 3, 28, 1, 30, tzinfo=UTC), (
        "02:30 is not on any clock that night"
    )


def test_who_may_not_be_contacted_takes_the_branch_or_is_tried_again_and_at_last_left_alone():
    on(written(message("say", 'sent = "end", held_back = "listen"'), LISTEN))
    on(written(message("say", 'sent = "end"'), slug="again", priority=101))
    shy = people(agreed=False)
    happens(WAVED, shy)
    go(NOW)
    one, again = Run.objects.order_by("play__slug").reverse()
    assert trail(one) == [("say", "held_back")]
    assert StepDone.objects.get(run=one).evidence == {"rule": "no_consent"}
    for day in range(1, 20):
        go(NOW + day * DAY)
    again.refresh_from_db()
    assert (again.state, again.why, again.tries) == ("left", "held_back", 14)
    assert not Message.objects.exists()
    assert HeldBack.objects.count() == 2, "tried again, it is still one contact held back"


def test_caps_leave_room_for_the_play_that_matters_most_and_no_play_goes_around_them(settings):
    settings.CONTACT_CAPS = {"message": (1, 7), "all": (1, 7)}
    on(written(message("say", 'sent = "end", held_back = "end"'), slug="minor", priority=9))
    on(written(message("say", 'sent = "end", held_back = "end"'), slug="major", priority=1))
    happens(WAVED, people(3))
    go(NOW)
    outcomes = set(StepDone.objects.values_list("run__play__slug", "outcome"))
    assert outcomes == {("major", "sent"), ("minor", "held_back")}
    assert Message.objects.count() == 3


def test_a_step_is_a_handful_of_statements_for_any_number_of_runs(django_assert_max_num_queries):
    on(
        written(
            step("wait", 'passed = "say"', more='after = "1 hour"'), message("say", 'sent = "listen"'), LISTEN
        )
    )
    happens(WAVED, people(60))
    with django_assert_max_num_queries(40):
        assert go(NOW + HOUR) == 120
    happens(NODDED, Client.objects.all(), at=NOW + 2 * HOUR)
    assert Run.objects.filter(why="goal").count() == 60


def test_waiting_hears_what_comes_in_time_only_and_the_goal_closes():
    more = 'until = {event = "client.waved", within = "2 days"}'
    on(written(step("listen", 'came = "end", did_not_come = "end"', more=more)))
    early, late, done = people(3)
    happens(WAVED, [early, late, done])
    happens(WAVED, [early], at=NOW + DAY)
    happens(NODDED, [done], at=NOW + DAY)
    go(NOW + DAY)
    happens(WAVED, [late], at=NOW + 3 * DAY)
    go(NOW + 3 * DAY)
    said = {run.client: (run.why, trail(run)) for run in Run.objects.order_by("-pk")}
    assert said[early] == ("end", [("listen", "came")])
    assert said[late] == ("end", [("listen", "did_not_come")])
    assert said[done] == ("goal", [])
    happens(NODDED, [early], at=NOW + 6 * DAY)
    happens(NODDED, [late], at=NOW + 8 * DAY)
    reached = Run.objects.filter(goal_at__isnull=False).values_list("client", "goal_at")
    assert dict(reached) == {done.pk: NOW + DAY, early.pk: NOW + 6 * DAY}, (
        "the goal counts until its deadline, also after the end"
    )


def test_a_holdout_gets_nothing_is_the_same_for_ever_and_its_goal_is_counted():
    play = on(written(message("say", 'sent = "end"'), holdout=0.5))
    everybody = people(40)
    happens(WAVED, everybody)
    go(NOW)
    held = set(Run.objects.filter(holdout=True).values_list("client", flat=True))
    definition = knowing.definition_of(play.version_id)
    assert held == {each.pk for each in everybody if hashing.is_held_out(definition, each.pk)}
    assert 8 < len(held) < 32
    assert held.isdisjoint(Message.objects.values_list("client", flat=True))
    happens(NODDED, [Client.objects.get(pk=min(held))], at=NOW + DAY)
    go(NOW + 7 * DAY)
    assert set(Run.objects.filter(holdout=True).values_list("state", "why")) == {
        ("done", "time"),
        ("done", "goal"),
    }
    assert hashing.share("come-back", 7) == pytest.approx(0.9346920016687363), (
        "known: what was split stays split"
    )


def test_a_loop_ends_when_a_client_was_there_often_enough():
    often = message(
        "say", 'sent = "say", held_back = "say"', more='after = "1 day"\nmost_times = 3\nafter_most = "last"'
    )
    on(written(often, step("last", 'passed = "end"')))
    happens(WAVED, people())
    for day in range(10):
        go(NOW + day * DAY)
    run = Run.objects.get()
    assert [name for name, _outcome in trail(run)] == ["say"] * 3 + ["last"]
    assert run.state == "done"


def test_a_client_is_in_a_play_once_at_a_time_and_again_only_later():
    play = on(written(step("wait", 'passed = "end"', more='after = "1 day"')))
    anna = people()
    happens(WAVED, anna * 3)
    happens(WAVED, anna, at=NOW + HOUR)
    assert Run.objects.count() == 1
    go(NOW + DAY)
    happens(WAVED, anna, at=NOW + 9 * DAY)
    assert Run.objects.count() == 1, "not before ten days"
    happens(WAVED, anna, at=NOW + 11 * DAY)
    assert Run.objects.count() == 2
    assert not Heard.objects.exists()
    happens(WAVED, people(since=7, kind="company"), at=NOW + 11 * DAY)
    assert Run.objects.count() == 2, f"{play} is for persons"


def test_paused_nobody_moves_and_nobody_comes_in_off_all_leave_and_an_edit_is_for_those_who_come_later():
    on(written(step("wait", 'passed = "say"', more='after = "1 day"'), message("say", 'sent = "end"')))
    first, second = people(2)
    happens(WAVED, [first])
    services.switch(slug="wave", to="paused", by="test", now=NOW)
    happens(WAVED, [second])
    assert go(NOW + 3 * DAY) == 0
    services.switch(slug="wave", to="on", by="test", now=NOW)
    services.save(text=written(step("wait", 'passed = "end"')), by="test", now=NOW)
    happens(WAVED, [second], at=NOW + HOUR)
    go(NOW + 3 * DAY)
    assert [trail(run) for run in Run.objects.order_by("pk")] == [
        [("wait", "passed"), ("say", "sent")],
        [("wait", "passed")],
    ]
    happens(WAVED, people(since=9), at=NOW + 3 * DAY)
    services.switch(slug="wave", to="off", by="test", now=NOW)
    go(NOW + 4 * DAY)
    assert Run.objects.order_by("pk").last().why == "off"
    with pytest.raises(Refusal):
        services.switch(slug="wave", to="paused", by="test", now=NOW)
    assert services.save(text=written(step("wait", 'passed = "end"')), by="x", now=NOW).number == 2, (
        "the same is no new version"
    )


def test_a_client_who_is_erased_or_merged_on_the_way_is_left_alone():
    on(written(step("wait", 'passed = "say"', more='after = "1 hour"'), message("say", 'sent = "end"')))
    erased, kept, gone, alone = people(4)
    happens(WAVED, [erased, kept, gone, alone])
    personal.erase(client_id=erased.pk, by="test", now=NOW)
    merging.merge(kept_id=kept.pk, gone_id=gone.pk, by="test", now=NOW)
    other = people(since=8)[0]
    merging.merge(kept_id=other.pk, gone_id=alone.pk, by="test", now=NOW)
    go(NOW + HOUR)
    announce(now=NOW + HOUR)
    told = set(Message.objects.values_list("client", flat=True))
    assert told == {kept.pk, other.pk}, "the merged client's run goes on as the kept one's"
    assert sorted(Run.objects.values_list("why", flat=True)) == ["end", "end", "gone", "gone"]


def test_a_sellers_step_is_listed_answered_once_with_its_touch_and_may_come_back_another_day():
    evidence = 'evidence = [{field = "need", label = {en = "Need", es = "Necesidad", ru = "Нужда"}, outcomes = ["agreed"]}]'
    on(
        written(
            call(
                "call",
                'agreed = "goal", no_answer = "end", lapsed = "end"',
                more=f'{evidence}\nwithin = "3 days"',
            )
        )
    )
    anna, boris = people(2)
    happens(WAVED, [anna, boris])
    go(NOW)
    run, other = Run.objects.order_by("pk")
    assert run.state == "listed"
    key = uuid4()
    facts = {"key": key, "run_id": run.pk, "step": "call", "by": "user:7", "now": NOW + HOUR, "minutes": 4}
    for outcome, evidence in (("agreed", {"need": " "}), ("lapsed", {}), ("won", {})):
        with pytest.raises(Refusal):
            services.done(outcome=outcome, evidence=evidence, **facts)
    assert not Touch.objects.exists()
    first = services.done(outcome="agreed", evidence={"need": "Two kilos"}, **facts)
    assert services.done(outcome="agreed", evidence={"need": "Two kilos"}, **facts) == first
    with pytest.raises(Refusal):
        services.done(outcome="no_answer", **{**facts, "key": uuid4()})
    run.refresh_from_db()
    assert (run.why, run.goal_at, first.cost_minor, first.touch.note) == (
        "goal",
        NOW + HOUR,
        200 + 4 * 900,
        "Two kilos",
    )
    services.put_off(run_id=other.pk, step="call", until_at=NOW + 5 * DAY, by="user:7", now=NOW)
    go(NOW + 4 * DAY)
    other.refresh_from_db()
    assert (other.state, other.due_at, other.lapses_at) == ("listed", NOW + 5 * DAY, NOW + 8 * DAY)
    go(NOW + 8 * DAY)
    assert trail(other) == [("call", "lapsed")]


def test_who_is_listed_and_says_no_or_is_called_for_another_play_leaves_the_list(settings):
    settings.CONTACT_CAPS = {"call": (1, 7)}
    for slug in ("one", "two"):
        on(written(call("call", 'agreed = "end"'), slug=slug))
    calm, angry = people(2)
    happens(WAVED, [calm, angry])
    go(NOW)
    assert Run.objects.filter(state="listed").count() == 4
    assert engine.look_again(now=NOW) == 0
    contacting.say(client_id=angry.pk, purpose="everything", channel="every", given=False, by="test", now=NOW)
    first = Run.objects.filter(client=calm).order_by("pk")[0]
    services.done(key=uuid4(), run_id=first.pk, step="call", outcome="agreed", by="user:1", now=NOW)
    assert engine.look_again(now=NOW + HOUR) == 3
    assert not Run.objects.filter(state="listed").exists()
    assert set(HeldBack.objects.values_list("client", "rule")) == {
        (angry.pk, "do_not_contact"),
        (calm.pk, "cap_channel"),
    }
    go(NOW + 9 * DAY)
    assert list(Run.objects.filter(state="listed").values_list("client", flat=True)) == [calm.pk]


def test_each_night_whoever_is_in_the_segment_comes_in_once():
    text = written(step("wait", 'passed = "end"')).replace(
        'event = "client.waved", again_after = "10 days"', 'segment = "nightly"'
    )
    on(text)
    people(5)
    assert entering.enter_nightly(now=NOW) == 5
    people(2, since=50)
    assert entering.enter_nightly(now=NOW + HOUR) == 0, "once a night"
    assert entering.enter_nightly(now=NOW - 3 * DAY) == 0, "a clock put back makes no second night"
    go(NOW)
    assert entering.enter_nightly(now=NOW + DAY) == 2, "once in a lifetime"


def test_a_question_asks_the_facts_and_a_panel_step_waits_for_its_client():
    ask = step(
        "ask", 'yes = "greet", no = "end"', more='when = [{fact = "kind", is = "exactly", value = "person"}]'
    )
    greet = step(
        "greet", 'taken = "goal", lapsed = "end"', who="panel", more=f'within = "30 days"\nmessage = {TEXTS}'
    )
    on(written(ask, greet))
    happens(WAVED, people())
    go(NOW)
    run = Run.objects.get()
    assert run.state == "asked"
    done = services.done(
        key=uuid4(), run_id=run.pk, step="greet", outcome="taken", by="panel:kurskaya", now=NOW + HOUR
    )
    assert (done.touch, done.cost_minor) == (None, 0)
    run.refresh_from_db()
    assert run.goal_at == NOW + HOUR


def test_a_play_that_listens_to_nothing_or_asks_unknown_facts_is_not_saved():
    wrong = written(
        step(
            "ask", 'yes = "end", no = "end"', more='when = [{fact = "shoe_size", is = "exactly", value = 42}]'
        )
    )
    with pytest.raises(Faults) as told:
        services.save(text=wrong.replace("client.nodded", "client.sneezed"), by="test", now=NOW)
    first, second = [each.sentence for each in told.value.faults]
    assert first.startswith("Goal: nothing announces “client.sneezed”. There are: ")
    assert second.startswith("Step “ask”: Condition 1: there is no fact “shoe_size”")
    assert not Play.objects.exists()


def test_a_long_name_stops_no_batch():
    words = step(
        "say", 'sent = "end"', more=f"message = {TEXTS}".replace("Hello", "Hello[ {name}]" + "[ {name}]" * 5)
    )
    on(written(words))
    anna, boris = people(2)
    Client.objects.filter(pk=anna.pk).update(name="x" * 120)
    happens(WAVED, [anna, boris])
    go(NOW)
    assert len(Message.objects.get(client=anna).text) == speaking.LONGEST
    assert Message.objects.filter(client=boris).exists()


def test_a_play_that_fails_holds_up_no_other(monkeypatch):
    for slug in ("wave", "other"):
        on(written(step("last", 'passed = "end"'), slug=slug, priority=1 if slug == "wave" else 2))
    happens(WAVED, people(2))
    moved = engine._move
    broken = Play.objects.get(slug="wave").pk
    fails = lambda play_id, *rest: 1 / 0 if play_id == broken else moved(play_id, *rest)  # noqa: E731
    monkeypatch.setattr(engine, "_move", fails)
    go(NOW)
    assert set(Run.objects.filter(state="done").values_list("play__slug", flat=True)) == {"other"}
