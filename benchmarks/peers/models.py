"""One snapshot solved by somebody else's solver with the model that fits best: in the peers' environment, one solver a process.

    .venv-peers/bin/python benchmarks/peers/models.py pyvrp|vroom|ortools SECONDS < snapshot.json

Prints the stops of each courier: task number t is fetched as t and brought as -t-1.
"""

from __future__ import annotations

import json
import sys
from typing import Any

NEVER_S = 100_000
WINDOW_S = 600
"""A door's window ends so long after the soonest possible, for those who know no soft bound: without it they use few couriers."""


def pyvrp(town: dict[str, Any], seconds: float) -> list[list[int]]:
    """Shipments from store to door, each courier a depot of their own, doors with windows, least time on duty."""
    from pyvrp import Model
    from pyvrp.stop import MaxRuntime

    model = Model()
    sites = [model.add_location(number, 0) for number in range(len(town["ride"]))]
    places = [model.add_location(number, 1) for number in range(len(town["reach"]))]
    for place in places:
        depot = model.add_depot(place)
        model.add_vehicle_type(
            1, town["bundle"], start_depot=depot, end_depot=depot, unit_distance_cost=0, unit_duration_cost=1
        )
    for origin, row in zip([*sites, *places], [*town["ride"], *town["reach"]], strict=True):
        for target, way_s in zip(sites, row, strict=True):
            model.add_edge(origin, target, 0, way_s)
        for place in places:
            model.add_edge(origin, place, 0, 0)
    for store, door, ready_s, soonest_s in zip(
        town["store"], town["door"], town["ready"], town["soonest"], strict=True
    ):
        model.add_shipment(
            sites[store],
            sites[door],
            pickup_tw_early=ready_s,
            pickup_service_duration=town["pickup_s"],
            delivery_tw_late=soonest_s + WINDOW_S,
            delivery_service_duration=town["door_s"],
            amount=1,
        )
    result = model.solve(MaxRuntime(seconds), seed=1, display=False)
    stops: list[list[int]] = [[] for _ in places]
    for route in result.best.routes():
        for stop in route:
            if stop.is_pickup() or stop.is_delivery():
                stops[route.vehicle_type()].append(stop.idx if stop.is_pickup() else -stop.idx - 1)
    return stops


def vroom(town: dict[str, Any], _seconds: float) -> list[list[int]]:
    """Shipments from store to door in the order of least travel; nothing is fetched before it is ready, doors have windows."""
    import numpy as np
    from vroom import Input, Shipment, ShipmentStep, TimeWindow, Vehicle

    sites, couriers = len(town["ride"]), len(town["couriers"])
    matrix = np.zeros((sites + couriers, sites + couriers), dtype=np.uint32)
    matrix[:sites, :sites] = town["ride"]
    matrix[sites:, :sites] = town["reach"]
    problem = Input()
    problem.set_durations_matrix("car", matrix)
    for number in range(couriers):
        problem.add_vehicle(Vehicle(number, start=sites + number, capacity=[town["bundle"]]))
    for task, ready_s in enumerate(town["ready"]):
        problem.add_job(
            Shipment(
                ShipmentStep(
                    task,
                    town["store"][task],
                    default_service=town["pickup_s"],
                    time_windows=[TimeWindow(ready_s, NEVER_S)],
                ),
                ShipmentStep(
                    task,
                    town["door"][task],
                    default_service=town["door_s"],
                    time_windows=[TimeWindow(0, town["soonest"][task] + WINDOW_S)],
                ),
                amount=[1],
            )
        )
    routes = problem.solve(exploration_level=1, nb_threads=1).routes
    stops: list[list[int]] = [[] for _ in range(couriers)]
    for row in routes.itertuples():
        if row.type in {"pickup", "delivery"}:
            stops[int(row.vehicle_id)].append(int(row.id) if row.type == "pickup" else -int(row.id) - 1)
    return stops


def ortools(town: dict[str, Any], seconds: float) -> list[list[int]]:
    """Pick-ups and deliveries with the waiting of each bag as a soft bound on its door's time: the objective itself."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    sites, couriers, tasks = len(town["ride"]), len(town["couriers"]), len(town["ready"])
    place = [*town["store"], *town["door"], *range(sites, sites + couriers), -1]
    end = len(place) - 1
    manager = pywrapcp.RoutingIndexManager(
        len(place), couriers, list(range(2 * tasks, 2 * tasks + couriers)), [end] * couriers
    )
    routing = pywrapcp.RoutingModel(manager)

    def way_s(origin: int, target: int) -> int:
        start, goal = manager.IndexToNode(origin), manager.IndexToNode(target)
        if goal == end:
            return 0
        if start >= 2 * tasks:
            return int(town["reach"][start - 2 * tasks][place[goal]]) if goal < 2 * tasks else 0
        return int(
            (town["pickup_s"] if start < tasks else town["door_s"]) + town["ride"][place[start]][place[goal]]
        )

    def load(index: int) -> int:
        node = manager.IndexToNode(index)
        return 1 if node < tasks else -1 if node < 2 * tasks else 0

    routing.AddDimension(routing.RegisterTransitCallback(way_s), NEVER_S, NEVER_S, True, "time")
    routing.AddDimensionWithVehicleCapacity(
        routing.RegisterUnaryTransitCallback(load), 0, [town["bundle"]] * couriers, True, "load"
    )
    time = routing.GetDimensionOrDie("time")
    for task in range(tasks):
        fetched, brought = manager.NodeToIndex(task), manager.NodeToIndex(tasks + task)
        routing.AddPickupAndDelivery(fetched, brought)
        routing.solver().Add(routing.VehicleVar(fetched) == routing.VehicleVar(brought))
        routing.solver().Add(time.CumulVar(fetched) <= time.CumulVar(brought))
        time.CumulVar(fetched).SetMin(town["ready"][task])
        time.SetCumulVarSoftUpperBound(brought, town["soonest"][task], 1)
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_COST_INSERTION
    search.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    search.time_limit.FromMilliseconds(int(1000 * seconds))
    solution = routing.SolveWithParameters(search)
    return (
        [_followed(routing, manager, solution, courier, tasks) for courier in range(couriers)]
        if solution
        else []
    )


def _followed(routing: Any, manager: Any, solution: Any, courier: int, tasks: int) -> list[int]:
    """One courier's stops in OR-Tools' answer."""
    stops, index = [], solution.Value(routing.NextVar(routing.Start(courier)))
    while not routing.IsEnd(index):
        node = manager.IndexToNode(index)
        stops.append(node if node < tasks else -(node - tasks) - 1)
        index = solution.Value(routing.NextVar(index))
    return stops


if __name__ == "__main__":
    solver = {"pyvrp": pyvrp, "vroom": vroom, "ortools": ortools}[sys.argv[1]]
    json.dump(solver(json.load(sys.stdin), float(sys.argv[2])), sys.stdout)
