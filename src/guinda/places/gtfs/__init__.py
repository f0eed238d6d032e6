"""Reads a public-transport feed (GTFS, a zip of CSV tables) as the facts of a city.

`reading.read` gives the same `CityFile` that a city written by hand gives, and *notes*: one sentence for each thing
that the feed does not say and we inferred. A feed is somebody else's file: `tables` opens it within limits, never
writes a member to disk, and refuses a broken one in one sentence. Timetables, fares and buses are not read.
"""
