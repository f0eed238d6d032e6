"""Why fruit left the shelf without being sold: words that are kept in the books, and how each language says them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

WRITE_OFF = [
    ("expired", _("Past its time")),
    ("mould", _("Mouldy or crushed")),
    ("recalled", pgettext_lazy("reason", "Recalled")),
    ("dropped", _("Dropped")),
    ("tasted", _("Given to taste")),
]
DIFFERENCE = [
    ("dried", _("Dried out")),
    ("mould", _("Mouldy or crushed")),
    ("tasted", _("Given to taste")),
    ("scale", _("Weighed wrongly before")),
    ("lost", _("Lost on the way")),
    ("unknown", _("Nobody knows")),
]
