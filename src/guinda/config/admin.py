"""Takes the pages that libraries register and puts them into the house's look, or away."""

from __future__ import annotations

# Imported first, so that what they register can be replaced below.
import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from guinda.config import admin_accounts

# One way in: allauth's, where the second factor and the count of failures hold.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.index_title = _("Today")
admin_accounts.register()
