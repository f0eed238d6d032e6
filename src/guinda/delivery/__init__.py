"""Couriers and the half-hour promise.

*Courier*, *shift*, *task* (one order to carry), *route* (the tasks in the order they will be done). Hears `order.confirmed`, plans
with `solvers.dispatch`, shows the courier the next task and the client where the bag is. It sells nothing and moves no money.
"""
