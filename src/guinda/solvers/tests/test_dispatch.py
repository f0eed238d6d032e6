from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guinda.solvers.dispatch import Courier, Leg, Move, Route, Rules, Snapshot, Task, Weights, plan

MODES = {"foot": 3.0, "bicycle": 1.0}
STORES = 2


@st.composite
def snapshots(draw) -> Snapshot:
    """Stores and doors on a grid, couriers with bags they can carry, tasks of every kind."""
    points = draw(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=4, max_size=9))
    sites = np.array(points)
    between = {mode: _ride(sites, sites, pace) for mode, pace in MODES.items()}
    couriers, rows = [], []
    for key in range(draw(st.integers(0, 5))):
        mode = draw(st.sampled_from(sorted(MODES)))
        place = np.array([draw(st.tuples(st.integers(0, 900), st.integers(0, 900)))])
        couriers.append(
            Courier(
                10 + key,
                mode,
                draw(st.integers(0, 300)),
                draw(st.integers(0, 5000)),
                draw(st.integers(3, 20)) * 500,
            )
        )
        rows.append(_ride(place, sites, MODES[mode])[0])
    from_courier = np.array(rows, dtype=np.int64).reshape(len(couriers), len(sites))
    tasks = tuple(_tasks(draw, couriers, len(sites)))
    forbidden = draw(st.sets(st.tuples(st.integers(0, 11), st.integers(10, 14)), max_size=6))
    allowed = frozenset(forbidden) - {(task.key, task.pinned) for task in tasks}
    return Snapshot(tuple(couriers), tasks, from_courier, between, forbidden=allowed)


def _ride(origins, destinations, pace):
    return np.ceil(np.abs(origins[:, None, :] - destinations[None, :, :]).sum(axis=2) * pace).astype(np.int64)


def _tasks(draw, couriers, sites):
    room_g = {courier.key: courier.capacity_g for courier in couriers}
    at_store: set[int] = set()
    for key in range(draw(st.integers(0, 12))):
        holder = draw(st.sampled_from([None, *room_g]))
        weight_g = draw(st.integers(1, 60)) * 100
        carried = holder is not None and draw(st.booleans()) and room_g[holder] >= weight_g
        arrived = not carried and holder is not None and holder not in at_store and room_g[holder] >= weight_g
        arrived = arrived and draw(st.booleans())
        if carried or arrived:
            room_g[holder] -= weight_g
        if arrived:
            at_store.add(holder)
        pinned = draw(st.sampled_from([None, None, *room_g]))
        yield Task(
            key,
            draw(st.integers(0, STORES - 1)),
            draw(st.integers(STORES, sites - 1)),
            draw(st.integers(0, 600)),
            draw(st.integers(100, 4000)),
            weight_g,
            holder,
            carried,
            pinned,
            arrived,
        )


@given(snapshots())
@settings(deadline=None, max_examples=150)
def test_each_task_is_in_the_plan_once(snapshot):
    made = plan(snapshot)
    planned = [leg.task for route in made.routes for leg in route.legs] + list(made.unassigned)
    assert sorted(planned) == sorted(task.key for task in snapshot.tasks)


@given(snapshots())
@settings(deadline=None, max_examples=150)
def test_what_a_courier_holds_never_changes_hands(snapshot):
    carrier = {leg.task: route.courier for route in plan(snapshot).routes for leg in route.legs}
    for task in snapshot.tasks:
        if task.held:
            assert carrier[task.key] == task.courier


@given(snapshots())
@settings(deadline=None, max_examples=150)
def test_what_people_pinned_or_ruled_out_stays_so(snapshot):
    carrier = {leg.task: route.courier for route in plan(snapshot).routes for leg in route.legs}
    for task in snapshot.tasks:
        if task.key in carrier and not task.held:
            assert task.pinned in {None, carrier[task.key]}
            assert (task.key, carrier[task.key]) not in snapshot.forbidden


