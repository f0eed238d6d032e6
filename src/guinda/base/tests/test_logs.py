"""No secret address and no telephone stands in the log."""

from __future__ import annotations

import io
import logging

import pytest
from django.conf import settings
from django.test import Client

from guinda.base.logs import WithoutSecrets

KEY = "k3Yabcdefghijklmnopqrst"


def logged(sentence: str, *values: object, name: str = "django.request") -> str:
    record = logging.LogRecord(name, logging.WARNING, __file__, 1, sentence, values, None)
    assert WithoutSecrets().filter(record)
    return record.getMessage()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/track/{KEY}/", "/track/k3Ya…/"),
        (f"/track/{KEY}/state/?full=1", "/track/k3Ya…/state/?full=1"),
        (f"/panels/enrol/{KEY}/", "/panels/enrol/k3Ya…/"),
        (f"/panels/qr/{KEY}.svg", "/panels/qr/k3Ya…"),
        ("/pay/0f8fad5b-d9cb-469f-a165-70867728950e/cash/", "/pay/0f8f…/cash/"),
        ("/payments/process/0f8fad5b-d9cb-469f-a165-70867728950e/", "/payments/process/0f8f…/"),
        (f"/api/panels/kurskaya/orders/{KEY}", "/api/panels/kurskaya/orders/k3Ya…"),
        ("/panels/kurskaya/", "/panels/kurskaya/"),
    ],
)
def test_secret_codes_in_paths_are_shortened(path, shown):
    assert logged("Not Found: %s", path) == f"Not Found: {shown}"
    assert logged("%s went wrong (%s)", path, 500) == f"{shown} went wrong (500)"


def test_the_console_that_is_configured_shortens_them(db):
    (name,) = settings.LOGGING["root"]["handlers"]
    handler = next(each for each in logging.getLogger().handlers if each.name == name)
    stream, handler.stream = handler.stream, io.StringIO()
    try:
        assert Client().get(f"/track/{KEY}/").status_code == 404
        said = handler.stream.getvalue()
    finally:
        handler.stream = stream
    assert "/track/k3Ya…" in said
    assert KEY not in said
