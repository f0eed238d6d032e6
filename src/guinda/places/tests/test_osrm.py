"""Against a server on this machine that speaks OSRM's JSON, or fails to in every way we could think of."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from guinda.base.points import Point
from guinda.places.osrm import Manner, Osrm
from guinda.places.travel import Detour, Mode

HERE, THERE = Point(-23.55, -46.63), Point(-23.54, -46.64)
PLACES = [Point(-23.5 - at / 1000, -46.6) for at in range(7)]


class Speaker(BaseHTTPRequestHandler):
    """Durations are 10 s for each step between the numbers hidden in the latitudes, plus 0.2 s."""

    def do_GET(self):
        self.server.asked.append(self.path)
        time.sleep(self.server.delay_s)
        body = self.server.answer(self.path)
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

    def log_message(self, *_arguments):
        """Tests are quiet."""


def table(path):
    address = urlsplit(path)
    places = [each.split(",") for each in address.path.rsplit("/", 1)[1].split(";")]
    steps = [round((-23.5 - float(lat)) * 1000) for _lon, lat in places]
    query = {
        key: [int(each) for each in value[0].split(";")]
        for key, value in parse_qs(address.query, separator="&").items()
        if key != "annotations"
    }
    rows = [[abs(steps[a] - steps[b]) * 10 + 0.2 for b in query["destinations"]] for a in query["sources"]]
    return {"code": "Ok", "durations": rows}


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Speaker)
    made.asked, made.answer, made.status, made.delay_s = [], table, 200, 0.0
    made.url = f"http://127.0.0.1:{made.server_address[1]}"
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_table_comes_in_batches_and_rounded_up(server):
    found = Osrm(server.url, Manner(side=3)).seconds(PLACES, PLACES[:5], Mode.BICYCLE)

    assert found.tolist() == [[abs(a - b) * 10 + 1 for b in range(5)] for a in range(7)]
    assert found.dtype == np.int64
    assert len(server.asked) == 6
    assert all(each.startswith("/table/v1/bike/-46.6") for each in server.asked)


def test_each_mode_may_have_a_server_of_its_own(server):
    Osrm(server.url + "/{profile}").seconds([HERE], [THERE], Mode.FOOT)
    assert server.asked[0].startswith("/foot/table/v1/foot/")


def test_pairs_without_a_way_get_the_detour(server):
    server.answer = lambda _path: {"code": "Ok", "durations": [[None, 77]]}
    found = Osrm(server.url).seconds([HERE], [THERE, HERE], Mode.CAR)
    assert found.tolist() == [[Detour().seconds([HERE], [THERE], Mode.CAR)[0, 0], 77]]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"code": "NoTable"}, 400),
        ({"code": "Ok"}, 200),
        ({"code": "Ok", "durations": [[1, 2]]}, 200),
        ({"code": "Ok", "durations": [["x"]]}, 200),
        ({"code": "Ok", "durations": [[-1]]}, 200),
        ({"code": "Ok", "durations": [[1e12]]}, 200),
        ({"code": "Ok", "durations": [1]}, 200),
        ({"code": "Ok", "durations": [[[1]]]}, 200),
        ([], 200),
        (b"<html>Bad gateway</html>", 502),
        (b"", 500),
        (b'{"code": "Ok", "durations": [[NaN', 200),
    ],
)
def test_nonsense_is_the_detour_and_is_said_once(server, answer, status, caplog):
    server.answer, server.status = lambda _path: answer, status
    osrm = Osrm(server.url)

    for _time in range(3):
        found = osrm.seconds([HERE], [THERE], Mode.FOOT)
        np.testing.assert_array_equal(found, Detour().seconds([HERE], [THERE], Mode.FOOT))

    assert len(server.asked) == 1
    assert [record.message.split(" (")[0] for record in caplog.records] == ["OSRM does not answer"]


def test_a_slow_server_costs_its_limit_once(server, caplog):
    server.delay_s = 0.4
    osrm = Osrm(server.url, Manner(limit_s=0.1))
    np.testing.assert_array_equal(
        osrm.seconds([HERE], [THERE], Mode.CAR), Detour().seconds([HERE], [THERE], Mode.CAR)
    )
    osrm.seconds([HERE], [THERE], Mode.CAR)
    assert len(server.asked) == 1
    assert len(caplog.records) == 1


def test_a_server_that_is_back_is_asked_again(server):
    server.status, server.answer = 500, lambda _path: b""
    osrm = Osrm(server.url, Manner(rest_s=0.0))
    osrm.seconds([HERE], [THERE], Mode.CAR)
    server.status, server.answer = 200, lambda _path: {"code": "Ok", "durations": [[5]]}
    assert osrm.seconds([HERE], [THERE], Mode.CAR)[0, 0] == 5


def test_nobody_there_is_the_detour(server):
    address = server.url
    server.server_close()
    found = Osrm(address, Manner(limit_s=0.2)).seconds([HERE], [THERE], Mode.CAR)
    np.testing.assert_array_equal(found, Detour().seconds([HERE], [THERE], Mode.CAR))


def test_nobody_to_send_asks_nobody(server):
    assert Osrm(server.url).seconds([], PLACES, Mode.CAR).shape == (0, 7)
    assert not server.asked


def test_an_address_that_is_none_is_refused(settings):
    settings.OSRM_URL = "localhost:5000"
    with pytest.raises(ValueError, match="GUINDA_OSRM_URL"):
        Osrm()


@pytest.mark.parametrize("wrong", [{"side": 0}, {"limit_s": 0}, {"rest_s": -1}])
def test_a_manner_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="batch"):
        Manner(**wrong)
