"""A database of the benchmark's own, thrown away when it ends: nobody's data are measured, or hurt."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def database() -> Path:
    """Start an empty one with the tables, and set Django up on it; whatever needs Django is imported afterwards. Returns its folder."""
    home = Path(tempfile.mkdtemp(prefix="guinda-bench-"))
    atexit.register(
        shutil.rmtree, home, ignore_errors=True
    )  # before the server's own: what is told first is done last
    os.environ.update({"GUINDA_HOME": str(home), "DJANGO_SETTINGS_MODULE": "guinda.config.settings"})
    from guinda.base import postgres  # deferred: the data folder is set above

    os.environ["DATABASE_URL"] = postgres.start(home / "postgres")
    import django  # deferred: it reads the settings

    django.setup()
    from django.core.management import call_command  # deferred, as above

    call_command("migrate", verbosity=0)
    return home
