"""Money and weights as staff read them, in their language; free of the admin, so that any page may use them."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import get_language, pgettext

from guinda.base import money


def amount(amount_minor: int | None, currency: str) -> str:
    """Money in the reader's language."""
    return "" if amount_minor is None else money.show(amount_minor, currency, (get_language() or "en")[:2])


def kilograms(weight_g: int | None) -> str:
    """`1250` -> `1.25 kg`."""
    if weight_g is None:
        return ""
    text = number_format(weight_g / 1000, decimal_pos=3, force_grouping=True).rstrip("0").rstrip(".,")
    return pgettext("weight", "%(weight)s\u00a0kg") % {"weight": text}
