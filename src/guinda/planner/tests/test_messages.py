"""Plays' own offers by message are weighed with everything else: those that a kept plan leaves out don't go that day."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from guinda.clients import contacting
from guinda.clients.models import Client, Message
from guinda.orders.models import Order
from guinda.planner import candidates, keeping, making, pinning, words
from guinda.planner.models import Choice, LeftOut, Plan, Trial
from guinda.planner.spent import Spent, of_today
from guinda.planner.tests import firm
from guinda.planner.tests.firm import NOW, asked, kept, made, settle
from guinda.plays import engine
from guinda.plays.models import Run
from guinda.plays.tests import cast
from guinda.plays.tests.cast import WAVED, happens, message, on, written

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GOES = NOW + 2 * HOUR
"""When the play's message is due."""


def wave(*, branches: str = 'sent = "end"', purpose: str = "offer", slug: str = "wave") -> list[int]:
    """The four people of the house stand before a message that goes in two hours."""
    cast.register()
    text = written(message("say", branches, more='after = "2 hours"'), slug=slug)
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
    assert (run.state, run.due_at, run.tries) == ("waiting", GOES + DAY, 1)
    assert words.left_out(plan).startswith("1 message that a play would send today is held back")
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
    assert LeftOut.objects.count() == 4
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
    assert (spent.messages, spent.cost_minor, dict(spent.actions)) == (4, 4 * 50, {"play:wave": 4})
    assert dict(spent.clients) == dict.fromkeys(people, 1)
    assert of_today(currency="RUB", now=NOW + DAY).messages == 0
    plan = again(GOES + HOUR, messages=5)
    (left,) = [each for each in plan.limits if each["name"] == "messages"]
    assert left["most"] == 1
    assert not plan.choices.filter(client__in=people).exists(), "one thing for each client a day"


def test_a_play_that_says_where_it_goes_when_held_back_goes_there(house):
    people = wave(branches='sent = "end", held_back = "end"')
    kept(messages=1)
    settle(GOES)
    assert len(said()) == 1
    ended = Run.objects.filter(client__in=people, state="done")
    assert ended.count() == 4
    rules = ended.filter(steps_done__outcome="held_back").values_list("steps_done__evidence__rule", flat=True)
    assert list(rules) == ["left_out"] * 3


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
    assert LeftOut.objects.count() == 3
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
