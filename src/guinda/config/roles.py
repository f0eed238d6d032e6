"""Who may do what in the office. Accounts get roles, roles get permissions, and this table is where they come from.

| role         | sees                                            | does                                                       |
|--------------|-------------------------------------------------|------------------------------------------------------------|
| director     | every room                                      | accounts, prices, panels, lots, couriers, keepers, plays, tools, tables |
| store keeper | stock, the catalogue, orders, bags; the pages of the stores they are entered for | receives and recalls lots; bags |
| courier      | nothing here: the courier's page is theirs       |                                                            |
| street seller | nothing here: the stalls' page is theirs        |                                                            |
| seller       | clients, orders, the catalogue, numbers, offers, plays | the client book but erasure; steps of plays; numbers; offers |
| support      | orders, clients, tasks, couriers, panels, journal | complaints, consents; ends orders and tasks, settles messages |

A verb alone (`view`) means every table of the room; with a table (`add_price`) it means that permission only.
"""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction

ROOMS = (
    "catalog",
    "clients",
    "delivery",
    "journal",
    "offers",
    "orders",
    "panels",
    "places",
    "planner",
    "plays",
    "stalls",
    "stock",
    "stores",
)

ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "director": {
        **dict.fromkeys(ROOMS, ("view",)),
        "catalog": (
            "view",
            "change_product",
            "add_variety",
            "change_variety",
            "add_lot",
            "change_lot",
            "recall_lot",
            "add_price",
        ),
        "clients": (
            "view",
            "add_client",
            "change_client",
            "add_consent",
            "add_complaint",
            "change_complaint",
            "settle_message",
            "add_touch",
            "merge_client",
            "erase_client",
            "add_channelprice",
            "add_competitor",
            "change_competitor",
        ),
        "delivery": ("view", "add_courier", "change_courier", "end_task", "rule_task"),
        "offers": (
            "view",
            "add_hold",
            "add_tool",
            "change_tool",
            "add_allowance",
            "change_allowance",
            "delete_allowance",
            "add_offer",
            "add_approach",
            "add_territory",
            "change_territory",
        ),
        "orders": ("view", "cancel_order", "end_standingorder"),
        "panels": ("view", "add_panel", "revoke_panel"),
        "places": ("view", "add_store", "change_store", "change_station"),
        "planner": ("view", "keep_plan", "use_learned"),
        "plays": ("view", "add_play", "change_play", "switch_play"),
        "stores": ("view", "add_keeper", "delete_keeper", "tend_every_store"),
        "stalls": ("view", "add_stall", "change_stall", "add_seller", "change_seller", "issue_bag"),
        "auth": ("view_user", "add_user", "change_user", "view_group"),
        "mfa": ("view_authenticator", "delete_authenticator"),
        "axes": ("view_accessattempt", "delete_accessattempt"),
        "tables": ("view_upload", "add_upload", "export_personal"),
    },
    "store keeper": {
        "catalog": ("view", "add_lot", "change_lot", "recall_lot"),
        "orders": ("view_order",),
        "places": ("view_store",),
        "stalls": ("view_bag", "issue_bag"),
        "stock": ("view",),
    },
    "courier": {},
    "street seller": {},
    "seller": {
        "catalog": ("view",),
        "clients": (
            "view_client",
            "add_client",
            "change_client",
            "add_consent",
            "add_complaint",
            "change_complaint",
            "add_touch",
            "merge_client",
        ),
        "offers": ("view", "add_hold", "add_offer", "add_approach"),
        "orders": ("view_order", "view_standingorder"),
        "plays": ("view_play", "do_step"),
    },
    "support": {
        "clients": (
            "view",
            "settle_message",
            "add_touch",
            "add_consent",
            "add_complaint",
            "change_complaint",
        ),
        "delivery": ("view_task", "view_courier", "view_shift", "view_rating", "end_task", "rule_task"),
        "journal": ("view_event",),
        "orders": ("view", "cancel_order", "end_standingorder"),
        "panels": ("view",),
    },
}


@transaction.atomic
def sync() -> None:
    """Bring the groups in line with `ROLES`; twice is the same as once. Groups of the house's own making stay as they are.

    Called after each migration, when every permission exists. A permission named here that does not exist is a fault, and raises.
    """
    known = {
        (room, name): pk
        for pk, room, name in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    for role, rooms in ROLES.items():
        group, _made = Group.objects.get_or_create(name=role)
        wanted = {
            pk for room, verbs in rooms.items() for verb in verbs for pk in _matching(known, room, verb)
        }
        if wanted != set(group.permissions.values_list("pk", flat=True)):
            group.permissions.set(wanted)


def _matching(known: dict[tuple[str, str], int], room: str, verb: str) -> list[int]:
    if "_" in verb:
        return [known[room, verb]]
    return [pk for (app, name), pk in known.items() if app == room and name.startswith(f"{verb}_")]
