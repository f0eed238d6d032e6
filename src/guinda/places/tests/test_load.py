from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction

from guinda.base.refusals import Refusal
from guinda.places.models import City, Station, Stop, Store
from guinda.places.services import MOSCOW, load_city

RIGHT = """
slug = "ville"
name = "Ville"
name_latin = "Ville"
time_zone = "Europe/Paris"
country = "FR"
currency = "EUR"
south = 48.0
west = 2.0
north = 48.1
east = 2.1
stations = [
    { slug = "nord", name = "Nord", name_latin = "Nord", at = [48.09, 2.05], yearly_entries = 10 },
    { slug = "sud", name = "Sud", name_latin = "Sud", at = [48.01, 2.05] },
]
[[lines]]
code = "1"
name = "Un"
name_latin = "Un"
colour = "#AA0000"
course = ["nord", [48.05, 2.06], "sud"]
[[water]]
kind = "line"
name = "Rivière"
points = [[48.0, 2.0], [48.1, 2.1]]
[[stores]]
slug = "halle"
name = "Halle"
name_latin = "Halle"
street = "Rue 1"
at = [48.05, 2.05]
"""


def load(tmp_path, text: str) -> City:
    file = tmp_path / "city.toml"
    file.write_text(text, encoding="utf-8")
    return load_city(file=file)


def rows() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (City, Station, Stop, Store)]


def test_twice_is_the_same_as_once(moscow):
    before = rows()

    load_city(file=MOSCOW)

    assert rows() == before


def test_a_change_in_the_file_is_taken_over_and_a_closed_store_stays_closed(tmp_path, db):
    city = load(tmp_path, RIGHT)
    city.stores.update(active=False)

    load(
        tmp_path,
        RIGHT.replace("yearly_entries = 10", "yearly_entries = 11").replace('["nord", ', '["sud", "nord", '),
    )

    assert city.stations.get(slug="nord").yearly_entries == 11
    assert not city.stores.get().active
    assert list(Stop.objects.order_by("position").values_list("station__slug", flat=True)) == ["sud", "nord"]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('slug = "ville"', 'slug = "La Ville"', "La Ville"),
        ('time_zone = "Europe/Paris"', 'time_zone = "Europe/Moskow"', "Europe/Moskow"),
        ('time_zone = "Europe/Paris"', 'time_zone = "../../etc/passwd"', "time zone"),
        ('country = "FR"', 'country = "fr"', "fr"),
        ('country = "FR"', 'country = "FRA"', "FRA"),
        ('country = "FR"', "", "country"),
        ('currency = "EUR"', 'currency = "euro"', "euro"),
        ("south = 48.0", "south = 49.0", "south"),
        ("south = 48.0", 'south = "low"', "south"),
        ("south = 48.0", "south = nan", "south"),
        ('slug = "sud"', 'slug = "nord"', "nord"),
        ("yearly_entries = 10", "yearly_entries = -1", "yearly_entries"),
        ("yearly_entries = 10", "yearly_entries = 3_000_000_000", "yearly_entries"),
        ("at = [48.09, 2.05]", "at = [95.0, 2.05]", "station nord"),
        ("at = [48.09, 2.05]", "at = [nan, 2.05]", "station nord"),
        ("at = [48.09, 2.05]", "at = 7", "station nord"),
        ('"sud"]', '"ouest"]', "ouest"),
        ('course = ["nord", [48.05, 2.06], "sud"]', 'course = ["nord"]', "line 1"),
        ('course = ["nord", [48.05, 2.06], "sud"]', "course = 5", "line 1"),
        ("#AA0000", "red", "red"),
        ('street = "Rue 1"', "", "street"),
        ("[[48.0, 2.0], [48.1, 2.1]]", "[[48.0, 2.0]]", "Rivière"),
        ("[[48.0, 2.0], [48.1, 2.1]]", "5", "Rivière"),
        ('name = "Rivière"', 'name = "Rivière"\nwidth_m = "wide"', "Rivière"),
        ('name = "Rivière"', 'name = "Rivière"\nlabel_at = 7', "Rivière"),
        ("[[lines]]", "[lines]", "lines"),
        ("[[stores]]", "[[stores", "TOML"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence_and_changes_nothing(tmp_path, db, right, wrong, said):
    assert right in RIGHT

    with pytest.raises(Refusal) as refused:
        load(tmp_path, RIGHT.replace(right, wrong, 1))

    sentence = str(refused.value.sentence)
    assert said in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert not City.objects.exists()


def test_a_missing_file_is_refused(tmp_path, db):
    with pytest.raises(Refusal, match="bad-city-file"):
        load_city(file=tmp_path / "nowhere.toml")


@pytest.mark.parametrize("change", [{"lat": 91}, {"lon": -181}, {"yearly_entries": -1}, {"slug": "kurskaya"}])
def test_the_database_refuses_what_cannot_be(moscow, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        moscow.stations.filter(slug="taganskaya").update(**change)


@pytest.mark.parametrize("country", ["", "ru", "RUS", "7"])
def test_a_country_is_two_capital_letters(moscow, country):
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        City.objects.update(country=country)
    moscow.country = country
    with pytest.raises(ValidationError, match="country"):
        moscow.full_clean()


def test_forms_refuse_a_colour_that_is_none(moscow):
    line = moscow.lines.first()
    line.colour = "url(x)"

    with pytest.raises(ValidationError):
        line.full_clean()
