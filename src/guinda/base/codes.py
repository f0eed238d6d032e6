"""Codes: unguessable where they open something, short where people read them aloud."""

from __future__ import annotations

import hashlib
import secrets


def secret_code() -> str:
    """22 URL-safe characters from 128 random bits: opens a tracking page or enrols a device."""
    return secrets.token_urlsafe(16)


def spoken_code() -> str:
    """Four digits a client reads to the courier; digits are the same in all our languages."""
    return f"{secrets.randbelow(10_000):04d}"


def telephone_code() -> str:
    """Six digits sent to a telephone."""
    return f"{secrets.randbelow(1_000_000):06d}"


def digest(secret: str) -> str:
    """What is stored of a high-entropy secret: SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that look alike."""


def short_code(length: int) -> str:
    """A few letters and digits that people copy from a sign without mistaking one for another."""
    return "".join(secrets.choice(LETTERS) for _each in range(length))
