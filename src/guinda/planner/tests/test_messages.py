"""Plays' own offers by message are weighed with everything else: those that a kept plan leaves out don't go that day."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from guinda.clients import contacting
from guinda.clients.models import Client, HeldBack, Message
from guinda.offers.models import Tool
from guinda.orders.models import Order
from guinda.planner import candidates, keeping, making, pinning, words
from guinda.planner.asking import Cap
from guinda.planner.learning.history import reached_share
from guinda.planner.models import Choice, LeftOut, Plan, Trial
from guinda.planner.spent import Spent, of_today
from guinda.planner.tests import firm
from guinda.planner.tests.firm import NOW, asked, kept, made, settle
from guinda.plays import engine, services
from guinda.plays.models import Run
from guinda.plays.tests import cast
from guinda.plays.tests.cast import WAVED, call, happens, message, on, written
from tests.races import at_once

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GOES = NOW + 2 * HOUR
"""When the play's message is due."""


def wave(*, branches: str = 'sent = "end"', purpose: str = "offer", more: str = "") -> list[int]:
    """The four people of the house stand before a message that goes in two hours."""
    cast.register()
    text = written(message("say", branches, more='after = "2 hours"'), more)
    on(text.replace('purpose = "offer"', f'purpose = "{purpose}"'))
    people = list(Client.objects.filter(kind="person").order_by("pk"))
    happens(WAVED, people)
    return [each.pk for each in people]


def said() -> set[int]:
    """Who got the play's message."""
    return set(Message.objects.filter(key__startswith="play:").values_list("client_id", flat=True))


def again(now, **changes) -> Plan:
    """Another plan of the day, kept."""
    plan = asked(now=now, **changes)
    making.make_this(plan, now=now)
    return keeping.keep(plan_id=plan.pk, by="olga", now=now)


def test_as_many_go_as_the_plan_has_room_for_and_the_others_tomorrow(house):
    people = wave()
    plan = kept()
    own = plan.choices.filter(action="step:wave:say")
    assert set(own.values_list("channel", "seller", "minutes", "cost_minor", "basis", "state")) == {
        ("message", "", 0, 50, "assumed", "given")
    }
    chosen = set(own.values_list("client_id", flat=True))
    assert len(chosen) == plan.asked["messages"] == 3
    (left,) = set(people) - chosen
    assert not said(), "they go when they are due"
    settle(GOES)
    assert said() == chosen
    run = Run.objects.get(client=left)
    assert (run.state, run.due_at, run.tries) == ("waiting", GOES + DAY, 0)
    assert words.left_out(plan) == "It leaves out 1 message that a play would send that day."
    settle(GOES + DAY)
    assert said() == set(people), "no plan of tomorrow is in force"


def test_they_are_chosen_by_what_they_add(house):
    people = wave()
    rich = people[:2]
    found = candidates.gather(
        currency="RUB", now=NOW, until=NOW + 12 * HOUR, given=Spent(), each=1, told=lambda *_: None
    )
    column = next(at for at, each in enumerate(found.actions) if each.key == "step:wave:say")
    rows = [found.clients.tolist().index(pk) for pk in people]
    assert [int(found.adds[row, column]) for row in rows] == [round(0.02 * 150_000 - 50)] * 4
    for pk in rich:
        Order.objects.filter(client_id=pk).update(total_minor=900_000)
    plan = made(messages=2)
    assert set(plan.choices.filter(channel="message").values_list("client_id", flat=True)) == set(rich)
    assert plan.left_out_count == 2


def test_who_is_given_something_else_is_not_written_to_by_a_play_as_well(house):
    _service, gift = house
    people = wave()
    pinning.pin(client_id=people[0], kind="pin", tool_id=gift.pk, until_date=NOW.date(), by="olga", now=NOW)
    plan = kept(messages=10)
    assert plan.choices.get(client=people[0]).tool == gift
    settle(GOES)
    assert said() == set(people[1:])
    assert firm.presented() == [people[0]]


def test_a_plan_that_is_only_looked_at_and_one_of_yesterday_hold_nothing_back(house):
    people = wave()
    made(messages=0)
    assert len(LeftOut.objects.get().runs) == 4
    settle(GOES)
    assert said() == set(people)


