"""What happened, to which row, by whom: an append-only list; and who is told after commit.

`services.record` writes an event in the same transaction as the change it tells of. Rooms above register listeners with
`services.listen` in `apps.ready()`; the worker tells them after commit, at least once, so a listener does its work
idempotently. Nothing here is ever edited or deleted; telling is kept in a table of its own (`Announcement`), which drains.
"""
