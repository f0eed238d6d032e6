"""What of the catalogue comes in and goes out as CSV: products, varieties, lots and prices."""

# ruff: noqa: S608 - statements are made of names in this file

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from babel.numbers import get_currency_precision
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from guinda.base.admin_texts import NAMES
from guinda.base.money import major
from guinda.base.texts import LANGUAGES
from guinda.catalog.models import Lot, Price, Product, Variety
from guinda.places.models import City
from guinda.places.tables import CITY, IN_CITY
from guinda.tables.declare import Column, Reference, Row, Rules, Table, declare
from guinda.tables.kinds import SLUG, Instant, Money, Scaled, Text, Whole, Word
from guinda.tables.problems import Wrong

OF_VARIETY = Reference(
    ["variety"], "SELECT slug FROM catalog_variety", _("the short name of a variety that is there")
)
VARIETY = Column("variety", _("the variety's short name"), SLUG, "rainier")
POSITION = Column("position", _("position"), Whole(), "0", default=0)


def _texts(name: str, meaning: Any, most: int, examples: Sequence[str]) -> list[Column]:
    """A text in each language: a column each."""
    return [
        Column(f"{name}_{language}", _in(meaning, language), Text(most), example)
        for language, example in zip(LANGUAGES, examples, strict=True)
    ]


def _in(meaning: Any, language: str) -> Any:
    return format_lazy("{} ({})", meaning, NAMES[language])


def _shown(name: str) -> str:
    """The columns of a text that is kept as JSON."""
    return ", ".join(f"{name} ->> '{language}' AS {name}_{language}" for language in LANGUAGES)


def _kept(name: str) -> str:
    """The JSON of a text that has a column per language."""
    return "jsonb_build_object(" + ", ".join(f"'{each}', j.{name}_{each}" for each in LANGUAGES) + ")"


PRODUCTS = declare(
    Table(
        name="products",
        meaning=_("Kinds of fruit."),
        model=Product,
        key=["slug"],
        columns=[
            Column("slug", _("short name"), SLUG, "sweet-cherry"),
            *_texts("name", _("name"), 120, ["Sweet cherries", "Cerezas dulces", "Черешня"]),
            POSITION,
        ],
        current=f"SELECT slug AS id, slug, {_shown('name')}, position FROM catalog_product",
        sets={"slug": "j.slug", "name": _kept("name"), "position": "j.position"},
    )
)

GOOD = [
    Column(f"good_to_{name}", meaning, Whole(0, 3), "2", default=0)
    for name, meaning in (
        ("eat", _("good to eat")),
        ("bake", _("good to bake")),
        ("preserve", _("good to preserve")),
    )
]

VARIETIES = declare(
    Table(
        name="varieties",
        meaning=_("Cultivars of each product, with what a doubting buyer asks about them."),
        model=Variety,
        key=["slug"],
        columns=[
            Column("slug", _("short name"), SLUG, "rainier"),
            Column("product", _("the product's short name"), SLUG, "sweet-cherry"),
            *_texts("name", _("name"), 120, ["Rainier", "Rainier", "Ренье"]),
            Column("colour", _("colour"), Word(r"#[0-9a-f]{6}", _("a colour such as #b3132b")), "#f4c04e"),
            *_texts("colour_name", _("colour, in words"), 120, ["yellow", "amarilla", "жёлтая"]),
            *_texts(
                "about",
                _("about it"),
                2000,
                ["Honey in a thin skin.", "Miel en piel fina.", "Мёд в тонкой кожице."],
            ),
            Column("brix", _("sweetness, °Brix"), Scaled(1), "21.7"),
            Column("acid", _("titratable acid, %"), Scaled(2), "0.72"),
            Column("piece_g", _("weight of one fruit, g"), Scaled(3, most=10_000_000), "12.300"),
            *GOOD,
            POSITION,
        ],
        current=(
            f"SELECT slug AS id, slug, product_id AS product, {_shown('name')}, colour, {_shown('colour_name')}, {_shown('about')},"
            " brix_tenths AS brix, acid_hundredths AS acid, piece_mg AS piece_g, good_to_eat, good_to_bake, good_to_preserve, position"
            " FROM catalog_variety"
        ),
        sets={
            "slug": "j.slug",
            "product_id": "j.product",
            "colour": "j.colour",
            **{name: _kept(name) for name in ("name", "colour_name", "about")},
            "brix_tenths": "j.brix",
            "acid_hundredths": "j.acid",
            "piece_mg": "j.piece_g",
            **{name: f"j.{name}" for name in ("good_to_eat", "good_to_bake", "good_to_preserve", "position")},
        },
        references=[
            Reference(
                ["product"],
                "SELECT slug FROM catalog_product",
                _("the short name of a product that is there"),
            )
        ],
    )
)