def test_yesterdays_plan_holds_nothing_back(house):
    people = wave()
    kept(messages=0)
    settle(GOES)
    assert not said()
    settle(NOW + DAY)
    assert not said(), "they were put off to their hour of the next day"
    settle(GOES + DAY)
    assert said() == set(people)


def test_another_plan_of_the_day_decides_anew_about_what_has_not_gone(house):
    people = wave()
    kept(messages=0)
    more = again(NOW + HOUR, messages=10)
    assert more.choices.filter(action="step:wave:say").count() == 4
    settle(GOES)
    assert said() == set(people)


def test_what_plays_sent_is_taken_off_the_day(house):
    people = wave()
    settle(GOES)
    spent = of_today(currency="RUB", now=GOES + HOUR)
    assert (spent.takes["messages"], spent.cost_minor, dict(spent.actions)) == (4, 4 * 50, {"play:wave": 4})
    assert dict(spent.clients) == dict.fromkeys(people, 1)
    assert of_today(currency="RUB", now=NOW + DAY).takes["messages"] == 0
    plan = again(GOES + HOUR, messages=5)
    (left,) = [each for each in plan.limits if each["name"] == "messages"]
    assert left["most"] == 1
    assert not plan.choices.filter(client__in=people).exists(), "one thing for each client a day"


def test_where_a_play_ends_when_held_back_it_ends_and_no_other_branch_is_taken(house):
    people = wave(branches='sent = "end", held_back = "end"')
    kept(messages=1)
    settle(GOES)
    assert len(said()) == 1
    left = Run.objects.filter(client__in=people, state="left", why="left_out")
    assert left.count() == 3
    assert not HeldBack.objects.exists(), "no rule stood against it"


def test_what_comes_after_being_held_back_no_plan_has_weighed(house):
    people = wave(more=call("ring", 'agreed = "end"'), branches='sent = "end", held_back = "ring"')
    kept(messages=1)
    settle(GOES)
    assert not Run.objects.filter(state="listed", play__slug="wave").exists()
    assert Run.objects.filter(client__in=people, state="waiting", due_at=GOES + DAY).count() == 3


def test_plans_leave_a_message_out_for_as_long_as_its_goal_can_be_reached(house):
    people = wave()
    for day in range(7):
        plan = again(NOW + day * DAY, messages=0)
        assert plan.left_out_count == 4
        settle(GOES + day * DAY)
    assert not said()
    ended = Run.objects.filter(client__in=people, why="left_out")
    assert ended.count() == 4, "it was waited for within seven days"


def test_what_went_since_a_plan_was_made_is_no_more_in_it(house):
    _service, gift = house
    people = wave()
    for pk in people[:3]:
        pinning.pin(client_id=pk, kind="pin", tool_id=gift.pk, until_date=NOW.date(), by="olga", now=NOW)
    plan = made()
    settle(GOES)
    assert said() == set(people), "nobody has kept a plan"
    keeping.keep(plan_id=plan.pk, by="olga", now=GOES + HOUR)
    settle(GOES + HOUR)
    assert Message.objects.count() == 4
    outdated = plan.choices.filter(channel="message")
    assert set(outdated.values_list("state", flat=True)) == {"outdated"}
    assert plan.choices.filter(channel="call", state="given").count() == 6


def test_of_two_plans_made_together_the_second_kept_fits_into_what_the_first_left(house):
    _service, gift = house
    plans = [made(messages=2) for _each in range(2)]
    for each, hour in zip(plans, (1, 2), strict=True):
        keeping.keep(plan_id=each.pk, by="olga", now=NOW + hour * HOUR)
        settle(NOW + hour * HOUR)
    assert Message.objects.count() == len(set(firm.presented())) == 2
    assert set(plans[1].choices.filter(tool=gift).values_list("state", flat=True)) == {"outdated"}


def test_a_plays_message_that_no_longer_fits_is_left_out_as_well(house):
    people = wave()
    plan = made(messages=4)
    assert plan.left_out_count == 0
    Plan.objects.filter(pk=plan.pk).update(asked={**plan.asked, "messages": 2})
    keeping.keep(plan_id=plan.pk, by="olga", now=NOW)
    outdated = plan.choices.filter(state="outdated")
    assert outdated.count() == 2
    plan.refresh_from_db()
    assert plan.left_out_count == 2
    settle(GOES)
    assert said() == set(people) - set(outdated.values_list("client_id", flat=True))


