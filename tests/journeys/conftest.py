"""The demo's city in the shared server's database, and a quiet beginning for each journey: no bag under way, one courier on duty."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import expect

from tests.house import House
from tests.journeys.city import City

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 30_000


@pytest.fixture(scope="session")
def filled(server: House) -> Iterator[City]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.fill"],
        env=server.environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    expect.set_options(timeout=PATIENCE_MS)
    with psycopg.connect(server.database_url, autocommit=True) as rows:
        yield City(server, rows, json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def city(filled: City) -> City:
    filled.begin_anew()
    return filled
