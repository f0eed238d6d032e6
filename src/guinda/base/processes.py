"""What a program of ours and the supervisor that started it agree on."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress

TOKEN = "GUINDA_RUN"  # noqa: S105 - the name of a variable
"""In the environment of every program a supervisor starts: by its value the next supervisor knows what a killed one left over."""
PARENT_DIED = 1  # prctl's PR_SET_PDEATHSIG


def end_with_parent() -> None:
    """Have the kernel (Linux) tell this process to end when the supervisor that started it dies, however it dies."""
    if os.environ.get(TOKEN) and sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(PARENT_DIED, signal.SIGTERM)
