"""The tests' own PostgreSQL (a pytest plugin): a throw-away embedded server, or the one `DATABASE_URL` names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def _start_for_tests() -> None:
    if os.environ.get("DATABASE_URL"):
        return
    from guinda.base import postgres  # deferred: the address must be known before Django's settings are read

    folder = Path(tempfile.mkdtemp(prefix="guinda-test-"))
    os.environ["GUINDA_HOME"] = str(folder)
    os.environ["DATABASE_URL"] = postgres.start(folder / "postgres")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start the server in the process that collects; xdist's workers inherit its address."""
    os.environ.setdefault(
        "GUINDA_PLAIN_STATIC", "1"
    )  # pages are asked for without collecting static files first
    os.environ.setdefault(
        "GUINDA_PAYMENT_PROVIDER", "payments.dummy.DummyProvider"
    )  # named: it is for the demo only
    _start_for_tests()


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """Each test begins in English: a page asked for in another language leaves its language behind in the thread."""
    from django.utils import translation  # deferred, as above

    with translation.override("en"):
        yield
