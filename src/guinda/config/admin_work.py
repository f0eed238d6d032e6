"""The worker's jobs, to be read."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateJob
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from guinda.base.admin_tools import Book, when

LABELS = {"todo": "info", "doing": "primary", "succeeded": "success", "failed": "danger"}


class JobAdmin(Book):
    """Background work: what waits, what runs, what failed."""

    list_display = ["id", "task_name", "show_state", "queue_name", "attempts", "show_at"]
    list_filter = [("status", ChoicesDropdownFilter)]
    fields = ["task_name", "status", "queue_name", "scheduled_at", "attempts"]
    ordering = ["-id"]

    @display(description=_("state"), label=LABELS)
    def show_state(self, job: ProcrastinateJob) -> tuple[str, str]:
        """In its colour."""
        return job.status, job.status

    @display(description=_("scheduled"))
    def show_at(self, job: ProcrastinateJob) -> str:
        """Local time; empty for work that was to be done at once."""
        return when(job.scheduled_at)


def register() -> None:
    """Put it in the library's place."""
    admin.site.unregister(ProcrastinateJob)
    admin.site.register(ProcrastinateJob, JobAdmin)
