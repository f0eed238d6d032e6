"""Workers and taps that come at once end in one order a day, and in one answer."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from guinda.clients.models import Client, Message
from guinda.orders.models import Order
from guinda.orders.standing import services
from guinda.orders.standing.models import StandingOrder, Visit
from guinda.orders.standing.placing import decide, place_visits
from guinda.orders.standing.services import Chosen, Rhythm
from guinda.orders.standing.visits import lay_out_all
from guinda.orders.tests.standing_world import (
    DAILY,
    WEDNESDAY,
    Regular,
    empty,
    local,
    placed,
    visit_of,
    work,
)
from tests.races import at_once
from tests.world import NOW

THURSDAY, EVENING = WEDNESDAY + timedelta(days=1), local(24, 17)


@pytest.fixture
def she(real_world) -> Regular:
    return Regular(real_world)


def test_sixteen_workers_make_each_order_once(she):
    all_of_them = [she.makes(bowl={"kordia": 100}) for _ in range(services.MOST)]
    for _ in range(3):
        at_once([lambda: place_visits(now=EVENING)] * 16)
    assert [len(placed(each)) for each in all_of_them] == [1] * len(all_of_them)
    assert Message.objects.filter(key__endswith=":ordered").count() == len(all_of_them)


def test_sixteen_workers_lay_out_each_day_once(she):
    standing = she.makes(days=DAILY)
    later = NOW + timedelta(days=5)
    at_once([lambda: lay_out_all(now=later)] * 16)
    lay_out_all(now=later)
    days = list(standing.visits.order_by("date").values_list("date", flat=True))
    assert days == [WEDNESDAY + timedelta(days=number) for number in range(13)]


def test_even_without_the_rows_lock_the_key_is_one_order(she):
    """Two houses that each hold the day for theirs: the key, derived from the day, is the database's to keep single."""
    standing = she.makes()

    def unlocked():
        return decide(visit_of_with_client(standing), now=EVENING)

    at_once([unlocked] * 8)
    assert len(placed(standing)) == 1


def visit_of_with_client(standing: StandingOrder) -> Visit:
    return Visit.objects.select_related("standing__city", "standing__client").get(standing=standing)


def test_the_same_tap_sixteen_times_makes_one_standing_order(she):
    order, key = she.order(), uuid4()
    rhythm = Rhythm(DAILY, 18, "cash")
    made = at_once(
        [lambda: services.make(order=order, key=key, client=she.client, rhythm=rhythm, now=NOW).pk] * 16
    )
    assert len(set(made)) == 1
    assert StandingOrder.objects.count() == 1


def test_sixteen_taps_at_once_never_make_an_eleventh(she):
    order, rhythm = she.order({"kordia": 100}), Rhythm(DAILY, 18, "cash")

    def tap():
        services.make(order=order, key=uuid4(), client=Client.objects.get(), rhythm=rhythm, now=NOW)

    told = Counter(at_once([tap] * 16))
    assert told == {None: services.MOST, "too_many_standing": 16 - services.MOST}


@pytest.mark.parametrize("round_", range(5))
def test_skip_and_the_worker_at_once_agree(she, round_):
    standing = she.makes()
    at_once([
        lambda: services.skip(standing=standing, day=THURSDAY, now=EVENING),
        lambda: place_visits(now=EVENING),
    ])  # fmt: skip
    work(EVENING + timedelta(minutes=1))
    visit = visit_of(standing)
    assert visit.state == Visit.State.SKIPPED
    assert [each.state for each in placed(standing)] in ([], ["cancelled"])


@pytest.mark.parametrize("round_", range(5))
def test_an_answer_new_fruit_and_the_worker_at_once_are_one_order(she, round_):
    standing = she.makes()
    empty(she.world, "kordia")
    work(EVENING)
    she.world.add_lot("kordia", weight_g=9_000)
    again = EVENING + timedelta(minutes=10)
    chosen = {"kordia": Chosen("lapins", 89_000)}
    at_once([
        lambda: services.choose(standing=standing, day=THURSDAY, chosen=chosen, now=again),
        lambda: services.choose(standing=standing, day=THURSDAY, chosen={"kordia": None}, now=again),
        lambda: place_visits(now=again),
    ])  # fmt: skip
    work(again)
    assert visit_of(standing).state == Visit.State.PLACED
    assert len(placed(standing)) == 1


@pytest.mark.parametrize("round_", range(3))
def test_change_pause_and_the_worker_at_once_leave_nothing_undecided(she, round_):
    standing = she.makes(days=DAILY)
    rhythm = Rhythm(DAILY, 20, "cash")
    at_once([
        lambda: services.change(standing=standing, rhythm=rhythm, bowl={"rainier": 100}, now=EVENING),
        lambda: services.pause(standing=standing, now=EVENING),
        lambda: place_visits(now=EVENING),
        lambda: lay_out_all(now=EVENING),
    ])  # fmt: skip
    work(EVENING)
    standing.refresh_from_db()
    assert standing.paused_at == EVENING
    assert not standing.visits.filter(state__in=Visit.OPEN).exists()
    for visit in standing.visits.filter(state=Visit.State.PLACED).select_related("order"):
        assert visit.order.promised_at == visit.wished_at
    assert Order.objects.filter(source=standing.source).count() <= 2
