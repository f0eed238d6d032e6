"""What the log may not hold: secret addresses, and what is sent to telephones."""

from __future__ import annotations

import logging
import re

SHOWN = 4
ADDRESS = re.compile(
    rf"(/(?:track|pay|payments/process|panels/enrol|panels/qr|orders|offer)/)([^/\s?\"']{{{SHOWN}}})[^/\s?\"']+"
)
"""A secret code in an address: enough of it stays to tell one from another."""


class WithoutSecrets(logging.Filter):
    """Lets every record pass, its secrets shortened."""

    def filter(self, record: logging.LogRecord) -> bool:
        """The sentence is made here, once, so that no handler after this one sees the rest."""
        said = record.getMessage()
        clean = ADDRESS.sub(r"\1\2…", said)
        if clean != said:
            record.msg, record.args = clean, None
        return True
