"""The catalogues of the three languages, kept with Babel alone: GNU gettext need not be installed.

    python tools/texts.py extract    print every message with the files that say it
    python tools/texts.py update     bring the .po files up to date (translations are kept, unused ones go) and compile the .mo
    python tools/texts.py check      refuse what is missing, empty, fuzzy, of other placeholders or plural forms, or stale

English is the language of the sources and needs no catalogue. The files hold no timestamp and no line number, and their messages
are sorted: so a change of one sentence is a change of one entry.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "guinda"
LOCALE = SOURCES / "locale"
LANGUAGES = ("es", "ru")
KEYWORDS: dict[str, Any] = {}  # function -> which arguments are the message; "c" marks the context
for _suffix in ("", "_lazy"):
    KEYWORDS[f"gettext{_suffix}"] = None
    KEYWORDS[f"ngettext{_suffix}"] = (1, 2)
    KEYWORDS[f"pgettext{_suffix}"] = ((1, "c"), 2)
    KEYWORDS[f"npgettext{_suffix}"] = ((1, "c"), 2, 3)
KEYWORDS |= {"_": None, "gettext_noop": None}
COMMENTS = ("Translators:",)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
UPDATE = "Run `make texts`"


@dataclass
class Text:
    """One message of the sources: `context` or None, `id` of one form or of two, and where it is said."""

    context: str | None
    id: str | tuple[str, str]
    files: set[str] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        """The message for a person to recognise, on one line."""
        first = self.id if isinstance(self.id, str) else self.id[0]
        shown = " ".join(first.split())
        return f"“{shown}”" + (f" [{self.context}]" if self.context else "")


Texts = dict[tuple[str | None, str], Text]  # by context and first form, as gettext looks them up


class Stable(Catalog):
    """A catalogue whose header says only what gettext needs, so that it is the same whenever it is written."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Charset, language and the rule for plurals."""
        return [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Language", self.locale_identifier or ""),
            ("Plural-Forms", self.plural_forms),
        ]

    @mime_headers.setter
    def mime_headers(self, _given: Iterable[tuple[str, str]]) -> None:
        """The header is ours alone."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what was asked; 0 when all is well."""
    parser = argparse.ArgumentParser(description="The catalogues of the three languages.")
    parser.add_argument("action", choices=["extract", "update", "check"])
    action = parser.parse_args(argv).action
    texts = extract_all(SOURCES)
    if action == "extract":
        print("\n".join(f"{text.said}  ({', '.join(sorted(text.files))})" for text in texts.values()))
        return 0
    if action == "update":
        update(texts, LOCALE)
    found = [said for language in LANGUAGES for said in check(language, texts, LOCALE)]
    print("\n".join(found) or f"{len(texts)} texts are there in each language.")
    return 1 if found and action == "check" else 0


# -- the sources ----------------------------------------------------------------------------------


def extract_all(sources: Path) -> Texts:
    """Every message of the Python files and templates under `sources`, sorted."""
    texts: Texts = {}
    templates = (path for kind in ("html", "txt", "svg") for path in sources.rglob(f"templates/**/*.{kind}"))
    for path in sorted([*sources.rglob("*.py"), *templates]):
        file = path.relative_to(sources).as_posix()
        if "/tests/" in file or "/migrations/" in file:
            continue
        for text in extract_one(file, path.read_text()):
            _add(texts, text)
    return dict(sorted(texts.items(), key=lambda item: (item[0][1], item[0][0] or "")))


def extract_one(file: str, source: str) -> Iterator[Text]:
    """The messages of one file; templates go through Django's own reading of them."""
    python = source if file.endswith(".py") else _python_of_template(file, source)
    found = extract(
        "python",
        io.BytesIO(python.encode()),
        KEYWORDS,
        COMMENTS,
        {"encoding": "utf-8"},
        strip_comment_tags=True,
    )
    for _line, message, comments, context in found:
        forms = (message[0], message[1]) if isinstance(message, tuple) else message
        if forms and forms != "":
            yield Text(context, forms, {file}, list(comments))


def _python_of_template(file: str, source: str) -> str:
    # Django writes calls of gettext() between blanked-out text; without their indentation they are lines that Python's reader accepts.
    return "\n".join(line.strip() for line in templatize(source, origin=file).splitlines())


def _add(texts: Texts, text: Text) -> None:
    first, plural = (text.id, None) if isinstance(text.id, str) else text.id
    known = texts.setdefault((text.context, first), text)
    known.files |= text.files
    known.comments += [each for each in text.comments if each not in known.comments]
    if plural is not None and isinstance(known.id, str):
        known.id = (
            first,
            plural,
        )  # said alone in one place and with its plural in another: one entry serves both


