"""Money is an integer of minor units with its currency; Babel shows it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency, get_currency_precision

SIGNS = {"RUB": "₽"}
"""Signs that everybody reads, where a language's own rules would write the currency's code."""


def show(amount_minor: int, currency: str, language: str) -> str:
    """`129000, "RUB", "en"` -> `RUB 1,290.00` as the language writes it; whole amounts lose their empty minor part."""
    digits = get_currency_precision(currency)
    unit = 10**digits
    whole = amount_minor % unit == 0
    text: str = format_currency(
        amount_minor / unit,
        currency,
        locale=language,
        currency_digits=not whole,
        format=None if not whole else _whole_format(language),
    )
    return text.replace(currency, SIGNS.get(currency, currency))


def _whole_format(language: str) -> str:
    from babel import Locale  # deferred: locale data is large and this path is cached by Babel itself

    pattern = Locale.parse(language).currency_formats["standard"].pattern
    return str(pattern).replace(".00", "")


def price_minor(weight_g: int, per_kg_minor: int) -> int:
    """Price of a weight: exact to the minor unit, halves up. Grams, minor units per kilogram -> minor units."""
    return (weight_g * per_kg_minor + 500) // 1000


def from_major(amount: Decimal, currency: str) -> int:
    """What a person typed -> minor units, halves up: `Decimal("890.5"), "RUB"` -> `89050`."""
    return int(amount.scaleb(get_currency_precision(currency)).to_integral_value(ROUND_HALF_UP))


def major(amount_minor: int, currency: str) -> Decimal:
    """What payment providers want: `129050, "RUB"` -> `Decimal("1290.50")`."""
    return Decimal(amount_minor).scaleb(-get_currency_precision(currency))
