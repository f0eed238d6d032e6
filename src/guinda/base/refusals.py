"""A user's error has one sentence that says what to do next, and it changes nothing."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise as LazyText


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """What we say no to: a stable `code`, one `sentence` in the reader's language, an HTTP status and plain `facts`."""

    status = 409

    def __init__(
        self, code: str, sentence: str | LazyText, *, status: int | None = None, **facts: Any
    ) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.facts = facts
        if status is not None:
            self.status = status

    def as_json(self) -> dict[str, Any]:
        """The body every page and device gets: `{"code", "sentence", ...facts}`."""
        return {"code": self.code, "sentence": str(self.sentence), **self.facts}
