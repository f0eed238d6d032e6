from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from guinda.base.refusals import Refusal
from guinda.catalog.models import Price, Product, Variety
from guinda.catalog.services import FRUIT, load_fruit
from guinda.places.models import City

NOW = datetime(2026, 6, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def city(db):
    return City.objects.create(
        slug="t",
        name="Т",
        name_latin="T",
        time_zone="Europe/Moscow",
        country="RU",
        currency="RUB",
        south=55,
        west=37,
        north=56,
        east=38,
    )


def test_our_fruit_loads_and_twice_is_once(city):
    count = load_fruit(file=FRUIT, city=city, now=NOW)
    assert count == Variety.objects.count() == Price.objects.count() >= 9
    assert load_fruit(file=FRUIT, city=city, now=NOW + timedelta(hours=1)) == count
    assert Variety.objects.count() == Price.objects.count() == count
    assert Product.objects.count() == 4


def test_every_variety_is_good_for_something_and_within_what_fruit_can_be(city):
    load_fruit(file=FRUIT)
    for each in Variety.objects.all():
        assert max(each.good_to_eat, each.good_to_bake, each.good_to_preserve) >= 2, each.slug
        assert 80 <= each.brix_tenths <= 260, each.slug
        assert 2_000 <= each.piece_mg <= 120_000, each.slug
        assert max(len(text) for text in each.about.values()) <= 120, each.slug


def test_a_new_price_is_a_new_row(city, tmp_path):
    load_fruit(file=FRUIT, city=city, now=NOW)
    dearer = tmp_path / "fruit.toml"
    dearer.write_text(FRUIT.read_text().replace("per_kg_minor = 119_000", "per_kg_minor = 125_000"))
    load_fruit(file=dearer, city=city, now=NOW + timedelta(days=1))
    known = Price.objects.filter(variety="rainier").order_by("from_at").values_list("per_kg_minor", flat=True)
    assert list(known) == [119_000, 125_000]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('colour = "#f4c04e"', 'colour = "yellow"', "rainier"),
        ("brix = 21.7", 'brix = "very"', "rainier"),
        ("per_kg_minor = 119_000", "per_kg_minor = 0", "per_kg_minor"),
        ('product = "apricot"', 'product = "plum"', "plum"),
        ('slug = "goldrich"', 'slug = "bergeron"', "twice"),
        ("[[products]]", "[[products", "file"),
    ],
)
def test_bad_data_is_one_sentence_and_changes_nothing(city, tmp_path, old, new, said):
    file = tmp_path / "fruit.toml"
    text = FRUIT.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(Refusal) as refused:
        load_fruit(file=file, city=city, now=NOW)
    assert said in str(refused.value.sentence)
    assert not Variety.objects.exists()
    assert not Product.objects.exists()
