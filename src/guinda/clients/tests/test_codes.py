"""A telephone is proved by a code; guessing it is hopeless, and asking tells a stranger nothing."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guinda.base.refusals import Refusal
from guinda.clients.models import Client, Message, PhoneCode
from guinda.clients.services import (
    ASKS_AN_HOUR,
    CODE_HOLDS_S,
    CODES_AN_HOUR,
    GUESSES,
    PROOF_HOLDS_S,
    confirm_code,
    e164,
    known,
    proved_phone,
    remember_address,
    send_code,
)

NOW = datetime(2026, 6, 24, 9, 0, tzinfo=UTC)
PHONE = "+74951234567"


def sent_text() -> str:
    """The newest message in the outbox."""
    return Message.objects.latest("pk").text


def ask(now: datetime = NOW, *, phone: str = PHONE, asked_from: str = "panel:1") -> str:
    send_code(phone=phone, asked_from=asked_from, language="en", now=now)
    return re.search(r"\d{6}", sent_text()).group()


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def refused(work) -> str:
    with pytest.raises(Refusal) as refusal:
        work()
    return refusal.value.code


def test_the_code_sent_proves_the_telephone_for_a_while(db):
    proof = confirm_code(phone=PHONE, code=ask(), now=NOW)
    assert proved_phone(proof, now=NOW + timedelta(seconds=PROOF_HOLDS_S)) == PHONE
    assert (
        refused(lambda: proved_phone(proof, now=NOW + timedelta(seconds=PROOF_HOLDS_S + 1))) == "proof_lapsed"
    )
    assert refused(lambda: proved_phone(proof[:-2], now=NOW)) == "proof_lapsed"


def test_a_code_works_once_and_not_after_its_time(db):
    code = ask()
    confirm_code(phone=PHONE, code=code, now=NOW)
    assert refused(lambda: confirm_code(phone=PHONE, code=code, now=NOW)) == "wrong_code"
    late = ask(NOW + timedelta(minutes=1))
    assert (
        refused(lambda: confirm_code(phone=PHONE, code=late, now=NOW + timedelta(seconds=60 + CODE_HOLDS_S)))
        == "wrong_code"
    )


def test_after_five_wrong_guesses_the_right_code_is_dead(db):
    code = ask()
    for _ in range(GUESSES):
        assert refused(lambda: confirm_code(phone=PHONE, code=other(code), now=NOW)) == "wrong_code"
    assert refused(lambda: confirm_code(phone=PHONE, code=code, now=NOW)) == "wrong_code"


def test_guesses_sent_at_once_do_not_share_a_count(transactional_db):
    code = ask()
    guesses, start = 40, threading.Barrier(40)

    def guess(_index):
        start.wait()
        try:
            return confirm_code(phone=PHONE, code=other(code), now=NOW)
        except Refusal:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(guesses) as threads:
        assert not any(threads.map(guess, range(guesses)))
    assert PhoneCode.objects.get().attempts == GUESSES


def test_asking_at_once_does_not_pass_the_limit(transactional_db):
    start = threading.Barrier(20)

    def ask_one(_index):
        start.wait()
        try:
            send_code(phone=PHONE, asked_from="panel:1", language="en", now=NOW)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "sent"

    with ThreadPoolExecutor(20) as threads:
        assert sorted(threads.map(ask_one, range(20))).count("sent") == CODES_AN_HOUR


def test_codes_are_limited_by_telephone_and_by_device(db):
    for minute in range(CODES_AN_HOUR):
        ask(NOW + timedelta(minutes=minute))
    assert refused(lambda: ask(NOW + timedelta(minutes=10))) == "too_many_codes"
    assert ask(NOW + timedelta(minutes=61))
    for index in range(ASKS_AN_HOUR):
        ask(phone=f"+749512{index:05d}", asked_from="panel:9")
    assert refused(lambda: ask(phone="+74959999999", asked_from="panel:9")) == "too_many_codes"


def test_asking_does_the_same_for_known_and_unknown_numbers(db):
    known(phone=PHONE, language="en", now=NOW)
    with CaptureQueriesContext(connection) as for_known:
        ask()
    with CaptureQueriesContext(connection) as for_unknown:
        ask(phone="+74957654321")
    assert [query["sql"][:12] for query in for_known] == [query["sql"][:12] for query in for_unknown]


def test_the_code_is_not_stored_in_the_open(db):
    code = ask()
    assert code not in str(PhoneCode.objects.values().get())


@pytest.mark.parametrize("typed", ["8 (495) 123-45-67", "+7 495 123 45 67", "495 123-45-67"])
def test_numbers_as_people_type_them(typed):
    assert e164(typed, country="RU") == PHONE


@pytest.mark.parametrize("typed", ["", "cherries", "12", "+", "\x00", "9" * 500])
def test_what_is_no_number_is_refused(typed):
    assert refused(lambda: e164(typed, country="RU")) == "bad_phone"


def test_an_address_is_remembered_once(db):
    client = known(phone=PHONE, language="en", now=NOW)
    assert known(phone=PHONE, language="ru", now=NOW) == client == Client.objects.get()
    for note in ("", "ring twice"):
        remember_address(
            client_id=client.pk, lat=55.7, lon=37.6, street="Pokrovka 12", flat="4", note=note, now=NOW
        )
    assert client.addresses.get().note == "ring twice"
