"""The embedded server runs with our settings, whatever happened at its first start."""

from __future__ import annotations

import psycopg
import pytest

from guinda.base import postgres


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "postgres"
    yield made
    postgres.embedded(made).stop()


def shown(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        names = [name for name in postgres.SETTINGS if name != "wal_compression"]  # shown as its method
        return {
            name: connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0] for name in names
        }


def test_a_crash_between_making_and_configuring_the_server_is_mended(folder, monkeypatch):
    postgres.embedded(folder)  # as a process that died right after making it leaves it
    assert shown(postgres.start(folder)).items() <= postgres.SETTINGS.items()
    before = (folder / "postgresql.conf").read_text()
    assert postgres._configure(folder) is False
    monkeypatch.setitem(postgres.SETTINGS, "random_page_cost", "1.2")
    assert postgres._configure(folder) is True, "other settings of a newer version are written"
    assert (folder / "postgresql.conf").read_text() == before
    assert before.count(postgres.CONF) == 1


def test_a_fresh_server_has_the_settings_at_once(folder):
    assert shown(postgres.start(folder)).items() <= postgres.SETTINGS.items()


def test_a_half_written_file_of_settings_is_written_anew(tmp_path):
    (tmp_path / "postgresql.conf").write_text("port = 1\n")
    assert postgres._configure(tmp_path)
    (tmp_path / postgres.CONF).write_text("max_conn")
    assert postgres._configure(tmp_path)
    assert "max_connections = '200'" in (tmp_path / postgres.CONF).read_text()
    assert not postgres._configure(tmp_path)
