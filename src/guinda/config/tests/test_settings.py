"""What the settings make of the environment: read in a process of its own, because they are read once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def settings_with(expression: str, **environment: str) -> str:
    said = f"from guinda.config import settings; print({expression})"
    command = [sys.executable, "-c", said]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_tls_is_promised_for_this_name_alone():
    names = ["SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD"]
    expression = f"settings.SECURE_HSTS_SECONDS > 0, any(getattr(settings, each, False) for each in {names})"
    assert settings_with(expression, GUINDA_SITE_URL="https://shop.example") == "True False"


def test_over_plain_http_nothing_is_promised():
    assert settings_with("settings.SECURE_HSTS_SECONDS", GUINDA_SITE_URL="http://localhost:8000") == "0"


def test_quiet_hours_are_two_times_over_midnight():
    expression = "[f'{each:%H:%M}' for each in settings.QUIET_HOURS]"
    assert settings_with(expression) == "['21:00', '09:00']"
    assert settings_with(expression, GUINDA_QUIET_HOURS="22:30-08:15") == "['22:30', '08:15']"


@pytest.mark.parametrize("said", ["", "22", "09:00-21:00", "25:00-08:00", "22:00-08:00-09:00"])
def test_quiet_hours_that_are_none_are_refused_at_the_start(said):
    with pytest.raises(subprocess.CalledProcessError) as refused:
        settings_with("1", GUINDA_QUIET_HOURS=said)
    assert "two times over midnight, for example 21:00-09:00" in refused.value.stderr


def test_caps_on_contacts_say_how_many_in_how_many_days():
    expression = "settings.CONTACT_CAPS"
    assert (
        settings_with(expression, GUINDA_CONTACT_CAPS="all=3/7 call=0/28")
        == "{'all': (3, 7), 'call': (0, 28)}"
    )


@pytest.mark.parametrize("said", ["all", "all=3", "all=3/0", "all=3/29", "all=-1/7", "all=3/7,call=1/7"])
def test_caps_that_are_none_are_refused_at_the_start(said):
    with pytest.raises(subprocess.CalledProcessError) as refused:
        settings_with("1", GUINDA_CONTACT_CAPS=said)
    assert "or the like" in refused.value.stderr
