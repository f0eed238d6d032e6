"""What is known of a company: how large it is, from whom it buys, and when its contracts end."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from guinda.clients.models import Competitor
from guinda.plays.facts.rows import Choices, Fact, Kind, Source

SUPPLIED = Source(
    "supplied",
    """SELECT m.moment,
           min(s.ends_date) FILTER (WHERE s.ends_date >= m.day) AS ends,
           min(s.ends_date) FILTER (WHERE s.ends_date >= m.day AND s.competitor_id IS NULL) AS ours_ends,
           min(s.ends_date) FILTER (WHERE s.ends_date >= m.day AND s.competitor_id IS NOT NULL) AS theirs_ends,
           sum(s.monthly_minor) FILTER (WHERE s.competitor_id IS NOT NULL) AS theirs_minor,
           array_agg(DISTINCT w.name::text) FILTER (WHERE w.name IS NOT NULL) AS competitors
       FROM moment m JOIN clients_supply s ON s.company_id = m.client_id
       LEFT JOIN clients_competitor w ON w.id = s.competitor_id GROUP BY m.moment""",
)


def _competitors() -> Choices:
    return [(name, name) for name in Competitor.objects.order_by("name").values_list("name", flat=True)]


FACTS = (
    Fact("size", _("how many people work there"), Kind.NUMBER, "c.size"),
    Fact("contract_ends", _("next contract ends, with whomever"), Kind.DATE, "supplied.ends", SUPPLIED),
    Fact("contract_with_us_ends", _("contract with us ends"), Kind.DATE, "supplied.ours_ends", SUPPLIED),
    Fact(
        "contract_with_others_ends",
        _("contract with a competitor ends"),
        Kind.DATE,
        "supplied.theirs_ends",
        SUPPLIED,
    ),
    Fact(
        "others_monthly_minor",
        _("buys from competitors, a month"),
        Kind.MONEY,
        "coalesce(supplied.theirs_minor, 0)",
        SUPPLIED,
    ),
    Fact(
        "competitors",
        _("competitors it buys from"),
        Kind.CHOICES,
        "coalesce(supplied.competitors, '{}')",
        SUPPLIED,
        choices=_competitors,
    ),
)
