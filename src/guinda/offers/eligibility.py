"""Who may be offered a tool: three sieves, for many clients in one statement or for one, each no with its reason.

- *may*: what law (a tool's own conditions with their sentences), contract and consent allow, and whether the tool is to be had at all;
- *use*: whether the client has a use for it, by the tool's own conditions (`needs`);
- *now*: whether it suits now: no open complaint, not offered twice in a month, not contacted enough already, nothing that a room above
  has under way (`also_ask`).

Every reason is found, not only the first, so that "why not?" has a whole answer. `keep` writes the noes down.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from guinda.base.office import today_of
from guinda.base.texts import pick
from guinda.clients.contacting import against
from guinda.clients.models import Channel, Consent, Rule
from guinda.offers.models import Refused, Tool
from guinda.offers.needs import NEEDS, WHY, compiled

MAY, USE, NOW = "may", "use", "now"
SIEVES = {MAY: _("May have it"), USE: _("Has a use for it"), NOW: _("Suits now")}
AGAIN_DAYS = 30
"""The same tool is not put before a client twice within this."""
LOW_MARK_DAYS = 30
"""A low mark stands against offers for this long, unless we spoke with the client since."""
LOW_MARK = 2
BY_CONSENT = {Rule.GONE, Rule.DO_NOT_CONTACT, Rule.NO_CONSENT}

RULES: tuple[tuple[str, str, str], ...] = (
    (MAY, "not_for_them", "%(for_kind)s <> '' AND c.kind <> %(for_kind)s"),
    (
        MAY,
        "yearly_most",
        """%(yearly_most)s::bigint IS NOT NULL AND %(yearly_most)s::bigint < %(cost)s + (
           SELECT coalesce(sum(o.cost_minor), 0) FROM offers_offer o WHERE o.client_id = c.id AND o.tool_id = %(tool)s
           AND o.state = 'accepted' AND o.ended_at > %(now)s - interval '1 year')""",
    ),
    (
        MAY,
        "bound_by_contract",
        """%(open_days)s::int IS NOT NULL AND EXISTS (SELECT FROM clients_supply s WHERE s.company_id = c.id
           AND s.competitor_id IS NULL AND s.ends_date > %(today)s + %(open_days)s::int)""",
    ),
    (
        NOW,
        "open_offer",
        "EXISTS (SELECT FROM offers_offer o WHERE o.client_id = c.id AND o.tool_id = %(tool)s AND o.ended_at IS NULL)",
    ),
    (
        NOW,
        "offered_lately",
        """EXISTS (SELECT FROM offers_offer o WHERE o.client_id = c.id AND o.tool_id = %(tool)s AND o.ended_at IS NOT NULL
           AND o.presented_at > %(now)s - interval '1 day' * %(again_days)s)""",
    ),
    (
        NOW,
        "open_complaint",
        "EXISTS (SELECT FROM clients_complaint k WHERE k.client_id = c.id AND k.closed_at IS NULL)",
    ),
    (
        NOW,
        "low_mark",
        """EXISTS (SELECT FROM delivery_rating r JOIN orders_order o ON o.id = r.order_id WHERE o.client_id = c.id
           AND least(r.fruit, r.kindness) <= %(low_mark)s AND r.rated_at > %(now)s - interval '1 day' * %(low_mark_days)s
           AND NOT EXISTS (SELECT FROM clients_touch t WHERE t.client_id = c.id AND t.at > r.rated_at
                           AND t.outcome IN ('reached', 'agreed', 'declined', 'later')))""",
    ),
)
PART = "SELECT {tool}, c.id, ARRAY[{flags}] FROM clients_client c WHERE c.id = ANY(%(ids)s)"
YES = "SELECT {tool}, c.id FROM clients_client c WHERE c.id = ANY(%(ids)s) AND NOT ({flags})"
REASONS: dict[str, str | LazyText] = {
    "law": "%(why)s",
    "over": _("It is not offered any more, or not yet."),
    "none_left": _("None of it is left."),
    "not_for_them": _("It is not for a client of this kind."),
    "yearly_most": _("They have been given as much of it within a year as one client may."),
    "bound_by_contract": _("Their contract with us binds them longer than %(open_days)s days."),
    Rule.GONE: _("This client was merged or erased."),
    Rule.DO_NOT_CONTACT: _("They do not want to be contacted."),
    Rule.NO_CONSENT: _("They have not agreed to be offered anything this way."),
    Rule.CAP_CHANNEL: _("They were contacted this way enough lately."),
    Rule.CAP_ALL: _("They were contacted enough lately."),
    Rule.QUIET_HOURS: _("It is night where they live."),
    "open_offer": _("An offer of it is open already."),
    "offered_lately": _("It was put before them less than %(again_days)s days ago."),
    "open_complaint": _("A complaint of theirs is still open."),
    "low_mark": _("They gave a low mark, and nobody has spoken with them since."),
    **{f"need_{name}": need.missing for name, need in NEEDS.items()},
}


@dataclass(frozen=True)
class Reason:
    """One no: its sieve, its rule, and what its sentence names."""

    sieve: str
    rule: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """In the language being spoken."""
        told = {
            name: pick(value) if isinstance(value, Mapping) else value for name, value in self.facts.items()
        }
        return str(REASONS.get(self.rule, self.rule)) % told


Asked = Callable[[Sequence[Tool], Collection[int], datetime], Mapping[int, Mapping[int, Reason]]]
_also: list[Asked] = []


def also_ask(name: str, sentence: str | LazyText, asked: Asked) -> None:
    """Have a room above answer too: `asked(tools, client_ids, now)` gives by tool whom it does not suit now, with `Reason(NOW, name)`."""
    REASONS[name] = sentence
    if asked not in _also:
        _also.append(asked)


def why_not(
    *,
    tool: Tool,
    client_ids: Collection[int],
    now: datetime,
    channel: Channel = Channel.CALL,
    cost_minor: int | None = None,
) -> dict[int, list[Reason]]:
    """For each client every reason against this tool now, sieve by sieve; an empty list is a yes. Nothing is written.

    `cost_minor` is what it would cost us, where that is known; else the least it can.
    """
    costs = {} if cost_minor is None else {tool.pk: cost_minor}
    return answers(tools=[tool], client_ids=client_ids, now=now, channel=channel, costs_minor=costs)[tool.pk]


def answers(
    *,
    tools: Sequence[Tool],
    client_ids: Collection[int],
    now: datetime,
    channel: Channel = Channel.CALL,
    costs_minor: Mapping[int, int] | None = None,
) -> dict[int, dict[int, list[Reason]]]:
    """`why_not` for several tools at once, by the tool's key: two statements, and one for each room above, however many."""
    asked = [(each, (costs_minor or {}).get(each.pk, least_cost_minor(each))) for each in tools]
    found = _by_set(asked, client_ids, now)
    held = against(client_ids, purpose=Consent.Purpose.OFFER, channel=channel, now=now, waits=True)
    also = [asks(tools, client_ids, now) for asks in _also]
    order = list(SIEVES)
    for tool, cost_minor in asked:
        common = [Reason(MAY, rule) for rule in _against_all(tool, cost_minor, now)]
        for pk, reasons in found[tool.pk].items():
            if pk in held:
                reasons.append(Reason(MAY if held[pk] in BY_CONSENT else NOW, str(held[pk])))
            reasons += [*common, *(each[tool.pk][pk] for each in also if pk in each.get(tool.pk, {}))]
            reasons.sort(key=lambda each: order.index(each.sieve))
    return found


