"""Bring the catalogue in line with a file."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.catalog.models import Price, Product, Variety
from guinda.catalog.queries import prices
from guinda.places.models import City

FRUIT = Path(__file__).parent / "fruit.toml"


@transaction.atomic
def load_fruit(*, file: Path, city: City | None = None, now: datetime | None = None) -> int:
    """Bring products and varieties in line with a file; returns how many varieties it names. Twice is the same as once.

    With `city` and `now` the file's prices hold there from then on; one that holds already is left alone.
    Rows the file doesn't name stay.

    Raises:
        Refusal: the file is wrong; nothing is changed.
    """
    facts = _read(file)
    for position, each in enumerate(facts["products"]):
        _write_product(each, position)
    for position, each in enumerate(facts["varieties"]):
        _write_variety(each, position)
    if city is not None and now is not None:
        _write_prices(facts["varieties"], city, now)
    return len(facts["varieties"])


def _read(file: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        facts = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise _bad("file", str(error)) from None
    for name in ("products", "varieties"):
        rows = facts.get(name)
        if (
            not isinstance(rows, list)
            or not rows
            or not all(isinstance(row, dict) and "slug" in row for row in rows)
        ):
            raise _bad(name, "a list of tables, each with a slug, is needed")
        slugs = [row["slug"] for row in rows]
        if len(set(slugs)) < len(slugs):
            raise _bad(name, "a slug is there twice")
    return facts


def _bad(where: str, problem: str) -> Refusal:
    sentence = _(
        "The fruit file can't be used (%(where)s: %(problem)s). Nothing was changed: correct it and load it again."
    )
    return Refusal("bad_fruit_file", sentence % {"where": where, "problem": problem}, status=422)


def _write_product(facts: dict[str, Any], position: int) -> None:
    row = Product(slug=facts["slug"], name=facts.get("name"), position=position)
    _check(row)
    Product.objects.update_or_create(slug=row.slug, defaults={"name": row.name, "position": position})


def _write_variety(facts: dict[str, Any], position: int) -> None:
    try:
        defaults = {
            "product_id": facts["product"],
            "name": facts["name"],
            "colour": facts["colour"],
            "colour_name": facts["colour_name"],
            "about": facts["about"],
            "brix_tenths": round(facts["brix"] * 10),
            "acid_hundredths": round(facts["acid"] * 100),
            "piece_mg": round(facts["piece_g"] * 1000),
            "good_to_eat": facts["good_to_eat"],
            "good_to_bake": facts["good_to_bake"],
            "good_to_preserve": facts["good_to_preserve"],
            "position": position,
        }
    except (KeyError, TypeError) as error:
        raise _bad(str(facts["slug"]), f"missing or not a number: {error}") from None
    _check(Variety(slug=facts["slug"], **defaults))
    Variety.objects.update_or_create(slug=facts["slug"], defaults=defaults)


def _check(row: Product | Variety) -> None:
    try:
        row.full_clean(validate_unique=False)
    except ValidationError as error:
        problems = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise _bad(str(row.pk), problems) from None


def _write_prices(varieties: list[dict[str, Any]], city: City, now: datetime) -> None:
    known = prices(city_id=city.pk, now=now)
    wanted = {each["slug"]: each["per_kg_minor"] for each in varieties if "per_kg_minor" in each}
    for slug, per_kg_minor in wanted.items():
        if not isinstance(per_kg_minor, int) or per_kg_minor <= 0:
            raise _bad(slug, "per_kg_minor must be a whole number above 0")
    Price.objects.bulk_create(
        Price(variety_id=slug, city=city, per_kg_minor=per_kg_minor, from_at=now)
        for slug, per_kg_minor in wanted.items()
        if known.get(slug) != per_kg_minor
    )
