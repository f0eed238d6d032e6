"""The tool that keeps the catalogues, and that Django really speaks three languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from tools import texts

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext

title = _("A bowl "
          "of cherries")
count = ngettext("%(n)s cherry", "%(n)s cherries", 3) % {"n": 3}
month = pgettext("name of a month", "May")
# Translators: said when the courier rings
ring = _("I am at the door")
quote = _('Say "yes"')
no_text = gettext(variable)
"""
PAGE = """{% load i18n %}
<h1>{% translate "Choose a bowl" %}</h1>
    <p title="{% translate "It's ripe" %}">{{ _("Sweet") }}</p>
  <p>{% blocktranslate with name=client.name trimmed %}
       Hello {{ name }},
       choose.
     {% endblocktranslate %}</p>
{% blocktranslate count n=lines %}{{ n }} line{% plural %}{{ n }} lines{% endblocktranslate %}
{% translate "May" context "permission" %}{% translate "100% ripe" %}
{% comment %}{% translate "Not said" %}{% endcomment %}
\t{% include "x.html" with label=_("Pay") %}
"""
DRAWING = '<svg>{% load i18n %}<text>{% translate "a mile" %}</text></svg>'


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    (tmp_path / "room" / "templates" / "room").mkdir(parents=True)
    (tmp_path / "room" / "tests").mkdir()
    (tmp_path / "room" / "views.py").write_text(PYTHON)
    (tmp_path / "room" / "tests" / "test_views.py").write_text('_("Only in a test")')
    (tmp_path / "room" / "templates" / "room" / "page.html").write_text(PAGE)
    (tmp_path / "room" / "templates" / "room" / "map.svg").write_text(DRAWING)
    return tmp_path


@pytest.fixture
def locale(tmp_path: Path) -> Path:
    return tmp_path / "locale"


def fill(locale: Path, language: str, translations: dict[str, str | tuple[str, ...]]) -> None:
    catalog = texts._read(language, locale)
    assert catalog is not None
    for message in catalog:
        first = message.id if isinstance(message.id, str) else message.id[0]
        if first in translations:
            message.string = translations[first]
    (locale / language / "LC_MESSAGES" / "django.po").write_bytes(texts.as_po(catalog))


def one(text: str, *, file: str = "room/views.py") -> texts.Texts:
    return {
        (each.context, each.id if isinstance(each.id, str) else each.id[0]): each
        for each in texts.extract_one(file, text)
    }


def test_python_is_read(sources: Path) -> None:
    found = texts.extract_all(sources)
    assert found[None, "A bowl of cherries"].files == {"room/views.py"}
    assert found[None, "%(n)s cherry"].id == ("%(n)s cherry", "%(n)s cherries")
    assert found["name of a month", "May"].id == "May"
    assert found[None, "I am at the door"].comments == ["said when the courier rings"]
    assert (None, 'Say "yes"') in found
    assert (None, "Only in a test") not in found


def test_templates_are_read(sources: Path) -> None:
    found = texts.extract_all(sources)
    assert found[None, "Choose a bowl"].files == {"room/templates/room/page.html"}
    assert found[None, "a mile"].files == {"room/templates/room/map.svg"}
    assert found[None, "%(n)s line"].id == ("%(n)s line", "%(n)s lines")
    for message in ("It's ripe", "Sweet", "Hello %(name)s, choose.", "100%% ripe", "Pay"):
        assert (None, message) in found
    assert ("permission", "May") in found
    assert (None, "Not said") not in found


def test_a_text_said_alone_and_with_its_plural_is_one_entry() -> None:
    found: texts.Texts = {}
    for source in ('_("Order")', 'ngettext("Order", "Orders", 2)'):
        for text in texts.extract_one("a.py", source):
            texts._add(found, text)
    assert [text.id for text in found.values()] == [("Order", "Orders")]


def test_update_keeps_translations_drops_the_unused_and_is_the_same_twice(
    sources: Path, locale: Path
) -> None:
    texts.update(texts.extract_all(sources), locale)
    fill(locale, "es", {"Pay": "Pagar", "Sweet": "Dulce"})
    (sources / "room" / "views.py").write_text('_("Bye")')
    page = sources / "room" / "templates" / "room" / "page.html"
    page.write_text(PAGE.replace('{{ _("Sweet") }}', ""))
    po = locale / "es" / "LC_MESSAGES" / "django.po"
    written = []
    for _time in range(2):
        texts.update(texts.extract_all(sources), locale)
        written.append((po.read_bytes(), po.with_suffix(".mo").read_bytes()))
    assert written[0] == written[1]
    text = po.read_text()
    assert 'msgid "Pay"\nmsgstr "Pagar"' in text
    assert 'msgid "Bye"\nmsgstr ""' in text
    assert "Sweet" not in text
    assert "Date" not in text
    assert "#:" not in text