# -- the catalogues -------------------------------------------------------------------------------


def update(texts: Texts, locale: Path) -> None:
    """Write each language's .po and .mo: what was translated stays, what nobody says any more goes."""
    for language in LANGUAGES:
        catalog = merge(language, texts, _read(language, locale))
        folder = locale / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "django.po").write_bytes(as_po(catalog))
        (folder / "django.mo").write_bytes(as_mo(catalog))


def merge(language: str, texts: Texts, old: Catalog | None) -> Stable:
    """A catalogue of exactly `texts`, with the translations that `old` has for them."""
    catalog = Stable(language, header_comment="", fuzzy=False)
    for (context, first), text in texts.items():
        known = old.get(first, context) if old is not None else None
        string = known.string if known and isinstance(known.id, str) == isinstance(text.id, str) else None
        flags = known.flags & {"fuzzy"} if known else set()
        catalog.add(text.id, string, flags=flags, auto_comments=text.comments, context=context)
    return catalog


def as_po(catalog: Catalog) -> bytes:
    """The text form, for translators."""
    out = io.BytesIO()
    write_po(out, catalog, no_location=True, sort_output=True, width=120)
    return out.getvalue().lstrip(b"\n")


def as_mo(catalog: Catalog) -> bytes:
    """The compiled form, for Django."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def _read(language: str, locale: Path) -> Catalog | None:
    file = locale / language / "LC_MESSAGES" / "django.po"
    return read_po(io.BytesIO(file.read_bytes()), locale=language) if file.exists() else None


# -- the check ------------------------------------------------------------------------------------


def check(language: str, texts: Texts, locale: Path) -> Iterator[str]:
    """What is wrong with one language's catalogue, one sentence each."""
    po = locale / language / "LC_MESSAGES" / "django.po"
    old = _read(language, locale)
    if old is None:
        yield f"{language}: there is no {po.name}. {UPDATE}, then translate it."
        return
    for (context, first), text in texts.items():
        message = old.get(first, context)
        where = f"{language}: {text.said} ({', '.join(sorted(text.files))})"
        if message is None:
            yield f"{where} is not in the catalogue. {UPDATE}, then translate it."
        else:
            yield from (f"{where} {wrong}" for wrong in wrong_with(message, text, old.num_plurals))
    yield from _stale(language, texts, old, po)


def wrong_with(message: Message, text: Text, plurals: int) -> Iterator[str]:
    """What is wrong with one translation."""
    forms = [message.string] if isinstance(message.string, str) else list(message.string or [])
    wanted = 1 if isinstance(text.id, str) else plurals
    if not any(forms):
        yield "has no translation."
    elif len(forms) != wanted or not all(forms):
        yield f"needs {wanted} forms, one for each kind of number, and has {sum(map(bool, forms))}."
    elif message.fuzzy:
        yield "is marked fuzzy: read its translation again, mend it and take the mark off."
    else:
        yield from _other_placeholders(forms, [text.id] if isinstance(text.id, str) else list(text.id))


def _other_placeholders(forms: Sequence[str], ids: Sequence[str]) -> Iterator[str]:
    known = [set(PLACEHOLDER.findall(each)) for each in ids]
    allowed, needed = set.union(*known), set.intersection(*known)  # "one cherry" need not say its number
    for form in forms:
        used = set(PLACEHOLDER.findall(form))
        if not needed <= used <= allowed:
            difference = ", ".join(sorted((needed - used) | (used - allowed)))
            yield f"and its translation “{' '.join(form.split())}” do not fill in the same: {difference}."


def _stale(language: str, texts: Texts, old: Catalog, po: Path) -> Iterator[str]:
    for message in old:
        first = message.id if isinstance(message.id, str) else message.id[0]
        if first and (message.context, first) not in texts:
            yield f"{language}: nobody says “{first}” any more. {UPDATE} to drop it."
    fresh = merge(language, texts, old)
    mo = po.with_suffix(".mo")
    if po.read_bytes() != as_po(fresh):
        yield f"{language}: {po.name} is not as `make texts` writes it. {UPDATE}."
    if not mo.exists() or mo.read_bytes() != as_mo(fresh):
        yield f"{language}: {mo.name} is not compiled from the present {po.name}. {UPDATE}."


if __name__ == "__main__":
    sys.exit(main())
