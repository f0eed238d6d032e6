"""Whatever is sold, in whatever batches, sent twice or late, and whatever is counted: the books close to the gram and the cent."""

from __future__ import annotations

from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guinda.base.refusals import Refusal
from guinda.stalls.tests.street import Street, after

WEIGHTS = st.integers(1, 3_000)
SALES = st.lists(st.tuples(st.integers(0, 1), WEIGHTS), max_size=12)
DAYS = st.fixed_dictionaries(
    {
        "sales": SALES,
        "sent_at_first": st.integers(0, 12),
        "counted_g": st.tuples(st.integers(0, 3_000), st.integers(0, 3_000)),
        "cash_minor": st.integers(0, 10_000_000),
        "late": SALES,
    }
)
NUMBERS = count()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=DAYS)
def test_the_books_of_a_bag_always_close(street: Street, day):
    lots = [street.world.add_lot(variety, weight_g=1_000) for variety in ("kordia", "rainier")]
    seller = street.new_seller(f"seller{next(NUMBERS)}", "Zoya")
    bag = street.issue({lot.pk: 1_000 for lot in lots}, seller=seller)
    batch, tail = (
        [street.sold(weight_g, lots[kind]) for kind, weight_g in day[part]] for part in ("sales", "late")
    )
    for part in (batch[: day["sent_at_first"]], batch):
        street.take_in(bag, *part, seller=seller)
    counted_g = dict(zip([lot.pk for lot in lots], day["counted_g"], strict=True))
    try:
        street.close(bag, counted_g, day["cash_minor"])
    except Refusal:
        street.close(bag, counted_g, day["cash_minor"], dict.fromkeys((0, *counted_g), "why"))
    for _twice in range(2):
        street.take_in(bag, *tail, *batch, seller=seller, now=after(hours=20))
    assert bag.sales.count() == len(batch) + len(tail)
    street.add_up(bag)
