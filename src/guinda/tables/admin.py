"""Tables in the office: send out what there is, bring in a file, look at what it would change, confirm it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from guinda.base import clock
from guinda.base.admin_tools import Book, by_whom, when
from guinda.base.refusals import Refusal
from guinda.tables import services, uploads
from guinda.tables.declare import TABLES, Table
from guinda.tables.models import Upload
from guinda.tables.problems import Problem, shown
from guinda.tables.reading import ENCODINGS, MOST_BYTES, MOST_ROWS

Person = User | AnonymousUser
COUNTS = ("new", "changed", "same")


def may_see(user: Person, table: Table) -> bool:
    """Who may have a table as a file: whoever may see its rows, and for names and telephones has that permission too."""
    return user.has_perm(table.permission) and (not table.personal or user.has_perm("tables.export_personal"))


def may_bring_in(user: Person, table: Table) -> bool:
    """Who may write it from a file: a look shows rows, so whoever may see it and bring files in at all."""
    return may_see(user, table) and user.has_perm("tables.add_upload")


def counted(number: int) -> str:
    """A number as the reader's language groups it."""
    return number_format(number, force_grouping=True)


class SendForm(forms.Form):
    """A file, and the table it goes into."""

    table = forms.ChoiceField(label=_("Table"), widget=UnfoldAdminSelectWidget)
    encoding = forms.ChoiceField(label=_("Encoding"), required=False, widget=UnfoldAdminSelectWidget)
    file = forms.FileField(label=_("File"), required=False, widget=UnfoldAdminFileFieldWidget)
    file_name = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    size_bytes = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    """Name and size come alone where the page sends the file in parts."""

    def __init__(self, user: Person, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["table"].choices = [  # type: ignore[attr-defined]
            (table.name, f"{table.called} ({table.name})")
            for table in TABLES.values()
            if may_bring_in(user, table)
        ]
        self.fields["encoding"].choices = [  # type: ignore[attr-defined]
            ("", _("UTF-8, or UTF-16 by its mark")),
            *((each, each) for each in ENCODINGS),
        ]


@admin.register(Upload)
class UploadAdmin(Book):
    """Every table with its ways out and in, and the files that were brought in."""

    list_before_template = "tables/admin/all.html"
    list_display = ["show_file", "table_name", "show_state", "by", "show_sent"]
    ordering = ["-sent_at"]

    @display(description=_("file"))
    def show_file(self, upload: Upload) -> str:
        """Its name."""
        return upload.file_name

    @display(
        description=_("state"),
        label={
            "applied": "success",
            "refused": "danger",
            "shown": "warning",
            "sent": "info",
            "confirmed": "info",
        },
    )
    def show_state(self, upload: Upload) -> tuple[str, str]:
        """What was last done with it."""
        return upload.state, str(upload.get_state_display())

    @display(description=_("sent"), ordering="sent_at")
    def show_sent(self, upload: Upload) -> str:
        """Local time."""
        return when(upload.sent_at)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may bring in anything."""
        return any(may_bring_in(request.user, table) for table in TABLES.values())

    def get_urls(self) -> list[URLPattern]:
        """The office's own, and ours."""

        def own(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            guarded: Callable[..., HttpResponse] = self.admin_site.admin_view(view)
            return path(route, guarded, name=f"tables_{name}")

        return [
            own("out/<slug:name>/", self.send_out, "send_out"),
            own("<uuid:key>/parts/<int:number>/", self.add_part, "add_part"),
            own("<uuid:key>/confirm/", self.confirm, "confirm"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """What may go out and come in, above what came in."""
        user = request.user
        tables = [
            {"table": table, "may_bring_in": may_bring_in(user, table)}
            for table in TABLES.values()
            if may_see(user, table)
        ]
        response: HttpResponse = super().changelist_view(request, {**(extra_context or {}), "tables": tables})
        return response

    def send_out(self, request: HttpRequest, name: str) -> HttpResponse:
        """A table as a file."""
        table = TABLES.get(name)
        if table is None:
            raise Http404
        if not may_see(request.user, table):
            raise PermissionDenied
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{table.name}.csv"'
        services.export(table=table, into=response, now=clock.now())  # type: ignore[arg-type]
        return response

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Send a file: whole by the form, or its name first and then its parts where the page can do that."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        first = {"table": request.GET.get("table", "")}
        form = SendForm(request.user, request.POST or None, request.FILES or None, initial=first)
        if request.method == "POST" and form.is_valid() and _has_file(form):
            upload = _begin(request, form.cleaned_data)
            page = reverse("admin:tables_upload_change", args=[upload.pk])
            if form.cleaned_data["file"]:
                return HttpResponseRedirect(page)
            parts = reverse("admin:tables_add_part", args=[upload.pk, 0]).removesuffix("0/")
            return JsonResponse({"page": page, "parts": parts, "part_bytes": uploads.PART_BYTES})
        context = {
            "form": form,
            "title": _("Bring in a file"),
            "most_rows": counted(MOST_ROWS),
            "most_mb": MOST_BYTES // 2**20,
        }
        status = 422 if request.method == "POST" else 200
        return self._page(request, "tables/admin/send.html", context, status)

    def add_part(self, request: HttpRequest, key: str, number: int) -> HttpResponse:
        """Some bytes of a file on its way."""
        upload = self._of_sender(request, key)
        content = request.FILES.get("part")
        if request.method != "POST" or content is None or (content.size or 0) > uploads.PART_BYTES:
            raise Refusal(
                "bad_part", _("This part of the file did not arrive. Send the file again."), status=400
            )
        uploads.add_part(upload=upload, number=number, content=content.read())
        return JsonResponse({})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What the file would change, or changed, or what is wrong with it."""
        upload = self.get_object(request, object_id)
        if upload is None:
            raise Http404
        if (
            not self.has_view_permission(request)
            or upload.table is None
            or not may_see(request.user, upload.table)
        ):
            raise PermissionDenied
        context = {
            "upload": upload,
            "original": upload,
            "title": upload.file_name,
            "called": upload.table.called,
            "counts": {name: counted(upload.outcome.get(name, 0)) for name in COUNTS},
            "done": counted(upload.rows_done),
            "rows": counted(upload.rows),
            "problems": [_shown(each) for each in upload.outcome.get("problems", [])],
            "may_confirm": upload.state == Upload.State.SHOWN and may_bring_in(request.user, upload.table),
            "nothing": not (upload.outcome.get("new") or upload.outcome.get("changed")),
            "rest": upload.outcome.get("problem_count", 0) - len(upload.outcome.get("problems", [])),
        }
        return self._page(request, "tables/admin/upload.html", context)

    def confirm(self, request: HttpRequest, key: str) -> HttpResponse:
        """Write what was shown."""
        upload = self._of_sender(request, key)
        if request.method == "POST":
            uploads.confirm(upload=upload, token=request.POST.get("token", ""))
        return HttpResponseRedirect(reverse("admin:tables_upload_change", args=[upload.pk]))

    def _of_sender(self, request: HttpRequest, key: str) -> Upload:
        """A file, for whoever may bring in its table."""
        upload = get_object_or_404(Upload, pk=key)
        if upload.table is None or not may_bring_in(request.user, upload.table):
            raise PermissionDenied
        return upload

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "has_add_permission": False}
        return TemplateResponse(request, template, {**frame, **context}, status=status)


def _has_file(form: SendForm) -> bool:
    facts = form.cleaned_data
    if facts["file"] or (facts["file_name"] and facts["size_bytes"]):
        return True
    form.add_error("file", _("Choose a file that is not empty."))
    return False


def _begin(request: HttpRequest, facts: dict[str, Any]) -> Upload:
    file = facts["file"]
    upload = uploads.begin(
        table_name=facts["table"],
        file_name=file.name if file else facts["file_name"],
        encoding=facts["encoding"],
        size_bytes=file.size if file else facts["size_bytes"],
        by=by_whom(request.user),
        language=(get_language() or "en")[:2],
        now=clock.now(),
    )
    if file:
        for number, content in enumerate(file.chunks(uploads.PART_BYTES)):
            uploads.add_part(upload=upload, number=number, content=content)
    return upload


def _shown(facts: dict[str, Any]) -> dict[str, Any]:
    problem = Problem(**facts)
    return {**problem._asdict(), "found": shown(problem.found)}