@pytest.mark.parametrize(
    ("source", "translation_", "said"),
    [
        ('_("Pay")', "", "has no translation"),
        ('_("Pay %(sum)s")', "Pagar", "do not fill in the same: %(sum)s"),
        ('_("Pay {sum}")', "Pagar {suma}", "{suma}"),
        ('_("Pay")', "Pagar %(sum)s", "do not fill in the same"),
        ('ngettext("%(n)s lot", "%(n)s lots", n)', ("%(n)s lote", ""), "needs 2 forms"),
        ('ngettext("%(n)s lot", "%(n)s lots", n)', ("%(n)s lote", "lotes"), "do not fill in the same: %(n)s"),
    ],
)
def test_a_bad_translation_is_named_with_its_file(
    locale: Path, source: str, translation_: str | tuple[str, ...], said: str
) -> None:
    found = one(source)
    texts.update(found, locale)
    fill(locale, "es", {first: translation_ for _, first in found})
    texts.update(found, locale)
    complaints = list(texts.check("es", found, locale))
    assert len(complaints) == 1
    assert said in complaints[0]
    assert "room/views.py" in complaints[0]


def test_one_may_leave_out_its_number(locale: Path) -> None:
    found = one('ngettext("one lot", "%(n)s lots", n)')
    texts.update(found, locale)
    fill(locale, "es", {"one lot": ("un lote", "%(n)s lotes")})
    texts.update(found, locale)
    assert list(texts.check("es", found, locale)) == []


def test_a_fuzzy_translation_is_named(locale: Path) -> None:
    found = one('_("Pay")')
    texts.update(found, locale)
    po = locale / "es" / "LC_MESSAGES" / "django.po"
    po.write_text(po.read_text().replace('msgid "Pay"\nmsgstr ""', '#, fuzzy\nmsgid "Pay"\nmsgstr "Pagar"'))
    texts.update(found, locale)
    assert "fuzzy" in po.read_text()
    assert ["fuzzy" in said for said in texts.check("es", found, locale)] == [True]


def test_staleness_is_named(locale: Path) -> None:
    before, after = one('_("Pay")'), one('_("Buy")')
    assert "there is no django.po" in next(texts.check("es", before, locale))
    texts.update(before, locale)
    fill(locale, "es", {"Pay": "Pagar"})
    assert "django.mo is not compiled" in "".join(texts.check("es", before, locale))
    texts.update(before, locale)
    assert list(texts.check("es", before, locale)) == []
    said = "".join(texts.check("es", after, locale))
    assert "“Buy” (room/views.py) is not in the catalogue" in said
    assert "nobody says “Pay” any more" in said


def test_django_reads_what_was_compiled(locale: Path, settings: Any) -> None:
    found = one('_("Zzz"); ngettext("%(n)s zzz", "%(n)s zzzs", n)')
    texts.update(found, locale)
    fill(locale, "es", {"Zzz": "Zas", "%(n)s zzz": ("%(n)s zas", "%(n)s zases")})
    fill(locale, "ru", {"Zzz": "Жжж", "%(n)s zzz": ("%(n)s жук", "%(n)s жука", "%(n)s жуков")})
    texts.update(found, locale)
    settings.LOCALE_PATHS = [locale]
    for language, title, counted in (
        ("es", "Zas", "3 zases"),
        ("ru", "Жжж", "3 жука"),
        ("en", "Zzz", "3 zzzs"),
    ):
        with translation.override(language):
            assert translation.gettext("Zzz") == title
            assert translation.ngettext("%(n)s zzz", "%(n)s zzzs", 3) % {"n": 3} == counted


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Client-oriented sales"), ("es", "Ventas"), ("ru", "Продажи")]
)
def test_the_house_speaks(language: str, said: str) -> None:
    with translation.override(language):
        assert translation.gettext("Client-oriented sales").startswith(said)


def test_the_catalogues_are_complete() -> None:
    found = texts.extract_all(texts.SOURCES)
    complaints = [said for language in texts.LANGUAGES for said in texts.check(language, found, texts.LOCALE)]
    assert not complaints, "\n" + "\n".join(complaints)
