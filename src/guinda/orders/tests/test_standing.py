"""A standing order brings what was agreed on its days, asks when it can't, and never brings something else."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from guinda.base.refusals import Refusal
from guinda.catalog.models import Price
from guinda.clients.models import Message
from guinda.orders.models import Order
from guinda.orders.standing import services
from guinda.orders.standing.asking import questions
from guinda.orders.standing.models import StandingOrder, Visit
from guinda.orders.standing.services import Chosen, Rhythm
from guinda.orders.tests.standing_world import (
    BOWL,
    DAILY,
    THURSDAYS,
    WEDNESDAY,
    Regular,
    empty,
    local,
    placed,
    visit_of,
    work,
)
from tests.world import NOW

THURSDAY = WEDNESDAY + timedelta(days=1)
EVENING, MORNING = local(24, 17), local(25, 9)


@pytest.fixture
def she(world) -> Regular:
    return Regular(world)


def bowl_of(order: Order) -> dict[str, int]:
    rows = order.lines.values_list("lot__variety_id", "weight_g")
    return dict(rows)


def dearer(variety_id: str, per_kg_minor: int) -> None:
    Price.objects.create(variety_id=variety_id, city_id="moscow", per_kg_minor=per_kg_minor, from_at=NOW)


def test_the_week_is_laid_out_and_the_evening_before_the_order_is_there(she):
    standing = she.makes(days=DAILY)
    assert standing.visits.count() == 8  # today at 18:00 as well: it can be decided until 16:00
    work(local(24, 12, 1))
    assert [each.promised_at for each in placed(standing)] == [local(24, 18)]
    work(local(24, 16, 59))
    assert len(placed(standing)) == 1
    work(EVENING)
    order = placed(standing)[1]
    assert (order.promised_at, order.start_at, order.state) == (local(25, 18), local(25, 17), "confirmed")
    assert (order.client, order.phone, order.street) == (she.client, she.client.phone, "Pokrovka 12")
    assert bowl_of(order) == BOWL
    visit = visit_of(standing)
    assert (visit.state, visit.order) == (Visit.State.PLACED, order)


def test_rounds_without_end_make_nothing_twice(she):
    standing = she.makes()
    for minute in range(0, 24 * 60, 7):
        work(EVENING + timedelta(minutes=minute))
    assert len(placed(standing)) == 1
    assert not Message.objects.filter(text__contains="Thursday").exists()


def test_the_day_and_hour_are_the_databases_to_keep_single(she):
    standing = she.makes()
    visit = visit_of(standing)
    visit.pk = None
    with pytest.raises(IntegrityError, match="once_a_day"), transaction.atomic():
        visit.save(force_insert=True)


def test_its_maker_is_told_once_and_the_same_key_is_the_same_one(she):
    order, key = she.order(), uuid4()
    asked = {"order": order, "key": key, "client": she.client, "rhythm": Rhythm(THURSDAYS, 18, "cash")}
    assert services.make(**asked, now=NOW) == services.make(**asked, now=NOW + timedelta(minutes=1))
    (text,) = she.messages()
    assert "Thu" in text
    assert "18:00" in text
    assert StandingOrder.objects.get().code in text


def test_out_of_stock_is_asked_and_nothing_else_is_sent(she):
    standing = she.makes()
    empty(she.world, "kordia")
    work(EVENING)
    visit = visit_of(standing)
    assert (visit.state, placed(standing)) == (Visit.State.ASKED, [])
    (text,) = she.messages("not enough")
    assert "Kordia" in text
    assert "Rainier" not in text
    assert "Thu 25 June, 16:00" in text
    assert standing.code in text
    for minute in range(0, 22 * 60, 10):
        work(EVENING + timedelta(minutes=minute))
    assert she.messages("not enough") == [text], "asked once"
    assert placed(standing) == []


def test_no_answer_is_a_skipped_day_and_a_word(she):
    standing = she.makes()
    empty(she.world, "kordia")
    work(EVENING)
    work(local(25, 15, 59))
    assert visit_of(standing).state == Visit.State.ASKED
    work(local(25, 16))
    visit = visit_of(standing)
    assert (visit.state, visit.answer) == (Visit.State.SKIPPED, Visit.Answer.SILENT)
    assert len(she.messages("no answer from you")) == 1
    she.world.add_lot("kordia", weight_g=9_000)
    work(local(25, 16, 10))
    assert placed(standing) == []


def test_what_comes_in_before_the_answer_is_brought_after_all(she):
    standing = she.makes()
    empty(she.world, "kordia")
    work(EVENING)
    she.world.add_lot("kordia", weight_g=9_000)
    work(MORNING)
    assert [bowl_of(each) for each in placed(standing)] == [BOWL]


def test_another_variety_at_its_price_comes_when_the_client_says_so(she):
    standing = she.makes()
    empty(she.world, "kordia")
    dearer("lapins", 120_000)
    work(EVENING)
    (question,) = questions(visit_of(standing), now=EVENING)
    assert (question.variety.slug, question.dearer_minor, question.can_leave_out) == ("kordia", None, True)
    assert [each.value for each in question.choices] == ["lapins:120000"], (
        "what is in the bowl already is not offered twice"
    )
    services.choose(
        standing=standing, day=THURSDAY, chosen={"kordia": Chosen("lapins", 120_000)}, now=MORNING
    )
    (order,) = placed(standing)
    assert bowl_of(order) == {"lapins": 500, "rainier": 300}
    assert order.total_minor == 60_000 + 26_700
    assert dict(standing.lines.values_list("variety_id", "weight_g")) == BOWL, "only that day"


def test_leaving_it_out_brings_the_rest(she):
    standing = she.makes()
    empty(she.world, "kordia")
    work(EVENING)
    services.choose(standing=standing, day=THURSDAY, chosen={"kordia": None}, now=MORNING)
    assert [bowl_of(each) for each in placed(standing)] == [{"rainier": 300}]


def test_waiting_ends_in_fruit_or_in_a_word(she):
    standing = she.makes(days=THURSDAYS | 0b001_0000)
    empty(she.world, "kordia")
    work(EVENING)
    services.wait(standing=standing, day=THURSDAY, now=EVENING)
    work(local(25, 16))
    assert visit_of(standing).state == Visit.State.OUT
    assert len(she.messages("did not come in")) == 1
    work(local(25, 17))
    services.wait(standing=standing, day=THURSDAY + timedelta(days=1), now=local(25, 18))
    she.world.add_lot("kordia", weight_g=9_000)
    work(local(26, 9))
    assert [each.promised_at for each in placed(standing)] == [local(26, 18)]


def test_a_price_within_the_limit_is_paid(she):
    standing = she.makes()
    dearer("kordia", 97_900)  # 10 % above 890.00
    work(EVENING)
    assert placed(standing)[0].total_minor == 48_950 + 26_700


def test_a_price_beyond_the_limit_is_asked_about(she):
    standing = she.makes()
    dearer("kordia", 97_901)
    work(EVENING)
    assert (visit_of(standing).state, placed(standing)) == (Visit.State.ASKED, [])
    (text,) = she.messages("costs more")
    assert "Kordia" in text


def test_the_new_price_once_agreed_to_is_agreed_to(she):
    standing = she.makes()
    dearer("kordia", 120_000)
    work(EVENING)
    (question,) = questions(visit_of(standing), now=EVENING)
    assert question.dearer_minor == 120_000
    assert [each.value for each in question.choices] == ["kordia:120000", "lapins:89000"]
    services.choose(
        standing=standing, day=THURSDAY, chosen={"kordia": Chosen("kordia", 120_000)}, now=EVENING
    )
    assert placed(standing)[0].total_minor == 60_000 + 26_700
    assert standing.lines.get(variety_id="kordia").per_kg_minor == 120_000


@pytest.mark.parametrize(
    "chosen",
    [
        {"kordia": Chosen("lapins", 88_000)},  # a price nobody was shown
        {"kordia": Chosen("kordia", 89_000)},  # what there is none of
        {"kordia": Chosen("durian", 89_000)},
        {"rainier": Chosen("lapins", 89_000)},  # leaves the empty shelf in the bowl
    ],
)
def test_what_can_not_be_had_at_that_price_changes_nothing(she, chosen):
    standing = she.makes()
    empty(she.world, "kordia")
    work(EVENING)
    with pytest.raises(Refusal) as refusal:
        services.choose(standing=standing, day=THURSDAY, chosen=chosen, now=MORNING)
    assert refusal.value.code == "changed_meanwhile"
    visit = visit_of(standing)
    assert (visit.state, visit.lines.count(), placed(standing)) == (Visit.State.ASKED, 0, [])


def test_an_answer_comes_too_late_when_the_day_is_decided(she):
    standing = she.makes()
    empty(she.world, "kordia")
    work(EVENING)
    for late in (services.wait, services.choose):
        facts = {} if late is services.wait else {"chosen": {"kordia": Chosen("lapins", 89_000)}}
        with pytest.raises(Refusal) as refusal:
            late(standing=standing, day=THURSDAY, now=local(25, 16), **facts)
        assert refusal.value.code == "day_is_decided"


def test_a_skipped_day_is_not_brought_and_can_come_back(she):
    standing = she.makes()
    services.skip(standing=standing, day=THURSDAY, now=NOW)
    services.skip(standing=standing, day=THURSDAY, now=NOW)
    work(EVENING)
    assert placed(standing) == []
    services.bring(standing=standing, day=THURSDAY, now=EVENING)
    services.bring(standing=standing, day=THURSDAY, now=EVENING)
    work(EVENING)
    assert len(placed(standing)) == 1


def test_skipping_a_day_that_is_ordered_cancels_the_order_for_good(she):
    standing = she.makes()
    work(EVENING)
    services.skip(standing=standing, day=THURSDAY, now=MORNING)
    assert placed(standing)[0].state == Order.State.CANCELLED
    with pytest.raises(Refusal):
        services.bring(standing=standing, day=THURSDAY, now=MORNING)
    work(MORNING)
    assert len(placed(standing)) == 1


def test_paused_nothing_comes_and_resumed_it_goes_on(she):
    standing = she.makes(days=DAILY)
    services.pause(standing=standing, now=NOW)
    work(local(26, 17))
    assert placed(standing) == []
    services.resume(standing=standing, now=local(26, 20))
    work(local(26, 20))
    assert [each.promised_at for each in placed(standing)] == [local(27, 18)]
    assert visit_of(standing).state == Visit.State.CANCELLED


def test_ended_it_is_over_and_what_is_ordered_stays(she):
    standing = she.makes(days=DAILY)
    work(NOW)
    work(EVENING)
    services.end(standing=standing, by="client", now=EVENING)
    services.end(standing=standing, by="client", now=EVENING)
    work(local(26, 17))
    assert [each.state for each in placed(standing)] == ["confirmed", "confirmed"]
    with pytest.raises(Refusal) as refusal:
        services.resume(standing=standing, now=local(26, 18))
    assert refusal.value.code == "standing_ended"


def test_a_change_moves_the_open_days_and_leaves_the_others(she):
    standing = she.makes(days=0b001_1000)  # Thursday and Friday
    work(EVENING)
    services.skip(standing=standing, day=WEDNESDAY + timedelta(days=2), now=EVENING)
    monday = WEDNESDAY + timedelta(days=5)
    rhythm = Rhythm(0b001_1001, 9, "cash")
    services.change(standing=standing, rhythm=rhythm, bowl={"lapins": 400}, now=EVENING)
    thursday, friday = visit_of(standing), visit_of(standing, WEDNESDAY + timedelta(days=2))
    assert (thursday.state, thursday.order.promised_at) == (Visit.State.PLACED, local(25, 18))
    assert friday.state == Visit.State.SKIPPED
    assert visit_of(standing, monday).wished_at == local(29, 9)
    work(local(28, 17))
    assert bowl_of(placed(standing)[-1]) == {"lapins": 400}


def test_a_question_is_withdrawn_when_its_reason_is_changed_away(she):
    standing = she.makes()
    empty(she.world, "kordia")
    late = local(24, 22)  # in the quiet hours: the message waits for the morning
    work(late)
    assert len(she.messages("not enough")) == 1
    rhythm = Rhythm(THURSDAYS, 18, "cash")
    services.change(standing=standing, rhythm=rhythm, bowl={"rainier": 500}, now=late)
    assert she.messages("not enough") == []
    work(late)
    assert [bowl_of(each) for each in placed(standing)] == [{"rainier": 500}]


def test_by_card_the_fruit_is_kept_and_the_client_is_sent_to_pay(she, settings):
    settings.PAYMENT_VARIANTS = {"card": ("payments.dummy.DummyProvider", {})}
    standing = she.makes(pay="card")
    work(EVENING)
    (order,) = placed(standing)
    assert (order.state, order.hold_until) == ("held", local(25, 16))
    (text,) = she.messages("/pay/")
    assert order.payments.get().token in text


def test_a_worker_that_slept_through_the_evening_orders_in_the_morning(she):
    standing = she.makes()
    work(local(25, 11))
    assert [each.promised_at for each in placed(standing)] == [local(25, 18)]


def test_a_worker_that_slept_through_the_day_says_so(she):
    standing = she.makes()
    work(local(25, 17))
    assert (visit_of(standing).state, placed(standing)) == (Visit.State.OUT, [])
    assert len(she.messages("It is our fault")) == 1


def test_a_fault_with_one_day_holds_up_no_other(she, monkeypatch):
    broken, whole = she.makes(), she.makes()
    from guinda.orders.standing import placing

    real = placing.look

    def look(visit, *rest, **named):
        if visit.standing_id == broken.pk:
            raise RuntimeError
        return real(visit, *rest, **named)

    monkeypatch.setattr(placing, "look", look)
    work(EVENING)
    assert (len(placed(broken)), len(placed(whole))) == (0, 1)
    monkeypatch.undo()
    work(EVENING + timedelta(minutes=10))
    assert len(placed(broken)) == 1


@pytest.mark.parametrize(
    ("rhythm", "code"),
    [
        (Rhythm(0, 18, "cash"), "no_day"),
        (Rhythm(128, 18, "cash"), "no_day"),
        (Rhythm(1, 18, "cheque"), "no_such_payment"),
    ],
)
def test_a_rhythm_that_can_not_be_is_refused(she, rhythm, code):
    with pytest.raises(Refusal) as refusal:
        services.make(order=she.order(), key=uuid4(), client=she.client, rhythm=rhythm, now=NOW)
    assert refusal.value.code == code
    assert not StandingOrder.objects.exists()


def test_an_order_that_came_to_nothing_and_the_eleventh_are_refused(she):
    from guinda.orders.services import cancel

    order = she.order()
    cancel(order=order, reason="test", by="test", now=NOW)
    with pytest.raises(Refusal) as refusal:
        services.make(order=order, key=uuid4(), client=she.client, rhythm=Rhythm(1, 18, "cash"), now=NOW)
    assert refusal.value.code == "order_ended"
    for _ in range(services.MOST):
        she.makes(bowl={"lapins": 100})
    with pytest.raises(Refusal) as refusal:
        she.makes(bowl={"lapins": 100})
    assert refusal.value.code == "too_many_standing"