def eligible(
    *, tools: Sequence[Tool], client_ids: Collection[int], now: datetime, channel: Channel
) -> dict[int, list[int]]:
    """By tool the clients that `answers` has nothing against: for who needs the yeses of a whole book and no reasons."""
    held = against(client_ids, purpose=Consent.Purpose.OFFER, channel=channel, now=now, waits=True)
    free = [pk for pk in client_ids if pk not in held]
    parts, values = [], {"ids": free}
    for tool in tools:
        cost_minor = least_cost_minor(tool)
        if _against_all(tool, cost_minor, now):
            continue
        _reasons, flags, facts = _rules(tool, cost_minor, now)
        own = " OR ".join(f"coalesce({each}, false)" for each in flags).replace("%(", f"%({tool.pk}_")
        parts.append(YES.format(tool=int(tool.pk), flags=own))
        values |= {f"{tool.pk}_{name}": value for name, value in facts.items()}
    found: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts) or "SELECT 0, 0 WHERE false", values)
        for of, pk in cursor.fetchall():
            found.setdefault(of, []).append(pk)
    also = [asks(tools, client_ids, now) for asks in _also]
    against_it = {tool.pk: {pk for each in also for pk in each.get(tool.pk, ())} for tool in tools}
    return {of: [pk for pk in found.get(of, ()) if pk not in noes] for of, noes in against_it.items()}


