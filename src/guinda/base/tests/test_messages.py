"""Codes to telephones are said aloud only where that was asked for."""

from __future__ import annotations

import pytest

from guinda.base import messages
from guinda.base.checks import somebody_carries_messages

PHONE = "+74951234567"


@pytest.fixture(autouse=True)
def _bare(settings):
    settings.MESSAGE_URL, settings.DEMO, settings.DEBUG = "", False, False


def test_without_a_provider_nothing_is_printed_and_the_worker_hears_of_it(capsys):
    with pytest.raises(messages.NotSent):
        messages.send(phone=PHONE, text="code 123456")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("changed", [{"DEMO": True}, {"DEBUG": True}, {"MESSAGE_URL": "console"}])
def test_the_console_is_for_the_demo_for_developing_and_for_who_names_it(capsys, settings, changed):
    for name, value in changed.items():
        setattr(settings, name, value)
    messages.send(phone=PHONE, text="code 123456")
    assert capsys.readouterr().out == f"[message to {PHONE}] code 123456\n"


@pytest.mark.parametrize(("url", "warned"), [("", 1), ("console", 1), ("json://sms.example/{phone}", 0)])
def test_the_deploy_check_warns_when_nobody_carries_messages(settings, url, warned):
    settings.MESSAGE_URL = url
    assert [each.id for each in somebody_carries_messages()] == ["guinda.W001"] * warned
