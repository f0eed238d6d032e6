"""Threads that start together: what tests use to try whether something can be had twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from guinda.base.refusals import Refusal


def at_once(jobs):
    """Run the jobs in threads released together; each gives its result or the refusal's code."""
    start = threading.Barrier(len(jobs))

    def run(job):
        start.wait()
        try:
            return job()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))
