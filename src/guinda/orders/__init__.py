"""Basket, quote, order, payment, refund.

A *quote* is a signed statement of lines, price and the time at the door, good for a few minutes. `services.place` turns it
into an order in one transaction of at most four round trips, with its stock held, before any payment is asked for. Who
carries it is `delivery`'s affair.
"""