@transaction.atomic
def keep(*, tool: Tool, answers: Mapping[int, Sequence[Reason]], now: datetime) -> int:
    """Write the noes of `why_not` down, the newest for each client and tool; a yes takes an older no away. Returns how many noes."""
    rows = [
        Refused(
            client_id=pk,
            tool=tool,
            sieve=reasons[0].sieve,
            rule=reasons[0].rule,
            reasons=[[each.sieve, each.rule, dict(each.facts)] for each in reasons],
            at=now,
        )
        for pk, reasons in sorted(answers.items())
        if reasons
    ]
    Refused.objects.filter(
        tool=tool, client__in=[pk for pk, reasons in answers.items() if not reasons]
    ).delete()
    Refused.objects.bulk_create(
        rows,
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["client", "tool"],
        update_fields=["sieve", "rule", "reasons", "at"],
    )
    return len(rows)


def least_cost_minor(tool: Tool) -> int:
    """What giving it costs at least, whatever the terms: before a rebate."""
    return tool.fixed_minor + tool.of_stock_minor + tool.month_minor * tool.months


def _against_all(tool: Tool, cost_minor: int, now: datetime) -> list[str]:
    """What stands against the tool itself, whoever the client."""
    today = today_of(now)
    over = (
        tool.paused_at is not None
        or today < tool.from_date
        or (tool.until_date is not None and today > tool.until_date)
    )
    spent = tool.pieces_left == 0 or (
        tool.budget_left_minor is not None and tool.budget_left_minor < max(1, cost_minor)
    )
    return ["over"] * over + ["none_left"] * spent


def _by_set(
    asked: Sequence[tuple[Tool, int]], client_ids: Collection[int], now: datetime
) -> dict[int, dict[int, list[Reason]]]:
    """What the rules and each tool's own conditions say: one statement, a part for each tool, whose values have its number before them."""
    parts, values, rules = [], {"ids": list(client_ids)}, {}
    for place, (tool, cost_minor) in enumerate(asked):
        rules[tool.pk], flags, facts = _rules(tool, cost_minor, now)
        values |= {f"{place}_{name}": value for name, value in facts.items()}
        own = ", ".join(flags).replace("%(", f"%({place}_")
        parts.append(PART.format(tool=int(tool.pk), flags=own))
    found: dict[int, dict[int, list[Reason]]] = {tool.pk: {} for tool, _cost in asked}
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), values)
            for of, pk, noes in cursor.fetchall():
                found[of][pk] = [reason for reason, no in zip(rules[of], noes, strict=True) if no]
    return found


def _rules(tool: Tool, cost_minor: int, now: datetime) -> tuple[list[Reason], list[str], dict[str, Any]]:
    """The reasons there can be, the SQL of their conditions in the same order, and the values it names."""
    needs, values = compiled([*tool.needs, *tool.law])
    facts = {
        **values,
        "tool": tool.pk,
        "for_kind": tool.for_kind,
        "yearly_most": tool.yearly_most_minor,
        "cost": cost_minor,
        "open_days": tool.open_contract_days,
        "again_days": AGAIN_DAYS,
        "low_mark_days": LOW_MARK_DAYS,
        "low_mark": LOW_MARK,
        "now": now,
        "today": today_of(now),
    }
    told = {"open_days": tool.open_contract_days, "again_days": AGAIN_DAYS}
    reasons = [Reason(sieve, rule, told) for sieve, rule, _sql in RULES]
    reasons += [Reason(USE, f"need_{each['need']}", _said(each)) for each in tool.needs]
    reasons += [Reason(MAY, "law", {WHY: each[WHY]}) for each in tool.law]
    flags = [sql for _sieve, _rule, sql in RULES] + [sql for _name, sql in needs]
    return reasons, [f"({sql})" for sql in flags], facts


def _said(need: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in need.items() if name != "need"}