class LotRules(Rules):
    """A lot expires after it was picked."""

    def read(self, row: Row) -> None:
        """As the database demands."""
        if row["expires_at"] <= row["picked_at"]:
            raise Wrong("expires_at", gettext("a time after picked_at"))


EVIDENCE = (
    "grower",
    "origin",
    "picked_at",
    "inspected_by",
    "inspected_at",
    "washed_by",
    "washed_at",
    "expires_at",
)

LOTS = declare(
    Table(
        name="lots",
        meaning=_(
            "Lots with their evidence. Weights come as receipts; a recall is made in the office, never by a file."
        ),
        model=Lot,
        key=["code"],
        columns=[
            Column(
                "code",
                _("code"),
                Word(
                    r"[-a-zA-Z0-9_]{1,20}",
                    _("a code of 1 to 20 Latin letters, digits, hyphens or underscores"),
                ),
                "L00042",
            ),
            VARIETY,
            Column("grower", _("grower"), Text(120), "Orchard on the hill"),
            Column("origin", _("origin"), Text(120), "Krasnodar"),
            Column("picked_at", _("picked"), Instant(), "2026-06-24T05:00+03:00"),
            Column("brix", _("sweetness, °Brix"), Scaled(1), "19.5"),
            Column("inspected_by", _("inspected by"), Text(120), "Quality desk"),
            Column("inspected_at", _("inspected"), Instant(), "2026-06-24T06:00+03:00"),
            Column("washed_by", _("washed by"), Text(120), "Store"),
            Column("washed_at", _("washed"), Instant(), "2026-06-24T07:00+03:00"),
            Column("expires_at", _("expires"), Instant(), "2026-06-27T05:00+03:00"),
        ],
        current=f"SELECT id, code, variety_id AS variety, brix_tenths AS brix, {', '.join(EVIDENCE)} FROM catalog_lot",
        sets={
            "code": "j.code",
            "variety_id": "j.variety",
            "brix_tenths": "j.brix",
            **{name: f"j.{name}" for name in EVIDENCE},
        },
        references=[OF_VARIETY],
        rules=lambda _now: LotRules(),
    )
)


class PriceRules(Rules):
    """Amounts are in the currency of the row's city."""

    def __init__(self) -> None:
        self.currencies: dict[str, str] = dict(City.objects.values_list("slug", "currency"))

    def read(self, row: Row) -> None:
        """Into minor units: no more decimals than the currency has, more than nothing."""
        currency = self.currencies.get(row["city"])
        if currency is None:
            row["per_kg"] = 0  # the city itself is refused later, with every other row that names it
            return
        minor = row["per_kg"].scaleb(get_currency_precision(currency))
        if minor != int(minor) or not 0 < minor <= Money.MOST:
            raise Wrong("per_kg", Money().expected)
        row["per_kg"] = int(minor)

    def show(self, row: Row) -> None:
        """As people write money."""
        row["per_kg"] = major(row["per_kg"], self.currencies[row["city"]])


def _price_rules(_now: datetime) -> Rules:
    return PriceRules()


PRICES = declare(
    Table(
        name="prices",
        meaning=_("What a kilogram costs from when on. A price that is there stays; a new one is a new row."),
        model=Price,
        key=["city", "variety", "from_at"],
        columns=[
            CITY,
            VARIETY,
            Column("per_kg", _("price of a kilogram, in the city's currency"), Money(), "890.50"),
            Column("from_at", _("from when it holds"), Instant(), "2026-06-24T00:00+03:00"),
        ],
        current="SELECT id, city_id AS city, variety_id AS variety, per_kg_minor AS per_kg, from_at FROM catalog_price",
        sets={
            "city_id": "j.city",
            "variety_id": "j.variety",
            "per_kg_minor": "j.per_kg",
            "from_at": "j.from_at",
        },
        references=[IN_CITY, OF_VARIETY],
        rules=_price_rules,
        adds_only=True,
    )
)
