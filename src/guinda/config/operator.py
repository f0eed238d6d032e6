"""`guinda import-operator`: an operator's clients as accounts, with contracts, competitors and territories."""

from __future__ import annotations

import argparse
import getpass

from guinda.config.cli import Mistake, set_up

COMPETITORS = ("Northern Telephone", "Line and Light", "Free Signal")
"""Invented: the file names none."""
TERRITORIES = ("North", "East", "South", "West", "Centre")


def run(chosen: argparse.Namespace) -> None:
    """Bring the file in, all of it or nothing."""
    set_up()
    from guinda.base import clock
    from guinda.base.refusals import Refusal
    from guinda.offers.operator import Setting, bring_in
    from guinda.places.models import City

    city = City.objects.order_by("pk").first()
    if city is None:
        raise Mistake(
            "There is no city yet. Bring one in with guinda import-city, or try guinda demo --operator."
        )
    setting = Setting(
        city=city,
        competitors=chosen.competitor or COMPETITORS,
        territories=dict(map(_territory, chosen.territory or TERRITORIES)),
        agreed=chosen.agreed,
        times=chosen.times,
        language=chosen.language,
    )
    try:
        made = bring_in(chosen.file, setting=setting, by=f"command:{getpass.getuser()}", now=clock.now())
    except Refusal as refusal:
        raise Mistake(str(refusal.sentence)) from refusal
    print(f"{made:,} accounts are in the client book.")


def _territory(told: str) -> tuple[str, int | None]:
    """`North` or `North=anna`: a name, and its seller's account."""
    from django.contrib.auth.models import User

    name, _equals, login = told.partition("=")
    if not login:
        return name, None
    seller = User.objects.filter(username=login).first()
    if seller is None:
        raise Mistake(f"There is no account {login!r}. Make it in the office first.")
    return name, seller.pk