def test_of_two_things_for_one_client_the_second_does_not_fit_where_one_is_the_most(house):
    people = wave()
    plan = made(messages=10, each=2)
    assert plan.choices.filter(client__in=people).count() == 8, "the gift and the play's message"
    assert plan.choices.filter(channel="call").count() == 6, "a company is called once"
    Plan.objects.filter(pk=plan.pk).update(asked={**plan.asked, "each": 1, "messages": 9})
    keeping.keep(plan_id=plan.pk, by="olga", now=NOW)
    for pk in people:
        assert sorted(plan.choices.filter(client=pk).values_list("state", flat=True)).count("outdated") == 1


def test_who_is_in_a_trial_of_the_plan_before_gets_nothing_from_the_next(house):
    one, two = made(messages=10, learning_percent=50), made(messages=10)
    keeping.keep(plan_id=one.pk, by="olga", now=NOW)
    settle()
    drawn = set(Trial.objects.filter(plan=one).values_list("client_id", flat=True))
    keeping.keep(plan_id=two.pk, by="olga", now=NOW + HOUR)
    assert set(two.choices.filter(client__in=drawn).values_list("state", flat=True)) == {"outdated"}


def test_whose_offer_is_not_given_out_yet_waits_until_it_is_known_what_becomes_of_it(house):
    _service, gift = house
    people = wave()
    pinning.pin(client_id=people[0], kind="pin", tool_id=gift.pk, until_date=NOW.date(), by="olga", now=NOW)
    plan = made(messages=10)
    keeping.keep(plan_id=plan.pk, by="olga", now=NOW)
    engine.tick(now=GOES)
    assert said() == set(people[1:])
    run = Run.objects.get(client=people[0], play__slug="wave")
    assert (run.state, run.due_at) == ("waiting", GOES + timedelta(minutes=1)), "nobody is held up by them"
    Tool.objects.filter(pk=gift.pk).update(paused_at=NOW)
    settle(GOES + timedelta(minutes=1))
    assert said() == set(people)


def test_a_cap_holds_over_two_plans_made_together(house):
    asks = {"messages": 10, "caps": (Cap("person", 2),)}
    one = made(**asks)
    for pk in one.choices.filter(channel="message").values_list("client_id", flat=True):
        pinning.pin(client_id=pk, kind="forbid", tool_id=None, until_date=NOW.date(), by="olga", now=NOW)
    two = made(**asks)
    for each, hour in ((one, 1), (two, 2)):
        assert each.choices.filter(channel="message").count() == 2
        keeping.keep(plan_id=each.pk, by="olga", now=NOW + hour * HOUR)
        settle(NOW + hour * HOUR)
    assert len(set(firm.presented())) == 2
    assert set(two.choices.filter(channel="message").values_list("state", flat=True)) == {"outdated"}


def test_a_sellers_step_done_before_the_plan_was_kept_is_taken_off_the_next(house):
    cast.register()
    on(written(call("ring", 'agreed = "end"', more="worth_minor = 500000"), slug="ring"))
    happens(WAVED, Client.objects.filter(kind="person"))
    settle()
    plan = made(messages=0)
    run = Run.objects.filter(play__slug="ring").order_by("pk")[0]
    mine = plan.choices.get(run=run)
    facts = {"step": "ring", "outcome": "agreed", "by": f"staff:{mine.seller}", "minutes": 5}
    services.done(key=uuid4(), run_id=run.pk, now=NOW + HOUR, **facts)
    keeping.keep(plan_id=plan.pk, by="olga", now=NOW + 2 * HOUR)
    mine.refresh_from_db()
    assert mine.state == "given"
    spent = of_today(currency="RUB", now=NOW + 3 * HOUR)
    assert (spent.clients[run.client_id], spent.cost_minor) == (1, mine.cost_minor)
    assert mine.cost_minor == 5 * 100


