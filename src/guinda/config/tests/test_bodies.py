"""What a stranger sends is not kept before it is looked at: too much is refused unread."""

from __future__ import annotations

import asyncio

import pytest

from guinda.config import asgi

PIECE = b"x" * 64 * 1024


class Line:
    """A client that never stops sending; it counts what was taken from it."""

    def __init__(self, *, pieces: int | None = None) -> None:
        self.pieces, self.taken, self.said = pieces, 0, []

    async def receive(self):
        self.taken += 1
        assert self.taken < 1_000, "the server goes on reading"
        return {"type": "http.request", "body": PIECE, "more_body": self.taken != self.pieces}

    async def send(self, message) -> None:
        self.said.append(message)

    def post(self, *headers: tuple[bytes, bytes]) -> int:
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": "/",
            "headers": list(headers),
            "query_string": b"",
        }
        asyncio.run(asgi.ThreadedHandler()(scope, self.receive, self.send))
        return self.said[0]["status"]


@pytest.mark.parametrize("announced", [b"419430400", b"5242881", b"9" * 300])
def test_a_body_that_announces_too_much_is_refused_at_once(announced):
    line = Line()
    assert line.post((b"content-length", announced)) == 413
    assert line.taken == 0
    assert (b"connection", b"close") in line.said[0]["headers"]


def test_a_body_in_pieces_is_read_up_to_the_limit_only():
    line = Line()
    assert line.post((b"transfer-encoding", b"chunked")) == 413
    assert line.taken == asgi.BODY_MOST_BYTES // len(PIECE) + 1


def test_an_understated_length_is_not_believed():
    assert Line().post((b"content-length", b"10")) == 413


def test_what_is_small_enough_is_answered_by_django(settings):
    settings.ALLOWED_HOSTS = ["*"]
    line = Line(pieces=2)
    assert line.post((b"content-length", str(2 * len(PIECE)).encode()), (b"host", b"localhost")) not in {
        400,
        413,
    }
    assert line.taken == 2
