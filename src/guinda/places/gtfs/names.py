"""Names as they go on signs: capitals calmed, Latin letters found, short names for addresses."""

from __future__ import annotations

import unicodedata
from collections.abc import Container

from django.utils.text import slugify

NAME_LETTERS = 80
SMALL = frozenset(
    {
        "a",
        "al",
        "d",
        "da",
        "das",
        "de",
        "del",
        "della",
        "der",
        "des",
        "di",
        "do",
        "dos",
        "du",
        "e",
        "el",
        "la",
        "las",
        "le",
    }
    | {"les", "los", "of", "the", "und", "y"}
)
CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "zh", "з": "z", "и": "i",
    "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "",
    "э": "e", "ю": "yu", "я": "ya", "і": "i", "ї": "yi", "є": "ye", "ґ": "g", "ў": "u", "ђ": "dj", "ј": "j",
    "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz",
}  # fmt: skip


def shown(name: str) -> str:
    """A name written in capitals throughout gets small letters; others stay. At most 80 letters."""
    if name.isupper() and len(name) > 3:
        words = name.lower().split()
        name = " ".join(
            word if at and word in SMALL else word[:1].upper() + word[1:] for at, word in enumerate(words)
        )
    return name[:NAME_LETTERS].rstrip()


def is_latin(name: str) -> bool:
    """Whether every letter is a Latin one (with or without accents)."""
    return all("LATIN" in unicodedata.name(each, "") for each in name if each.isalpha())


def latin(name: str, translation: str) -> str:
    """The name in Latin letters: itself, the feed's own English, or letter by letter; "" when none of them helps."""
    if is_latin(name):
        return name
    if translation and is_latin(translation):
        return shown(translation)
    spelt = "".join(_letter(each) for each in name)[:NAME_LETTERS]
    return spelt if is_latin(spelt) else ""


def alike(name: str) -> str:
    """Equal for names that differ in case, accents, hyphens or spaces only."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(each for each in plain if each.isalnum())


def unique_slug(name: str, kind: str, taken: Container[str]) -> str:
    """A short name for addresses that nothing else has: the name's own letters, numbered when they are taken."""
    stem = slugify(name)[:44].strip("-_").replace("_", "-") or kind
    slug, number = stem, 2
    while slug in taken:
        slug, number = f"{stem}-{number}", number + 1
    return slug


def _letter(each: str) -> str:
    found = CYRILLIC.get(each.lower(), each)
    return found.capitalize() if each.isupper() else found
