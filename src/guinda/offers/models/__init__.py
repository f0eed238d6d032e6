"""The room's rows: numbers, tools and the offers made of them, and what competitors offer."""

from guinda.offers.models.made import Offer, Refused
from guinda.offers.models.numbers import Hold, Number, NumberClass, Numbering, NumberRange
from guinda.offers.models.rivals import Account, Approach, Territory
from guinda.offers.models.tools import Allowance, Tool

__all__ = [
    "Account",
    "Allowance",
    "Approach",
    "Hold",
    "Number",
    "NumberClass",
    "NumberRange",
    "Numbering",
    "Offer",
    "Refused",
    "Territory",
    "Tool",
]
