"""The room's addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from guinda.stores.views import bags, counts, doors, lots, recalls

STORE = "store/<int:store_id>/"
LOT = f"{STORE}lots/<str:code>/"

urlpatterns: list[URLPattern] = [
    path("store/", doors.stores, name="stores"),
    path(STORE, bags.bags, name="store_bags"),
    path(f"{STORE}bags/<int:order_id>/packed/", bags.packed, name="store_packed"),
    path(f"{STORE}bags/<int:order_id>/unpacked/", bags.unpacked, name="store_unpacked"),
    path(f"{STORE}bags/<int:order_id>/label/", bags.label, name="store_label"),
    path(f"{STORE}shelf/", lots.shelf, name="store_shelf"),
    path(f"{STORE}receive/", lots.receive, name="store_receive"),
    path(f"{STORE}count/", counts.count, name="store_count"),
    path(f"{STORE}transfers/", counts.transfers, name="store_transfers"),
    path(f"{STORE}transfers/<int:transfer_id>/", counts.arrive, name="store_arrive"),
    path(LOT, lots.lot, name="store_lot"),
    path(f"{LOT}write-off/", lots.write_off, name="store_write_off"),
    path(f"{LOT}send/", lots.send, name="store_send"),
    path(f"{LOT}evidence/", lots.add, name="store_add"),
    path(f"{LOT}sign/", lots.sign, name="store_sign"),
    path(f"{LOT}recall/", recalls.recall, name="store_recall"),
    path(f"{LOT}recall/clients.csv", recalls.recall_file, name="store_recall_file"),
]
