"""Hostile and broken forms, JSON, headers and addresses against every public address: no answer is a 500."""

from __future__ import annotations

import itertools
import json
import random
import socket
from urllib.parse import urlsplit

import httpx
import pytest
import schemathesis
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, settings

from guinda.config.api import api
from tests.house import house
from tests.test_storm import open_shop

pytestmark = pytest.mark.storm
SEED = 20261123
NUL, SURROGATE, HUGE = "\x00", "\\ud800", "9" * 5_000
TEXTS = [
    "",
    " ",
    NUL,
    "a" * 300,
    HUGE,
    "'; DROP TABLE orders_order; --",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%00",
    "\u202e🍒",
    "-1",
    "1e999",
    "NaN",
]
PARTS = ["x", "0", HUGE[:200], "%00", "%ff", "..%2f", "a" * 22, "é", "00000000-0000-0000-0000-000000000000"]
VALUES: list[object] = [None, True, -1, 0, 1.5, 10**30, [], {}, [[]], {"a": {"b": []}}, *TEXTS]
RAW = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"\xff\xfe",
    b'{"a":' * 5_000,
    b'{"key": "\\ud800"}',
    b'{"bowl": {"kordia": NaN}}',
    b'{"bowl": {"kordia": 1e400}}',
    b"a=1&a=2&" * 2_000,
]
HEADERS = [
    {},
    {"Accept": "application/json"},
    {"Accept-Language": "xx-" + "y" * 400 + ";q=nan"},
    {"Cookie": "panel=" + "x" * 3_000 + "; sessionid=\x7f; csrftoken=%00"},
    {"X-Forwarded-For": "999.1.1.1, '"},
    {"Content-Type": "application/json; charset=nonsense"},
    {"Content-Type": "multipart/form-data; boundary="},
    {"Range": "bytes=9-1"},
    {"If-Modified-Since": "yesterday"},
    {"Referer": "http://elsewhere.example/"},
    {"Host": "elsewhere.example"},
    {"HX-Request": "true", "HX-Current-URL": "javascript:1"},
]
FIELDS = (
    "bowl",
    "lat",
    "lon",
    "key",
    "quote",
    "street",
    "flat",
    "note",
    "pay",
    "phone",
    "proof",
    "code",
    "taps",
    "fruit",
    "kindness",
    "word",
    "login",
    "password",
    "status",
    "token",
    "language",
    "next",
    "csrfmiddlewaretoken",
)


def addresses(patterns: list[URLPattern | URLResolver] | None = None, before: str = "/") -> list[str]:
    """Every route of the house outside the admin, with `{}` for each variable part."""
    found = []
    for each in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(each.pattern).replace("^", "").replace("$", "").replace("\\Z", "")
        if route.startswith("/admin/") and isinstance(each, URLPattern):
            continue
        if isinstance(each, URLResolver):
            if each.namespace != "admin":
                found += addresses(each.url_patterns, route)
        else:
            found.append(route)
    return found


