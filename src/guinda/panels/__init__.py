"""The screens at stations where clients order.

A *panel* is a device with a revocable key, standing at one station. This room shows the fruit, advises, fills the bowl, takes the address
and hands the order to `orders`. It does not know couriers: the time at the door comes through the promise that `orders` asks for.
"""
