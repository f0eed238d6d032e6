"""The store keeper's work: receive, pack, count, send, write off, recall.

A *keeper* tends one or more stores and sees no other. A *receipt* is a lot's arrival with what it cost; a *packing* says whose hands closed
an order's bag; a *count* is what was weighed beside what the books said; a *transfer* is a weight of a lot on its way between two stores.
All grams move by `stock`'s verbs: this room adds who, why and what for, and sells nothing itself.
"""
