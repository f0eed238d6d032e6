"""What the director asks of a plan, and what anybody who may says of a client."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guinda.base.money import from_major, major
from guinda.base.refusals import Refusal
from guinda.base.texts import pick
from guinda.clients.models import Client
from guinda.offers.models import Tool
from guinda.planner import asking
from guinda.planner.asking import Asked
from guinda.planner.models import Pin
from guinda.planner.naming import called
from guinda.planner.queries import may_stand
from guinda.plays import today
from guinda.plays.models import Play

MAJOR_MAX = 10**12
MORE_ROWS = 2
"""Empty rows after the floors, and the sellers with other hours, that are asked for."""
USUAL_DAYS = 30
"""For which a word about a client holds, unless another day is said."""
FIELDS = {
    "budget_minor": "budget",
    "seller_minutes": "hours",
    "learning_percent": "learning",
    "caps": "person",
    "floors": "floor_0",
    "hours": "seller_0",
}
"""Where a refusal of `asking` is shown."""


def _cap(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=asking.COUNT_MAX,
        required=False,
        help_text=gettext_lazy("Empty: as many as fit."),
    )


class AskForm(forms.Form):
    """The budget and the other settings of a plan, filled in with what was asked before."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    budget = forms.DecimalField(min_value=0, max_value=MAJOR_MAX, decimal_places=2)
    hours = forms.DecimalField(
        label=gettext_lazy("Hours of each seller"), min_value=0, max_value=24, decimal_places=2
    )
    messages = forms.IntegerField(
        label=gettext_lazy("Messages, those of plays too"), min_value=0, max_value=asking.COUNT_MAX
    )
    each = forms.IntegerField(
        label=gettext_lazy("Things for one person a day"),
        min_value=1,
        max_value=asking.EACH_MAX,
        help_text=gettext_lazy("A company is called about one."),
    )
    calls = _cap(gettext_lazy("Telephone calls at most"))
    visits = _cap(gettext_lazy("Visits at most"))
    gifts = _cap(gettext_lazy("Gifts that couriers bring at most"))
    person = _cap(gettext_lazy("People at most"))
    company = _cap(gettext_lazy("Companies at most"))
    learning = forms.IntegerField(
        label=gettext_lazy("Kept for learning, percent"),
        min_value=0,
        max_value=asking.LEARNING_MAX,
        help_text=gettext_lazy("Given by a coin, so that what offers add stays measurable."),
    )
    by_itself = forms.BooleanField(
        label=gettext_lazy("Make it anew each night and keep it by itself"), required=False
    )

    def __init__(self, data: Any, *, asked: Asked, currency: str) -> None:
        caps = {each.kind: each.most for each in asked.caps}
        initial = {
            "key": uuid4(),
            "budget": _plainly(major(asked.budget_minor, currency)),
            "hours": _plainly(round(Decimal(asked.seller_minutes) / 60, 2)),
            "messages": asked.messages,
            "each": asked.each,
            **{name: getattr(asked, name) for name in asking.CAPACITIES},
            "person": caps.get(Client.Kind.PERSON),
            "company": caps.get(Client.Kind.COMPANY),
            "learning": asked.learning_percent,
            "by_itself": asked.by_itself,
        }
        super().__init__(data, initial=initial)
        self.before, self.currency = asked, currency
        self.fields["budget"].label = _("Budget, %(currency)s") % {"currency": currency}
        self.rows = _rows("floor", data, len(asked.floors))
        self.people = _rows("seller", data, len(asked.hours))
        self._add_floors()
        self._add_sellers()

    def _add_sellers(self) -> None:
        who = _sellers(self.before)
        for row in range(self.people):
            own = self.before.hours[row] if row < len(self.before.hours) else None
            self.fields[f"seller_{row}"] = forms.ChoiceField(
                label=gettext_lazy("Who"), choices=who, required=False, initial=own and own.seller
            )
            self.fields[f"own_{row}"] = forms.DecimalField(
                label=gettext_lazy("hours"),
                min_value=0,
                max_value=24,
                decimal_places=2,
                required=False,
                initial=own and _plainly(round(Decimal(own.minutes) / 60, 2)),
            )

    def _add_floors(self) -> None:
        of = _may_be_asked(self.before, self.currency)
        for row in range(self.rows):
            floor = self.before.floors[row] if row < len(self.before.floors) else None
            self.fields[f"floor_{row}"] = forms.ChoiceField(
                label=gettext_lazy("of"), choices=of, required=False, initial=floor and floor.action
            )
            self.fields[f"least_{row}"] = forms.IntegerField(
                label=gettext_lazy("at least"),
                min_value=0,
                max_value=asking.COUNT_MAX,
                required=False,
                initial=floor and floor.least,
            )

    @property
    def floors(self) -> list[tuple[Any, Any]]:
        """The rows, each its number and what it is of."""
        return [(self[f"least_{row}"], self[f"floor_{row}"]) for row in range(self.rows)]

    @property
    def sellers(self) -> list[tuple[Any, Any]]:
        """The rows of who has other hours, each the seller and the hours."""
        return [(self[f"seller_{row}"], self[f"own_{row}"]) for row in range(self.people)]

    @property
    def others(self) -> list[Any]:
        """The settings but for the budget."""
        names = (
            "hours",
            "messages",
            "each",
            *asking.CAPACITIES,
            "person",
            "company",
            "learning",
            "by_itself",
        )
        return [self[name] for name in names]

    def asked(self) -> Asked | None:
        """Of a form whose fields are valid: what is asked for; None where they don't go together, which stands by a field then."""
        told = self.cleaned_data
        floors = [(told[f"floor_{row}"], told[f"least_{row}"]) for row in range(self.rows)]
        hours = [(told[f"seller_{row}"], told[f"own_{row}"]) for row in range(self.people)]
        plain = {
            "budget_minor": from_major(told["budget"], self.currency),
            "seller_minutes": round(told["hours"] * 60),
            "messages": told["messages"],
            "each": told["each"],
            **{name: told[name] for name in asking.CAPACITIES},
            "caps": [
                {"kind": kind, "most": told[kind]} for kind in Client.Kind.values if told[kind] is not None
            ],
            "floors": [{"action": action, "least": least} for action, least in floors if action and least],
            "hours": [
                {"seller": who, "minutes": round(own * 60)} for who, own in hours if who and own is not None
            ],
            "learning_percent": told["learning"],
            "by_itself": told["by_itself"],
        }
        try:
            return asking.read(plain)
        except Refusal as refusal:
            name = refusal.facts["field"]
            self.add_error(FIELDS.get(name, name), str(refusal.sentence))
            return None


