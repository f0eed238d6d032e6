from __future__ import annotations

import pytest


@pytest.mark.parametrize("model", ["city", "line", "station", "stop", "store"])
def test_staff_can_search_each_list(moscow, admin_client, model):
    answer = admin_client.get(f"/admin/places/{model}/?q=ta")

    assert answer.status_code == 200


def test_a_line_is_shown_with_its_stops(moscow, admin_client):
    line = moscow.lines.get(code="5")

    assert "Taganskaya" in admin_client.get(f"/admin/places/line/{line.pk}/change/").content.decode()
