"""Issue a bag, take in what was sold, close the bag.

Lock order: the bag's row first, then holdings in ascending id (see `stock.services`). A bag's holdings are touched by these three verbs
alone, each under the bag's lock, and a store's holdings are waited for once, by one statement: so nobody waits in a circle.
"""

from guinda.stalls.services.closing import close
from guinda.stalls.services.issuing import issue
from guinda.stalls.services.selling import Answer, Missed, Sold, take_in

__all__ = ["Answer", "Missed", "Sold", "close", "issue", "take_in"]
