"""The verbs of a store: receive, pack, count, send. Writing off is `stock.services.write_off`, recalling `catalog.recalls.recall`.

Lock order: the row of this room or of the order first, then holdings in ascending id (see `stock.services`).
"""

from guinda.stores.services.counting import Weighed, count
from guinda.stores.services.packing import pack, unpack
from guinda.stores.services.receiving import Arrival, receive
from guinda.stores.services.sending import arrive, send

__all__ = ["Arrival", "Weighed", "arrive", "count", "pack", "receive", "send", "unpack"]