class PinForm(forms.Form):
    """A word about one client."""

    kind = forms.ChoiceField(label=gettext_lazy("This client"), choices=Pin.Kind.choices)
    tool = forms.ModelChoiceField(
        label=gettext_lazy("Which offer"),
        queryset=Tool.objects.order_by("slug"),
        required=False,
        empty_label=gettext_lazy("anything"),
    )
    until_date = forms.DateField(
        label=gettext_lazy("Until and with"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    note = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)

    def __init__(self, data: Any, *, today: Any, tool: str = "") -> None:
        until = today + timedelta(days=USUAL_DAYS)
        chosen = Tool.objects.in_bulk(field_name="slug").get(tool) if tool else None
        kind = Pin.Kind.FORBID if chosen else Pin.Kind.FIRST
        super().__init__(data, initial={"kind": kind, "tool": chosen, "until_date": until})


def _rows(name: str, data: Any, asked: int) -> int:
    """How many rows of this name: those that were sent, or those asked for and some empty ones."""
    sent = sum(f"{name}_{row}" in data for row in range(asking.ROWS_MAX)) if data else 0
    return min(asking.ROWS_MAX, max(sent, asked + MORE_ROWS))


def _sellers(asked: Asked) -> list[tuple[str, str]]:
    """Whoever may do steps, and who was asked for before."""
    names = sorted({*today.sellers(), *(each.seller for each in asked.hours)})
    known = {each.username: called(each) for each in User.objects.filter(username__in=names)}
    return [("", "—"), *((name, known.get(name, name)) for name in names)]


def _may_be_asked(asked: Asked, currency: str) -> list[Any]:
    tools = Tool.objects.filter(may_stand(asked, currency))
    plays = Play.objects.filter(version__isnull=False, state=Play.State.ON).order_by("slug")
    groups = {
        _("Tools"): [(f"tool:{each.slug}", str(each)) for each in tools],
        _("Plays"): [(f"play:{each.slug}", pick(each.name)) for each in plays],
    }
    known = {key for rows in groups.values() for key, _name in rows}
    gone = [(each.action, each.action) for each in asked.floors if each.action not in known]
    return [("", "—"), *gone, *((label, rows) for label, rows in groups.items() if rows)]


def _plainly(number: Decimal) -> str:
    """Without empty decimals, as a number field wants it."""
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"
