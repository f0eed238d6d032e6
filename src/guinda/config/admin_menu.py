"""The office's look and its menu, in the order of the work. Read by `settings.UNFOLD`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _tends(request: HttpRequest) -> bool:
    """Whoever has a store to open; the models are not imported above, because settings are read before them."""
    from guinda.stores.queries import stores_of

    return stores_of(request.user).exists()


def _item(title: Any, icon: str, model: str) -> dict[str, Any]:
    room, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{room}_{name}_changelist"),
        "permission": _may(f"{room}.view_{name}"),
    }


MENU = [
    {"items": [{"title": _("Today"), "icon": "today", "link": reverse_lazy("admin:index")}]},
    {
        "title": _("Orders"),
        "items": [
            _item(_("Orders"), "shopping_bag", "orders.order"),
            _item(_("Standing orders"), "event_repeat", "orders.standingorder"),
            _item(_("Tasks"), "route", "delivery.task"),
            _item(_("Payments"), "payments", "orders.payment"),
            _item(_("Refunds"), "undo", "orders.refund"),
            _item(_("Ratings"), "star", "delivery.rating"),
        ],
    },
    {
        "title": _("Couriers"),
        "items": [
            {
                "title": _("Dispatch board"),
                "icon": "map",
                "link": reverse_lazy("boards"),
                "permission": _may("delivery.view_task"),
            },
            _item(_("Couriers"), "pedal_bike", "delivery.courier"),
            _item(_("Shifts"), "schedule", "delivery.shift"),
            _item(_("Taps"), "touch_app", "delivery.tap"),
        ],
    },
    {
        "title": _("Street sale"),
        "items": [
            {
                "title": pgettext_lazy("street sale", "Bags"),
                "icon": "local_mall",
                "link": reverse_lazy("stall_bags"),
                "permission": _may("stalls.view_bag"),
            },
            _item(_("Stalls"), "storefront", "stalls.stall"),
            _item(_("Street sellers"), "person_pin_circle", "stalls.seller"),
        ],
    },
    {
        "title": _("Fruit"),
        "items": [
            _item(_("Stock"), "inventory_2", "stock.holding"),
            _item(_("Lots"), "nutrition", "catalog.lot"),
            _item(_("Movements"), "swap_horiz", "stock.movement"),
            _item(_("Varieties"), "local_florist", "catalog.variety"),
            _item(_("Products"), "category", "catalog.product"),
            _item(_("Prices"), "sell", "catalog.price"),
            _item(_("Receipts"), "local_shipping", "stores.receipt"),
            _item(_("Counts"), "scale", "stores.count"),
            _item(_("Transfers"), "move_up", "stores.transfer"),
            {
                "title": _("A store’s own pages"),
                "icon": "storefront",
                "link": reverse_lazy("stores"),
                "permission": _tends,
            },
        ],
    },
    {
        "title": _("Clients"),
        "items": [
            {
                "title": _("Client book"),
                "icon": "menu_book",
                "link": reverse_lazy("clients"),
                "permission": _may("clients.view_client"),
            },
            {
                "title": _("Offers"),
                "icon": "redeem",
                "link": reverse_lazy("offers"),
                "permission": _may("offers.add_offer"),
            },
            {
                "title": _("Competitors’ offers"),
                "icon": "swords",
                "link": reverse_lazy("attacks"),
                "permission": _may("offers.view_approach"),
            },
            _item(_("Tools"), "construction", "offers.tool"),
            _item(_("Territories"), "map", "offers.territory"),
            {
                "title": _("The plan"),
                "icon": "monitoring",
                "link": reverse_lazy("plan"),
                "permission": _may("planner.view_plan"),
            },
            {
                "title": pgettext_lazy("plays", "Today’s list"),
                "icon": "checklist",
                "link": reverse_lazy("today"),
                "permission": _may("plays.do_step"),
            },
            {
                "title": _("Plays"),
                "icon": "account_tree",
                "link": reverse_lazy("plays"),
                "permission": _may("plays.view_play"),
            },
            _item(_("Clients"), "group", "clients.client"),
            _item(_("Messages"), "sms", "clients.message"),
            _item(_("Telephone codes"), "password", "clients.phonecode"),
            _item(_("Prices of channels"), "payments", "clients.channelprice"),
            _item(_("Competitors"), "storefront", "clients.competitor"),
            {
                "title": _("Beautiful numbers"),
                "icon": "dialpad",
                "link": reverse_lazy("numbers"),
                "permission": _may("offers.add_hold"),
            },
        ],
    },
    {
        "title": _("City"),
        "items": [
            _item(_("Panels"), "tablet", "panels.panel"),
            _item(_("Stations"), "subway", "places.station"),
            _item(_("Lines"), "conversion_path", "places.line"),
            _item(_("Stores"), "storefront", "places.store"),
            _item(_("City"), "location_city", "places.city"),
        ],
    },
    {
        "title": _("House"),
        "items": [
            _item(_("Tables"), "table_view", "tables.upload"),
            _item(_("Journal"), "menu_book", "journal.event"),
            _item(_("Announcements"), "campaign", "journal.announcement"),
        ],
    },
    {
        "title": _("Staff"),
        "items": [
            _item(_("Accounts"), "badge", "auth.user"),
            _item(_("Store keepers"), "key", "stores.keeper"),
            _item(_("Roles"), "verified_user", "auth.group"),
            _item(_("Second factors"), "phonelink_lock", "mfa.authenticator"),
            _item(_("Failed sign-ins"), "lock_clock", "axes.accessattempt"),
        ],
    },
]

CHERRY = {
    "50": "oklch(97.2% .013 5)",
    "100": "oklch(94.4% .028 5)",
    "200": "oklch(89% .058 6)",
    "300": "oklch(81% .105 8)",
    "400": "oklch(70% .17 11)",
    "500": "oklch(58% .2 14)",
    "600": "oklch(46.5% .182 14)",
    "700": "oklch(39% .152 13)",
    "800": "oklch(33.5% .125 12)",
    "900": "oklch(28.5% .1 11)",
    "950": "oklch(20% .07 10)",
}
CREAM = {
    "50": "oklch(98.4% .009 75)",
    "100": "oklch(96.2% .012 65)",
    "200": "oklch(91.5% .016 50)",
    "300": "oklch(85.5% .02 40)",
    "400": "oklch(69% .026 25)",
    "500": "oklch(53% .03 10)",
    "600": "oklch(43.5% .03 5)",
    "700": "oklch(36% .03 0)",
    "800": "oklch(27.5% .028 0)",
    "900": "oklch(21.5% .025 0)",
    "950": "oklch(15% .02 0)",
}

UNFOLD = {
    "SITE_TITLE": "Guinda",
    "SITE_HEADER": "Guinda",
    "SITE_SUBHEADER": _("Client-oriented sales"),
    "SITE_URL": "/",
    "SITE_ICON": lambda _request: static("base/guinda.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("base/guinda.svg")}
    ],
    "STYLES": [lambda _request: static("config/office.css"), lambda _request: static("tables/tables.css")],
    "COLORS": {"base": CREAM, "primary": CHERRY},
    "BORDER_RADIUS": "10px",
    "THEME": "light",
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "guinda.config.admin_today.today",
    "ACCOUNT": {
        "navigation": [
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
            {"title": _("Two-step sign-in"), "link": reverse_lazy("mfa_index")},
        ],
    },
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": MENU},
}