@given(snapshots())
@settings(deadline=None, max_examples=100)
def test_no_plan_costs_less_than_its_bound_and_reasons_add_up(snapshot):
    made = plan(snapshot)
    if made.bound is not None:
        assert 0 <= made.gap <= 1
    tasks = {task.key: task for task in snapshot.tasks}
    carrier = {leg.task: route.courier for route in made.routes for leg in route.legs}
    assert set(made.reasons) == {key for key in carrier if not tasks[key].held}
    for key, reason in made.reasons.items():
        assert reason.courier == carrier[key] != reason.second
        assert sum(reason.parts.values()) == pytest.approx(reason.cost, abs=1e-6)
        assert (reason.second is None) == (reason.second_cost is None)


@given(snapshots())
@settings(deadline=None, max_examples=150)
def test_routes_can_be_ridden(snapshot):
    """Replay each route leg by leg: times, loads, readiness and shift ends, independently of how the plan was made."""
    tasks = {task.key: task for task in snapshot.tasks}
    for route in plan(snapshot).routes:
        number = [courier.key for courier in snapshot.couriers].index(route.courier)
        _replay(snapshot, number, route.legs, tasks)


def _replay(snapshot, number, legs, tasks):
    courier, rules, site, at_s = (
        snapshot.couriers[number],
        snapshot.rules,
        None,
        snapshot.couriers[number].free_at_s,
    )
    load_g = sum(tasks[leg.task].weight_g for leg in legs if leg.pickup_s is None)
    assert load_g <= courier.capacity_g
    fetched: set[int] = set()

    def ride_s(to):
        return snapshot.from_courier[number, to] if site is None else snapshot.between[courier.mode][site, to]

    for leg in legs:
        task = tasks[leg.task]
        assert (leg.pickup_s is None) == task.carried
        due = [
            each
            for each in legs
            if each.pickup_s and each.pickup_s <= leg.door_at_s and each.task not in fetched
        ]
        if due:
            together = [tasks[each.task] for each in due]
            assert {(each.store, other.pickup_s) for each, other in zip(together, due, strict=True)} == {
                (together[0].store, due[0].pickup_s)
            }
            assert len(together) <= rules.bundle
            at_s = max(at_s + ride_s(together[0].store), *[each.ready_s for each in together], 0)
            assert at_s <= courier.shift_end_s or all(each.at_store for each in together)
            at_s, site = at_s + rules.pickup_s, together[0].store
            assert due[0].pickup_s == at_s
            load_g += sum(each.weight_g for each in together)
            assert load_g <= courier.capacity_g
            fetched |= {each.key for each in together}
        assert task.carried or task.key in fetched
        assert leg.door_at_s == at_s + ride_s(task.door)
        at_s, site, load_g = leg.door_at_s + rules.door_s, task.door, load_g - task.weight_g
    assert load_g == 0


@given(snapshots())
@settings(deadline=None, max_examples=60)
def test_the_same_snapshot_gives_the_same_plan(snapshot):
    assert plan(snapshot) == plan(replace(snapshot, tasks=tuple(reversed(snapshot.tasks))))


@given(snapshots())
@settings(deadline=None, max_examples=60)
def test_nobody_waits_who_could_be_served(snapshot):
    """A task is unassigned only where no courier could fetch it at the end of the route they were given."""
    made = plan(snapshot)
    tasks = {task.key: task for task in snapshot.tasks}
    routes = {route.courier: route.legs for route in made.routes}
    for key in made.unassigned:
        task = tasks[key]
        for number, courier in enumerate(snapshot.couriers):
            legs = routes.get(courier.key)
            at_s, to_store = courier.free_at_s, snapshot.from_courier[number, task.store]
            if legs:
                at_s = legs[-1].door_at_s + snapshot.rules.door_s
                to_store = snapshot.between[courier.mode][tasks[legs[-1].task].door, task.store]
            if task.pinned not in {None, courier.key} or (key, courier.key) in snapshot.forbidden:
                continue
            assert (
                task.weight_g > courier.capacity_g or max(at_s + to_store, task.ready_s) > courier.shift_end_s
            )


def line(*metres: int) -> dict[str, np.ndarray]:
    """Sites along a straight street, one second a metre."""
    sites = np.array([[each, 0] for each in metres])
    return {"bicycle": _ride(sites, sites, 1.0)}


