"""Static files with a hash in their names, so that browsers may keep them for ever; imports between modules are rewritten too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.apps import apps
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    """Hashed, compressed, and strict: a template that names a missing file fails in tests, not in the shop."""

    support_js_module_import_aggregation = True

    def url_converter(self, name: str, *args: Any, **kwargs: Any) -> Callable[[re.Match[str]], str]:
        """Rewrite what our own files name; in a library's scripts an import may be a mere comment (htmx's are), so they stay."""
        if name.endswith(".js") and not _is_ours(name):
            return lambda match: match["matched"]
        convert: Callable[[re.Match[str]], str] = super().url_converter(name, *args, **kwargs)
        return convert

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Compress what pages name; the plain copies are for nobody, and compressing them would double a first start's wait."""
        named = set(self.hashed_files.values())
        yield from super().compress_files([path for path in paths if path in named])


def _is_ours(name: str) -> bool:
    room = name.replace("\\", "/").split("/")[0]
    return any(
        config.label == room and config.name.startswith("guinda.") for config in apps.get_app_configs()
    )
