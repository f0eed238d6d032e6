"""Texts that live in rows, one per language."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import get_language

LANGUAGES = ("en", "es", "ru")


def pick(texts: Mapping[str, str], language: str | None = None) -> str:
    """The text in `language` (by default the one being spoken), else English."""
    wanted = (language or get_language() or "en")[:2]
    return texts.get(wanted) or texts["en"]


def in_all_languages(texts: object) -> None:
    """Validator: a JSON object with a non-empty text for each language."""
    if not isinstance(texts, dict) or not all(
        isinstance(texts.get(each), str) and texts[each].strip() for each in LANGUAGES
    ):
        raise ValidationError(f"Give the text in each language: {', '.join(LANGUAGES)}.")
