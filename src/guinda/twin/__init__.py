"""A simulated city that presses the same buttons people press: a seeded crowd at the panels and couriers on the streets.

It talks to the running server over HTTP only; it reads no tables, so what works for it works for people.
"""