def test_a_choice_that_can_not_be_given_out_by_a_fault_holds_up_nobody(house, monkeypatch):
    plan = made()
    keeping.keep(plan_id=plan.pk, by="olga", now=NOW)
    monkeypatch.setattr(keeping, "_present", lambda *_: 1 // 0)
    settle()
    assert not plan.choices.filter(state="planned").exists()
    assert set(plan.choices.filter(channel="message").values_list("state", "said")) == {
        ("refused", "Something went wrong. The log says what.")
    }


def test_a_choice_whose_run_another_plan_left_out_meanwhile_takes_no_room(house):
    people = wave()
    later = made(messages=4)
    kept(messages=0)
    settle(GOES)
    assert not said()
    keeping.keep(plan_id=later.pk, by="olga", now=GOES + HOUR)
    own = later.choices.filter(client__in=people)
    assert set(own.values_list("state", flat=True)) == {"outdated"}
    settle(GOES + DAY)
    assert said() == set(people)


def test_who_was_refused_the_offer_gets_the_plays_message_after_all(house):
    _service, gift = house
    people = wave()
    pinning.pin(client_id=people[0], kind="pin", tool_id=gift.pk, until_date=NOW.date(), by="olga", now=NOW)
    plan = made(messages=10)
    keeping.keep(plan_id=plan.pk, by="olga", now=NOW)
    Tool.objects.filter(pk=gift.pk).update(paused_at=NOW)
    settle()
    assert plan.choices.get(client=people[0]).state == "refused"
    settle(GOES)
    assert said() == set(people)


def test_a_second_plan_of_the_day_leaves_both_sides_of_its_trials_alike(house):
    people = wave()
    first = kept(messages=10, learning_percent=50)
    drawn = set(Trial.objects.filter(plan=first, client__in=people).values_list("client_id", flat=True))
    second = again(NOW + HOUR, messages=10)
    assert drawn
    assert not second.choices.filter(client__in=drawn).exists()
    settle(GOES)
    assert said() == set(people) - drawn


def test_while_a_plan_is_being_kept_messages_wait_for_the_next_tick(transactional_db, settings):
    settings.PROMISER = "tests.world.HalfHour"
    firm.house()
    people = wave()
    with transaction.atomic():
        keeping.try_turn(NOW.date())  # as a tick in another worker holds it
        (told,) = at_once([lambda: engine.tick(now=GOES)])
        assert told == 4, "ticks do not wait for each other"
    Run.objects.update(state="waiting", step="say", number=7, due_at=GOES, ended_at=None, why="")
    with transaction.atomic():
        keeping._turn(NOW.date())
        (told,) = at_once([lambda: engine.tick(now=GOES)])
        assert told == 0
    assert engine.tick(now=GOES) == len(people)


def test_of_a_play_whose_messages_plans_withheld_the_effect_is_reckoned_for_those_it_reached(house):
    wave(branches='sent = "end", held_back = "end"')
    kept(messages=1)
    settle(GOES)
    assert reached_share("play:wave", now=NOW) == 1.0, "nobody's time is over"
    assert reached_share("play:wave", now=NOW + 30 * DAY) == 1 / 4
    assert reached_share("tool:bowl", now=NOW + 30 * DAY) == 1.0


def test_care_is_nobodys_offer_and_always_goes(house):
    people = wave(purpose="care")
    for pk in people:
        contacting.say(client_id=pk, purpose="care", channel="every", given=True, by="test", now=NOW)
    plan = kept(messages=0)
    assert plan.left_out_count == 0
    assert not Choice.objects.filter(action__startswith="step:wave").exists()
    settle(GOES)
    assert said() == set(people)


def test_whom_chance_drew_no_play_writes_to_so_that_only_the_offer_differs(house):
    _service, gift = house
    people = wave()
    plan = kept(messages=10, learning_percent=50)
    drawn = dict(Trial.objects.filter(plan=plan, tool=gift).values_list("client_id", "treated"))
    assert drawn
    settle(GOES)
    assert said() == set(people) - set(drawn)
    assert set(firm.presented()) == {pk for pk, treated in drawn.items() if treated}


def test_what_was_left_out_is_forgotten_after_a_week(house):
    wave()
    plan = kept(messages=1)
    assert making.forget_plans(now=NOW + 7 * DAY) == 0
    assert len(LeftOut.objects.get().runs) == 3
    assert making.forget_plans(now=NOW + 8 * DAY) == 1
    assert not LeftOut.objects.exists()
    plan.refresh_from_db()
    assert (plan.left_out_count, plan.choices.exists()) == (3, True)


def test_a_batch_asks_the_plan_once(house):
    wave()
    kept()
    with CaptureQueriesContext(connection) as queries:
        engine.tick(now=GOES)
    assert sum("planner_leftout" in each["sql"] for each in queries) == 1