def filled(route: str, text: str) -> str:
    """The route with its variable parts replaced."""
    return "/".join(text if part.startswith("<") or "(?P" in part else part for part in route.split("/"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with house(tmp_path_factory.mktemp("hostile"), {"GUINDA_DEMO": "1"}) as built:
        facts = open_shop(built, 1_000_000)
        built.start_web()
        yield built, facts


@pytest.fixture(scope="module")
def lines(shop):
    """A stranger, a panel and a signed-in courier."""
    built, facts = shop
    made = {name: httpx.Client(base_url=built.url, timeout=20) for name in ("stranger", "panel", "courier")}
    made["panel"].get(facts["enrol_path"])
    made["panel"].get(f"/panels/{facts['station']}/")
    made["courier"].get("/accounts/login/")
    token = made["courier"].cookies.get("csrftoken", "")
    form = {"login": facts["courier"], "password": facts["password"], "csrfmiddlewaretoken": token}
    signed_in = made["courier"].post("/accounts/login/", data=form, headers={"Referer": built.url})
    assert signed_in.status_code == 302, signed_in.text
    for line in made.values():
        line.headers.update({"X-CSRFToken": line.cookies.get("csrftoken", ""), "Referer": built.url})
    yield made
    for line in made.values():
        line.close()


def test_no_address_answers_with_a_500(shop, lines):
    built, facts = shop
    chance = random.Random(SEED)
    routes = addresses()
    assert len(routes) > 25
    faults: list[str] = []
    tried = 0
    for who, line in lines.items():
        for route in routes:
            for text in [facts["station"], *chance.sample(PARTS, 3)]:
                for request in requests(chance):
                    try:
                        answer = line.request(url=filled(route, text), **request)
                    except httpx.InvalidURL:
                        continue
                    tried += 1
                    if answer.status_code >= 500 and "no_courier" not in answer.text:
                        faults.append(
                            f"{who} {request['method']} {filled(route, text)[:90]}: {answer.status_code}\n{str(request)[:200]}"
                        )
    assert not faults, "\n".join([f"{len(faults)} of {tried}", *faults[:20], built.log("web")[-6_000:]])
    assert tried > 1_500


def requests(chance: random.Random):
    """A few requests of each kind: a plain look, broken JSON, wrong values, hostile forms and headers."""
    yield {"method": "GET", "headers": chance.choice(HEADERS)}
    yield {"method": chance.choice(["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])}
    yield {"method": "POST", "content": chance.choice(RAW), "headers": {"Content-Type": "application/json"}}
    wrong = {name: chance.choice(VALUES) for name in chance.sample(FIELDS, 8)}
    yield {"method": "POST", "content": json.dumps(wrong), "headers": {"Content-Type": "application/json"}}
    yield {
        "method": "POST",
        "data": {name: chance.choice(TEXTS) for name in chance.sample(FIELDS, 6)},
        "headers": chance.choice(HEADERS[:6]),
    }
    yield {"method": "GET", "params": {name: chance.choice(TEXTS) for name in chance.sample(FIELDS, 3)}}


@schemathesis.openapi.from_dict(dict(api.get_openapi_schema())).parametrize()
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_whatever_the_api_describes_can_be_asked(case, shop, lines):
    """Bodies and paths drawn from the API's own description, right and wrong, as a panel and as a courier."""
    built, facts = shop
    line = lines["courier" if "courier" in case.path else "panel"]
    if "station" in (case.path_parameters or {}):
        case.path_parameters["station"] = facts["station"]  # its own station: the request comes further
    answer = case.call(base_url=built.url, headers=dict(line.headers), cookies=dict(line.cookies))
    assert answer.status_code < 500 or "no_courier" in answer.text, answer.text


def test_every_field_of_the_panel_and_courier_with_every_odd_value(shop, lines):
    built, facts = shop
    made = lines
    quote = (
        made["panel"]
        .post(
            f"/api/panels/{facts['station']}/quote",
            json={"bowl": {"kordia": 100}, "lat": 55.76, "lon": 37.64},
        )
        .json()["quote"]
    )
    order = {
        "key": "6f1ed3f4-0000-4000-8000-000000000001",
        "quote": quote,
        "street": "Pokrovka 12",
        "flat": "",
        "note": "",
        "pay": "cash",
    }
    base = f"/api/panels/{facts['station']}"
    bodies = [
        ("panel", f"{base}/quote", {"bowl": {"kordia": 100}, "lat": 55.76, "lon": 37.64}),
        ("panel", f"{base}/orders", order),
        ("panel", f"{base}/codes", {"phone": "+74951234567"}),
        ("panel", f"{base}/codes/confirm", {"phone": "+74951234567", "code": "123456"}),
        ("courier", "/api/courier/place", {"lat": 55.7, "lon": 37.6}),
        (
            "courier",
            "/api/courier/taps",
            {"taps": [{"key": "6f1ed3f4-0000-4000-8000-000000000002", "kind": "picked_up", "task_id": 1}]},
        ),
    ]
    faults = []
    for who, url, body in bodies:
        for name, value in itertools.product(body, VALUES):
            changed = json.dumps({**body, name: value})
            answer = made[who].post(url, content=changed, headers={"Content-Type": "application/json"})
            if answer.status_code >= 500:
                faults.append(f"{url} {name}={str(value)[:40]!r}: {answer.status_code}")
            elif answer.status_code >= 400:
                assert answer.json()["sentence"], answer.text
    assert not faults, "\n".join([*faults[:20], built.log("web")[-6_000:]])


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00" * 64,
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nzz\r\n",
    ],
)
def test_a_broken_line_does_not_stop_the_server(shop, sent):
    built, _facts = shop
    parts = urlsplit(built.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as line:
        line.sendall(sent)
        line.settimeout(1)
        try:
            answer = line.recv(100)
        except (TimeoutError, ConnectionResetError):
            answer = b""
    assert b" 500" not in answer
    assert httpx.get(built.url + "/accounts/login/").status_code == 200
