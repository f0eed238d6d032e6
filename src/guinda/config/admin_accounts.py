"""Staff accounts, their roles, their second factors and the sign-ins that were locked out."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from guinda.base.admin_tools import Book, Office, when


class ActiveFilter(DropdownFilter):
    """Accounts by whether they may sign in."""

    title = _("access")
    parameter_name = "active"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """May sign in, or no longer."""
        return [("yes", _("May sign in")), ("no", _("No longer"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """By `is_active`."""
        return queryset.filter(is_active=self.value() == "yes") if self.value() else queryset


class StaffAdmin(UserAdmin, Office):  # type: ignore[misc,type-arg]
    """Accounts. A director gives roles; only a superuser gives single permissions or makes another superuser."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["show_name", "show_roles", "is_active", "show_seen"]
    list_filter = [("groups", RelatedDropdownFilter), ActiveFilter]
    search_fields = ["username__istartswith", "last_name__istartswith", "first_name__istartswith"]
    ordering = ["username"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": [("first_name", "last_name"), "email"]}),
        (_("Access"), {"fields": [("is_active", "is_staff"), "groups"]}),
        (_("Times"), {"fields": [("last_login", "date_joined")]}),
    ]
    readonly_fields = ["last_login", "date_joined"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With their roles; superusers are seen by superusers only, so that nobody else can take one over."""
        rows = super().get_queryset(request).prefetch_related("groups")
        return rows if request.user.is_superuser else rows.filter(is_superuser=False)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """A superuser may also make superusers."""
        given = super().get_fieldsets(request, obj)
        if obj and request.user.is_superuser:
            return [*given, (_("Everything"), {"fields": ["is_superuser"]})]
        return given

    @display(description=_("account"), header=True)
    def show_name(self, user: User) -> list[str]:
        """Name and account."""
        name = user.get_full_name() or user.username
        return [name, user.username, name[:2]]

    @display(description=_("roles"))
    def show_roles(self, user: User) -> str:
        """What they do."""
        return ", ".join(group.name for group in user.groups.all()) or (
            "–" if not user.is_superuser else "superuser"
        )

    @display(description=_("last sign-in"), ordering="last_login")
    def show_seen(self, user: User) -> str:
        """Local time."""
        return when(user.last_login)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Their name stands in the journal: make them inactive instead."""
        return False


class RoleAdmin(GroupAdmin, Book):  # type: ignore[misc]  # Book narrows what the admin of the library allows
    """Roles, as `config/roles.py` defines them."""

    list_display = ["name", "show_permissions"]
    fields = ["name", "show_permissions"]
    readonly_fields = ["show_permissions"]
    filter_horizontal = []
    ordering = ["name"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With their permissions."""
        return super().get_queryset(request).prefetch_related("permissions")

    @display(description=_("permissions"))
    def show_permissions(self, group: Group) -> int:
        """How many."""
        return len(group.permissions.all())


class SecondFactorAdmin(Office):
    """Second factors. Delete one when a telephone was lost: the person signs in by password and sets it up again."""

    list_display = ["user", "type", "show_made", "show_used"]
    list_select_related = ["user"]
    fields = ["user", "type", "created_at", "last_used_at"]
    readonly_fields = ["user", "type", "created_at", "last_used_at"]
    search_fields = ["user__username__startswith"]
    ordering = ["-id"]

    @display(description=_("set up"))
    def show_made(self, authenticator: Authenticator) -> str:
        """Local time."""
        return when(authenticator.created_at)

    @display(description=_("last used"))
    def show_used(self, authenticator: Authenticator) -> str:
        """Local time."""
        return when(authenticator.last_used_at)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Everybody sets up their own."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        """Everybody sets up their own."""
        return False


class FailureAdmin(Office):
    """Failed sign-ins. Six in a row shut an account to that address for a quarter of an hour; deleting the row opens it at once."""

    list_display = ["username", "ip_address", "failures_since_start", "show_at"]
    fields = ["username", "ip_address", "user_agent", "failures_since_start", "attempt_time", "path_info"]
    search_fields = ["username__startswith"]
    ordering = ["-attempt_time"]

    @display(description=_("last failure"), ordering="attempt_time")
    def show_at(self, attempt: AccessAttempt) -> str:
        """Local time."""
        return when(attempt.attempt_time)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AccessAttempt | None = None) -> bool:
        """Never."""
        return False


def register() -> None:
    """Put these in the libraries' place."""
    admin.site.unregister([User, Group, Authenticator, EmailAddress])
    admin.site.register(User, StaffAdmin)
    admin.site.register(Group, RoleAdmin)
    admin.site.register(Authenticator, SecondFactorAdmin)
    admin.site.register(AccessAttempt, FailureAdmin)
