"""Form fields for what rows keep as JSON or minor units: a text per language, a price as people write it."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from guinda.base.texts import LANGUAGES

NAMES = {"en": "English", "es": "Español", "ru": "Русский"}


class TextsWidget(forms.MultiWidget):
    """One box per language."""

    template_name = "base/admin/texts.html"

    def __init__(self, *, long: bool = False) -> None:
        kind = UnfoldAdminTextareaWidget if long else UnfoldAdminTextInputWidget
        shape = {"rows": 3} if long else {}
        super().__init__(
            {
                each: kind(
                    attrs={"placeholder": NAMES[each], "aria-label": NAMES[each], "lang": each, **shape}
                )
                for each in LANGUAGES
            }
        )

    def decompress(self, value: Any) -> list[str]:
        """A row's texts into the boxes."""
        return [(value or {}).get(each, "") for each in LANGUAGES]


class TextsField(forms.MultiValueField):
    """A text in each language, as rows keep it: `{"en": ..., "es": ..., "ru": ...}`."""

    def __init__(self, *, label: Any, long: bool = False) -> None:
        super().__init__(
            fields=[forms.CharField(max_length=2000 if long else 120) for _each in LANGUAGES],
            widget=TextsWidget(long=long),
            label=label,
            require_all_fields=True,
        )

    def compress(self, data_list: list[str]) -> dict[str, str]:
        """The boxes into a row's texts."""
        return dict(zip(LANGUAGES, data_list, strict=True)) if data_list else {}

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared text by text."""
        return bool(self.widget.decompress(initial) != list(data or []))
