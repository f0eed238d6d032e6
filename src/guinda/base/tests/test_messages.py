"""What goes to telephones: aloud only where that was asked for, at a deadline, and never reported as refused when it may be there."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from guinda.base import messages
from guinda.base.checks import somebody_carries_messages
from guinda.base.messages import Line, Outcome, parts

PHONE = "+74951234567"


@pytest.fixture(autouse=True)
def _bare(settings):
    settings.MESSAGE_URL, settings.DEMO, settings.DEBUG = "", False, False


@pytest.fixture(scope="module")
def line():
    made = Line()
    yield made
    made.close()


def carry(line: Line):
    return line.carry(phone=PHONE, text="code 123456")


def test_without_a_provider_nothing_is_printed_and_the_office_hears_of_it(capsys, line):
    answer = carry(line)
    assert answer.outcome is Outcome.REFUSED
    assert "GUINDA_MESSAGE_URL is empty" in answer.said
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("changed", [{"DEMO": True}, {"DEBUG": True}, {"MESSAGE_URL": "console"}])
def test_the_console_is_for_the_demo_for_developing_and_for_who_names_it(capsys, settings, line, changed):
    for name, value in changed.items():
        setattr(settings, name, value)
    assert carry(line).outcome is Outcome.TAKEN
    assert capsys.readouterr().out == f"[message to {PHONE}] code 123456\n"


@pytest.mark.parametrize(("url", "warned"), [("", 1), ("console", 1), ("json://sms.example/{phone}", 0)])
def test_the_deploy_check_warns_when_nobody_carries_messages(settings, url, warned):
    settings.MESSAGE_URL = url
    assert [each.id for each in somebody_carries_messages()] == ["guinda.W001"] * warned


@contextmanager
def provider(answer):
    """A provider whose handler `answer` gets each request; yields its address and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            answer(self)

        def log_message(self, *_said):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield f"json://127.0.0.1:{server.server_port}/{{phone}}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def status(code: int):
    def answer(request):
        request.send_response(code)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def hang_up(request):
    request.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (status(200), Outcome.TAKEN),
        (status(400), Outcome.REFUSED),
        (status(503), Outcome.REFUSED),
        (status(504), Outcome.UNCLEAR),
        (hang_up, Outcome.UNCLEAR),
    ],
)
def test_only_what_surely_was_not_taken_counts_as_refused(settings, line, answer, outcome):
    with provider(answer) as (settings.MESSAGE_URL, asked):
        assert carry(line).outcome is outcome
    assert len(asked) == 1
    assert "code 123456" in asked[0]


@pytest.mark.parametrize("url", ["json://127.0.0.1:9/{phone}", "json://nobody.invalid/{phone}"])
def test_a_provider_that_is_not_there_took_nothing(settings, line, url):
    settings.MESSAGE_URL = url
    assert carry(line).outcome is Outcome.REFUSED


@pytest.mark.parametrize("url", ["nonsense", "json://127.0.0.1:9/a, json://127.0.0.1:9/b"])
def test_an_address_that_is_not_one_provider_sends_nothing(settings, line, url):
    settings.MESSAGE_URL = url
    answer = carry(line)
    assert answer.outcome is Outcome.REFUSED
    assert "not one address" in answer.said


def test_an_address_that_asks_apprise_to_repeat_is_still_sent_once(settings, line):
    with provider(status(503)) as (url, asked):
        settings.MESSAGE_URL = f"{url}?retry=3"
        assert carry(line).outcome is Outcome.REFUSED
    assert len(asked) == 1


def test_a_provider_that_hangs_is_left_at_the_deadline_and_the_line_is_good_again(
    settings, line, monkeypatch
):
    released = threading.Event()

    def hang_at_the_second(request):
        if len(asked) == 2:
            released.wait(20)
        status(200)(request)

    with provider(hang_at_the_second) as (settings.MESSAGE_URL, asked):
        assert carry(line).outcome is Outcome.TAKEN
        with monkeypatch.context() as hasty:
            hasty.setattr(messages, "DEADLINE_S", 0.5)
            assert carry(line).outcome is Outcome.UNCLEAR
        assert line._carrier is None
        released.set()
        assert carry(line).outcome is Outcome.TAKEN
    assert len(asked) == 3


def test_a_carrier_that_was_killed_is_started_again(settings, line):
    with provider(status(200)) as (settings.MESSAGE_URL, asked):
        assert carry(line).outcome is Outcome.TAKEN
        line._carrier.kill()
        line._carrier.wait()
        assert carry(line).outcome is Outcome.TAKEN
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("ñé¿¡à" * 32, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 159 + "á", 3),
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 135, 3),
        ("🍒" * 35, 1),
        ("🍒" * 36, 2),
    ],
)
def test_what_a_text_costs(text, count):
    assert parts(text) == count