def street(couriers: dict[int, int], tasks: list[Task], *metres: int, **facts) -> Snapshot:
    """Couriers by key and metre of a street with sites at `metres`."""
    sites = np.array([[each, 0] for each in metres])
    places = np.array([[each, 0] for each in couriers.values()]).reshape(-1, 2)
    team = tuple(
        Courier(key, "bicycle", 0, facts.get("shift_end_s", 10_000), facts.get("capacity_g", 9000))
        for key in couriers
    )
    return Snapshot(team, tuple(tasks), _ride(places, sites, 1.0), line(*metres))


def test_the_nearer_courier_is_chosen():
    made = plan(street({1: 900, 2: 300}, [Task(7, 0, 1, 0, 2000, 500)], 0, 400))
    assert made.routes == (Route(2, (Leg(7, 360, 760),)),)


def test_two_bags_of_one_store_travel_together_while_the_promises_hold():
    made = plan(
        street({1: 0, 2: 5000}, [Task(7, 0, 1, 0, 2000, 500), Task(8, 0, 2, 0, 2000, 500)], 0, 400, 500)
    )
    assert made.routes == (Route(1, (Leg(7, 60, 460), Leg(8, 60, 680))),)


def test_a_promise_that_would_break_goes_to_a_courier_of_its_own():
    tasks = [Task(7, 0, 1, 0, 800, 500), Task(8, 0, 2, 0, 1100, 500)]
    made = plan(street({1: 0, 2: 300}, tasks, 0, 700, -700))
    assert [(route.courier, [leg.task for leg in route.legs]) for route in made.routes] == [
        (1, [7]),
        (2, [8]),
    ]


def test_a_task_is_taken_from_its_courier_only_for_a_clear_gain():
    held = Task(7, 0, 1, 0, 5000, 500, courier=1)
    assert plan(street({1: 400, 2: 300}, [held], 0, 400)).routes[0].courier == 1
    assert plan(street({1: 400, 2: 100}, [held], 0, 400)).routes[0].courier == 2


def test_the_second_bag_at_the_counter_stays_with_who_picked_up_the_first():
    """At the store with one of two bags in hand: the other is fetched before riding off."""
    tasks = [Task(7, 0, 1, 0, 2000, 500, courier=1, carried=True), Task(8, 0, 2, 0, 2000, 500, courier=1)]
    made = plan(street({1: 0, 2: 0}, tasks, 0, 400, 500))
    assert [(route.courier, [leg.task for leg in route.legs]) for route in made.routes] == [(1, [7, 8])]
    assert made.routes[0].legs[1].pickup_s == 60


def test_nobody_turns_back_far_for_a_second_bag():
    tasks = [Task(7, 0, 1, 0, 9000, 500, courier=1, carried=True), Task(8, 0, 2, 0, 9000, 500)]
    made = plan(street({1: 300}, tasks, 0, 400, 500))
    assert made.routes[0].legs[0] == Leg(7, None, 100)


def test_a_courier_who_is_at_the_store_keeps_the_bag():
    held = Task(7, 0, 1, 900, 1000, 500, courier=1, at_store=True)
    made = plan(street({1: 0, 2: 0}, [held, Task(8, 0, 2, 0, 900, 500)], 0, 400, 500, shift_end_s=100))
    assert [(route.courier, [leg.task for leg in route.legs]) for route in made.routes] == [
        (1, [7]),
        (2, [8]),
    ]


def test_a_pinned_task_waits_for_its_courier_and_a_forbidden_one_takes_the_second_best():
    task = Task(7, 0, 1, 0, 2000, 500)
    assert plan(street({1: 900, 2: 300}, [replace(task, pinned=1)], 0, 400)).routes[0].courier == 1
    assert plan(street({1: 900, 2: 300}, [replace(task, pinned=3)], 0, 400)).unassigned == (7,)
    free = street({1: 900, 2: 300}, [task], 0, 400)
    assert plan(replace(free, forbidden=frozenset({(7, 2)}))).routes[0].courier == 1


