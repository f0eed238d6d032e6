"""The measuring of dispatchers: the instances, the replay, its examiner (each rule broken once and found) and the figures."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from benchmarks.mdrp import bounds, checker, figures
from benchmarks.mdrp.instances import Archive, Courier, Instance, Order, Place, default_folder, open_archive
from benchmarks.mdrp.log import Assign, Event, Instruction, Rules, Send, Snapshot
from benchmarks.mdrp.policy import dispatcher, may_be_instructed
from benchmarks.mdrp.replay import ImpossibleError, replay

FOLDER = default_folder()
needs_data = pytest.mark.skipif(
    not (FOLDER / "instances_dev.tar.xz").exists(),
    reason=f"The instances are not here ({FOLDER}): set GUINDA_DATA to the folder that holds mdrp/.",
)

S, T = Place(0, 0), Place(1000, 0)
DOOR_A, DOOR_B, DOOR_D = Place(300, 0), Place(600, 0), Place(1000, 500)
TOWN = Instance(
    name="town",
    set_name="original",
    metres_per_min=100,
    pickup_min=4,
    door_min=4,
    target_min=40,
    longest_min=90,
    pay_per_order=10,
    pay_per_hour=15,
    couriers=(Courier("c1", Place(200, 0), 0, 60), Courier("c2", Place(900, 0), 0, 60)),
    shops={"S": S, "T": T},
    orders=(
        Order("a", "S", DOOR_A, placed_min=5, ready_min=10),
        Order("b", "S", DOOR_B, placed_min=6, ready_min=10),
        Order("d", "T", DOOR_D, placed_min=7, ready_min=12),
    ),
)
GOOD = (
    Event(5, "decided", "c1", Place(200, 0), ("a",), S),
    Event(5, "left", "c1", Place(200, 0), ("a",), S),
    Event(7, "arrived", "c1", S, ("a",)),
    Event(7, "decided", "c2", Place(900, 0), ("d",), T),
    Event(7, "left", "c2", Place(900, 0), ("d",), T),
    Event(8, "arrived", "c2", T, ("d",)),
    Event(8, "decided", "c1", S, ("a", "b")),
    Event(10, "picked_up", "c1", S, ("a", "b")),
    Event(12, "left", "c1", S, ("a", "b"), DOOR_A),
    Event(12, "picked_up", "c2", T, ("d",)),
    Event(14, "left", "c2", T, ("d",), DOOR_D),
    Event(15, "arrived", "c1", DOOR_A, ("a", "b")),
    Event(17, "delivered", "c1", DOOR_A, ("a",)),
    Event(19, "left", "c1", DOOR_A, ("a", "b"), DOOR_B),
    Event(19, "arrived", "c2", DOOR_D, ("d",)),
    Event(21, "delivered", "c2", DOOR_D, ("d",)),
    Event(22, "arrived", "c1", DOOR_B, ("a", "b")),
    Event(23, "freed", "c2", DOOR_D),
    Event(24, "delivered", "c1", DOOR_B, ("b",)),
    Event(26, "freed", "c1", DOOR_B),
)
"""Reckoned by hand: b is added to a at the counter."""


def scripted(script: dict[int, list[Instruction]]) -> Callable[[Snapshot], Iterable[Instruction]]:
    return lambda snapshot: script.get(snapshot.now_min, [])


def broken_rules(log: Iterable[Event], rules: Rules = "strict", instance: Instance = TOWN) -> set[str]:
    return {sentence.split(":")[0] for sentence in checker.complaints(instance, rules, log)}


def test_the_replay_does_what_was_reckoned_by_hand() -> None:
    policy = scripted({5: [Assign("c1", ("a",))], 7: [Assign("c2", ("d",))], 8: [Assign("c1", ("a", "b"))]})
    assert replay(TOWN, "strict", policy).log == GOOD


def test_a_bag_added_after_the_pick_up_is_picked_up_at_once_and_costs_half_a_service_more() -> None:
    script: dict[int, list[Instruction]] = {5: [Assign("c1", ("a",))], 11: [Assign("c1", ("b", "a"))]}
    log = replay(TOWN, "strict", scripted(script)).log
    assert [(event.minute, event.orders) for event in log if event.kind == "picked_up"] == [
        (10, ("a",)),
        (11, ("b",)),
    ]
    assert Event(13, "left", "c1", S, ("b", "a"), DOOR_B) in log
    assert not checker.complaints(TOWN, "strict", log)


def test_orders_are_revealed_when_they_are_placed() -> None:
    seen: dict[str, int] = {}

    def looking(snapshot: Snapshot) -> list[Instruction]:
        assert not snapshot.city.orders
        for order in snapshot.orders:
            seen.setdefault(order.name, snapshot.now_min)
        return []

    replay(TOWN, "strict", looking)
    assert seen == {"a": 5, "b": 6, "d": 7}


@pytest.mark.parametrize(
    "instruction",
    [
        Assign("c1", ("b",)),
        Assign("c9", ("a",)),
        Assign("c1", ("a", "a")),
        Assign("c1", ("nothing",)),
    ],
)
def test_what_cannot_be_carried_out_ends_the_replay(instruction: Instruction) -> None:
    with pytest.raises(ImpossibleError, match="Minute 5"):
        replay(TOWN, "strict", scripted({5: [instruction]}))


def test_a_good_log_is_not_complained_about() -> None:
    assert not checker.complaints(TOWN, "strict", GOOD)
    assert not checker.complaints(TOWN, "product", GOOD)


def changed(number: int, **facts: object) -> list[Event]:
    return [*GOOD[:number], replace(GOOD[number], **facts), *GOOD[number + 1 :]]


def with_more(number: int, *events: Event) -> list[Event]:
    return [*GOOD[:number], *events, *GOOD[number:]]


def without(*numbers: int) -> list[Event]:
    return [event for number, event in enumerate(GOOD) if number not in numbers]


def late(minutes: int, since: int) -> list[Event]:
    """From one event on everything happens later."""
    return [*GOOD[:since], *(replace(event, minute=event.minute + minutes) for event in GOOD[since:])]


HASTY = replace(TOWN, orders=tuple(replace(order, placed_min=order.placed_min + 3) for order in TOWN.orders))
SHORT_DAY = replace(TOWN, couriers=(Courier("c1", Place(200, 0), 0, 9), TOWN.couriers[1]))
LATE_START = replace(TOWN, couriers=(Courier("c1", Place(200, 0), 6, 60), TOWN.couriers[1]))
SLOW_SHOP = replace(TOWN, orders=tuple(replace(order, ready_min=13) for order in TOWN.orders))
ONE_SHOP_EACH = replace(TOWN, orders=(TOWN.orders[0], replace(TOWN.orders[1], shop="T"), TOWN.orders[2]))

BROKEN: list[tuple[str, list[Event], Instance]] = [
    ("in_order_of_time", [GOOD[1], *without(1)[1:], GOOD[0]], TOWN),
    ("in_order_of_time", changed(7, minute=10.5), TOWN),
    ("known_names", changed(17, courier="c9"), TOWN),
    ("known_names", changed(6, orders=("a", "z")), TOWN),
    ("known_before_decided", list(GOOD), HASTY),
    ("one_shop_a_bundle", list(GOOD), ONE_SHOP_EACH),
    ("once", with_more(19, GOOD[18]), TOWN),
    ("once", with_more(8, GOOD[7]), TOWN),
    ("once", changed(3, orders=("d", "a")), TOWN),
    ("one_holder", changed(3, orders=("d", "a")), TOWN),
    ("one_holder", without(6), TOWN),
    ("left_alone", with_more(2, replace(GOOD[6], minute=6, place=Place(100, 0), towards=S)), TOWN),
    ("left_alone", changed(6, orders=("b",)), TOWN),
    ("left_alone", with_more(9, replace(GOOD[6], minute=12)), TOWN),
    ("freed_when_done", with_more(3, Event(7, "freed", "c1", S)), TOWN),
    ("freed_when_done", without(18), TOWN),
    ("no_free_moves", [*GOOD, Event(30, "sent", "c2", DOOR_D, (), T)], TOWN),
    ("moves_decided", without(0), TOWN),
    ("moves_decided", changed(8, towards=DOOR_B), TOWN),
    ("moves_decided", [*GOOD, Event(30, "left", "c2", DOOR_D, (), T)], TOWN),
    ("whereabouts", changed(11, minute=14), TOWN),
    ("whereabouts", changed(1, place=S), TOWN),
    ("whereabouts", without(2), TOWN),
    ("service_at_the_shop", changed(7, minute=8), TOWN),
    ("service_at_the_shop", changed(8, minute=11), TOWN),
    ("service_at_the_shop", changed(7, place=T), TOWN),
    ("service_at_the_door", changed(12, minute=16), TOWN),
    ("service_at_the_door", changed(13, minute=18), TOWN),
    ("service_at_the_door", changed(12, orders=("b",)), TOWN),
    ("not_before_ready", list(GOOD), SLOW_SHOP),
    ("on_shift", list(GOOD), SHORT_DAY),
    ("on_shift", list(GOOD), LATE_START),
    ("delivered_by_its_bearer", without(7), TOWN),
    ("delivered_by_its_bearer", without(18), TOWN),
    ("ninety_minutes", late(80, 11), TOWN),
]


@pytest.mark.parametrize(
    ("rule", "log", "instance"), BROKEN, ids=[f"{number}-{case[0]}" for number, case in enumerate(BROKEN)]
)
def test_a_broken_rule_is_found(rule: str, log: list[Event], instance: Instance) -> None:
    assert rule in broken_rules(log, instance=instance)


def test_each_rule_is_broken_at_least_once() -> None:
    assert {rule for rule, _, _ in BROKEN} == {rule.__name__ for rule in checker.RULES}


def test_redirecting_is_for_product_rules_only() -> None:
    script: dict[int, list[Instruction]] = {
        5: [Assign("c1", ("a",)), Send("c2", Place(500, 0))],
        6: [Assign("c1", ()), Assign("c2", ("a",))],
        7: [Assign("c1", ("b",)), Assign("c2", ("d",))],
    }
    log = replay(TOWN, "product", scripted(script)).log
    assert {event.orders for event in log if event.kind == "delivered"} == {("b",), ("d",)}
    assert not broken_rules(log, "product")
    assert broken_rules(log, "strict") == {"once", "left_alone", "no_free_moves"}


def test_a_bag_picked_up_stays_with_its_courier_under_both_rules() -> None:
    more = Event(11, "decided", "c2", T, ("d", "a"))
    assert "left_alone" in broken_rules(with_more(8, Event(11, "decided", "c1", S, ("b",))), "product")
    assert "one_holder" in broken_rules(with_more(8, more), "product")


def any_town(chance: random.Random) -> Instance:
    def place() -> Place:
        return Place(chance.randrange(3000), chance.randrange(3000))

    shops = {name: place() for name in "STUV"}
    placed = [chance.randrange(200) for _ in range(60)]
    return replace(
        TOWN,
        longest_min=10_000,
        shops=shops,
        couriers=tuple(Courier(f"c{n}", place(), chance.randrange(60), 5_000) for n in range(9)),
        orders=tuple(
            Order(f"o{n}", chance.choice("STUV"), place(), placed[n], placed[n] + chance.randrange(30))
            for n in range(60)
        ),
    )


SETTLED_MIN = 300
"""From here on a policy without sense no longer takes back what it decided, so that the day ends."""


def anyhow(chance: random.Random) -> Callable[[Snapshot], Iterable[Instruction]]:
    """A policy without sense that keeps the product rules."""

    def policy(snapshot: Snapshot) -> Iterable[Instruction]:
        held = {name for rider in snapshot.riders for name in rider.bundle}
        loose = [order for order in snapshot.orders if order.name not in held]
        for rider in snapshot.riders:
            settled = bool(rider.bundle) and snapshot.now_min > SETTLED_MIN
            if settled or not may_be_instructed(snapshot, rider) or chance.random() < 0.5:
                continue
            if not rider.bundle and chance.random() < 0.3:
                yield Send(rider.name, Place(chance.randrange(3000), chance.randrange(3000)))
                continue
            kept = list(rider.picked)
            shop = rider.shop if kept else chance.choice("STUV")
            more = [order for order in loose if order.shop == shop][:3]
            loose = [order for order in loose if order not in more]
            if kept or more or rider.bundle:
                yield Assign(rider.name, (*kept, *(order.name for order in more)))

    return policy


@pytest.mark.parametrize("seed", range(10))
def test_whatever_a_policy_does_within_the_rules_the_log_stands(seed: int) -> None:
    chance = random.Random(seed)
    town = any_town(chance)
    log = replay(town, "product", anyhow(chance)).log
    assert not checker.complaints(town, "product", log)
    assert figures.figures(town, log).undelivered == 0
    assert "left_alone" in broken_rules(log, "strict", town)


def test_figures_of_a_day_reckoned_by_hand() -> None:
    found = figures.figures(TOWN, GOOD, [0.1, 0.3])
    assert found.xdt_min == pytest.approx((0 + 4 + 0) / 3)
    assert found.click_to_door_min == pytest.approx((12 + 18 + 14) / 3)
    assert found.click_to_door_p90_min == pytest.approx(17.2)
    assert (found.undelivered, found.within_30, found.within_40) == (0, 1, 1)
    assert found.cost_per_order == pytest.approx((20 + 15) / 3)
    assert found.decision_p99_s == pytest.approx(0.298)


def test_an_order_nobody_brought_counts() -> None:
    found = figures.figures(TOWN, without(18))
    assert found.xdt_min == pytest.approx((0 + 120 + 0) / 3)
    assert found.undelivered == pytest.approx(1 / 3)
    assert found.click_to_door_min == pytest.approx(13)
    assert found.within_30 == pytest.approx(2 / 3)
    assert found.cost_per_order == pytest.approx((15 + 15) / 2)


def test_the_mean_of_days_weighs_them_alike_and_keeps_the_slowest_decision() -> None:
    one, other = figures.figures(TOWN, GOOD, [0.1]), figures.figures(TOWN, without(18), [0.3])
    both = figures.mean([one, other])
    assert both.xdt_min == pytest.approx((one.xdt_min + other.xdt_min) / 2)
    assert both.decision_p99_s == pytest.approx(0.3)


@pytest.mark.parametrize("rules", ["strict", "product"])
@pytest.mark.parametrize("seed", range(3))
def test_our_dispatcher_keeps_the_rules_in_any_town(rules: Rules, seed: int) -> None:
    town = replace(any_town(random.Random(seed)), longest_min=90)
    replayed = replay(town, rules, dispatcher("original"))
    assert not checker.complaints(town, rules, replayed.log)
    assert figures.figures(town, replayed.log).undelivered < 0.5


@pytest.mark.parametrize("rules", ["strict", "product"])
@pytest.mark.parametrize("seed", range(6))
def test_no_day_is_better_than_its_bound(rules: Rules, seed: int) -> None:
    town = replace(any_town(random.Random(seed)), longest_min=90)
    least_min, most = bounds.least_excess_min(town, rules), bounds.most_within(town, rules, 30)
    for policy in (dispatcher("original"), dispatcher("fruit30")):
        replayed = replay(town, rules, policy)
        assert not checker.complaints(town, rules, replayed.log)
        day = figures.figures(town, replayed.log)
        assert least_min <= day.xdt_min + 1e-9
        assert day.within_30 <= most + 1e-9


def test_the_bound_sees_that_one_courier_is_not_two() -> None:
    """Alone, each of a and d costs nothing; one courier brings d at 21 at the soonest, is free at 23, and fetches a 12 minutes later."""
    alone = replace(TOWN, couriers=(Courier("c1", S, 0, 60),), orders=(TOWN.orders[0], TOWN.orders[2]))
    assert bounds.least_excess_min(alone, "product") > 0
    assert bounds.least_excess_min(TOWN, "product") == pytest.approx(4 / 3), (
        "b rides behind a and is four minutes later"
    )


def test_prices_find_the_cheapest_assignment_and_never_more() -> None:
    chance = np.random.default_rng(7)
    for _ in range(20):
        costs = chance.integers(0, 9, (4, 4)).astype(np.float64)
        cheapest = min(
            sum(min(costs[row, column], 5.0) for row, column in enumerate(columns))
            for columns in permutations(range(4))
        )
        bound = bounds.assignment_bound(costs, 5.0)
        assert cheapest - 1 < bound <= cheapest + 1e-9


@pytest.fixture(scope="module")
def archive() -> Archive:
    return open_archive(FOLDER)


@needs_data
def test_an_instance_is_read(archive: Archive) -> None:
    read = archive.instance("0o100t100s1p100")
    assert (len(archive.names()), len(read.orders), len(read.couriers), len(read.shops)) == (
        120,
        505,
        113,
        116,
    )
    assert read.order["o1"] == Order("o1", "r1", Place(9131, 7497), 743, 753)
    assert read.courier["c3"] == Courier("c3", Place(2818, 10568), 30, 210)
    assert (read.metres_per_min, read.pickup_min, read.door_min, read.longest_min) == (320, 4, 4, 90)
    fruit = archive.instance("0o100t100s1p100", "fruit30")
    assert {order.ready_min - order.placed_min for order in fruit.orders} == {3}
    with pytest.raises(ValueError, match="no instance nowhere"):
        archive.instance("nowhere")


@needs_data
def test_the_unavoidable_minutes_are_those_of_the_reference(archive: Archive) -> None:
    with (FOLDER / "lower_bounds.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows[::12]:
        least = figures.bound(archive.instance(row["instance"]))
        fruit = figures.bound(archive.instance(row["instance"], "fruit30"))
        assert least.click_to_door_min == pytest.approx(float(row["lb_ctd_mean"]), abs=1e-4)
        assert least.within_30 == pytest.approx(float(row["lb_within30"]), abs=1e-4)
        assert least.within_40 == pytest.approx(float(row["lb_within40"]), abs=1e-4)
        assert fruit.click_to_door_min == pytest.approx(float(row["fruit30_lb_ctd_mean"]), abs=1e-4)
        assert fruit.within_30 == pytest.approx(float(row["fruit30_lb_within30"]), abs=1e-4)


@needs_data
def test_the_peers_are_read(archive: Archive) -> None:
    known = figures.peers(FOLDER, "original")
    assert set(known) == set(archive.names())
    own = {(peer.algorithm, peer.variant): peer for peer in known["4o50t100s1p100"]}
    assert set(own) == {("FM", "min"), ("FM", "min60"), ("MDRP", "min"), ("MDRP", "min60")}
    food_match = own["FM", "min60"]
    assert food_match.figures.xdt_min == pytest.approx(6.027)
    assert food_match.figures.undelivered == pytest.approx(2 / 592)
    assert len(figures.quick(FOLDER, "original")) == 19


@needs_data
@pytest.mark.parametrize(("rules", "set_name"), [("strict", "original"), ("product", "fruit30")])
def test_a_real_day_passes_the_examiner(archive: Archive, rules: Rules, set_name: str) -> None:
    instance = archive.instance("0r50t100s1p125", set_name)
    replayed = replay(instance, rules, dispatcher("original"))
    assert not checker.complaints(instance, rules, replayed.log)
    assert figures.figures(instance, replayed.log).undelivered < 0.05