def test_the_reason_names_the_second_best():
    reason = plan(street({1: 900, 2: 300}, [Task(7, 0, 1, 0, 2000, 500)], 0, 400)).reasons[7]
    assert (reason.courier, reason.second) == (2, 1)
    assert reason.second_cost - reason.cost == 600 * (1 + Weights().ride)
    assert sum(reason.parts.values()) == pytest.approx(reason.cost)


def test_no_pick_up_after_the_shift_and_none_without_couriers():
    task = Task(7, 0, 1, 0, 2000, 500)
    assert plan(street({1: 100}, [task], 0, 400, shift_end_s=99)).unassigned == (7,)
    assert plan(street({1: 100}, [task], 0, 400, shift_end_s=100)).unassigned == ()
    assert plan(street({}, [task], 0, 400)).unassigned == (7,)


def test_the_shift_ends_are_foreseen():
    """The early courier takes what is ready now, the late one what only they can still fetch."""
    late = Task(7, 0, 1, 600, 2000, 500)
    now = Task(8, 0, 1, 0, 2000, 500)
    town = street({1: 0, 2: 0}, [late, now], 0, 400)
    early, lasting = town.couriers
    town = replace(town, couriers=(replace(early, shift_end_s=500), lasting), rules=Rules(bundle=1))
    carrier = {leg.task: route.courier for route in plan(town).routes for leg in route.legs}
    assert carrier == {8: 1, 7: 2}


def test_a_task_that_nobody_can_bring_in_time_is_left_out():
    assert plan(street({1: 0}, [Task(7, 0, 1, 0, 300, 500, latest_s=459)], 0, 400)).unassigned == (7,)
    assert plan(street({1: 0}, [Task(7, 0, 1, 0, 300, 500, latest_s=460)], 0, 400)).unassigned == ()


def test_slack_is_how_long_the_courier_may_stay():
    made = plan(street({1: 300}, [Task(7, 0, 1, 1000, 3000, 500)], 0, 400))
    assert made.routes[0].slack_s == 700


def test_idle_couriers_move_to_where_orders_are_expected():
    town = street({1: 900, 2: 880}, [], 0, 900)
    assert plan(town).moves == ()
    made = plan(replace(town, demand={0: 20.0, 1: 20.0}))
    assert made.moves == (Move(2, 0),)
    assert plan(replace(town, demand={0: 0.1})).moves == ()


def test_who_has_a_task_is_not_moved():
    task = Task(7, 1, 0, 0, 3000, 500)
    made = plan(replace(street({1: 900}, [task], 0, 900), demand={0: 50.0}))
    assert made.routes
    assert made.moves == ()


def test_nonsense_is_refused_with_a_sentence():
    task = Task(7, 0, 1, 0, 2000, 500)
    with pytest.raises(ValueError, match="once"):
        street({1: 0}, [task, task], 0, 400)
    with pytest.raises(ValueError, match="needs its courier"):
        street({1: 0}, [replace(task, courier=2, carried=True)], 0, 400)
    with pytest.raises(ValueError, match="that courier"):
        street({1: 0}, [replace(task, courier=2, at_store=True)], 0, 400)
    with pytest.raises(ValueError, match="undo one"):
        replace(street({1: 0}, [replace(task, pinned=1)], 0, 400), forbidden=frozenset({(7, 1)}))
    with pytest.raises(ValueError, match="one row"):
        Snapshot((), (), np.zeros((1, 2), dtype=np.int64), line(0, 400))
    with pytest.raises(ValueError, match="one bag"):
        Rules(bundle=0)
    with pytest.raises(ValueError, match="0 or more"):
        Weights(wait=-1)


def test_two_ways_of_the_same_worth_are_no_fault():
    far = np.array([[0, 300, 300], [300, 0, 300], [300, 300, 0]])
    carried = Task(1, 0, 1, 0, 10**6, 1, courier=1, carried=True)
    late = Task(
        2, 0, 2, 9_000, 200, 1
    )  # ready after its promise: joining and appending tie in all they are compared by
    courier = Courier(1, "bicycle", 0, 10**6, 10**6)
    made = plan(Snapshot((courier,), (carried, late), np.array([[60, 300, 300]]), {"bicycle": far}))
    assert [leg.task for route in made.routes for leg in route.legs] == [1, 2]
