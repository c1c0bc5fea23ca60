"""Invoices whose window is over."""

from dataclasses import replace
from datetime import timedelta

from dunwell.domain.history import History
from dunwell.domain.payments import Considered, Foresight, Origin
from dunwell.domain.policies import RetryKind, RetryPolicy
from dunwell.domain.smart_retries.at_rest import at_rest, at_rest_after
from dunwell.domain.smart_retries.model import Room
from dunwell.domain.smart_retries.posterior import Case, Decline
from dunwell.domain.smart_retries.signals import signals_of

from tests.build import card, day
from tests.domain.test_payment_records import record

SMART = RetryPolicy(RetryKind.SMART)


def test_a_case_is_an_invoice_that_failed_at_first():
    """With its retries; an invoice that was paid at once, or is not known, is none."""
    own = [record(0, day(0)), record(1, day(2)), record(2, day(4), paid=True)]
    found = at_rest("in_1", own, [], SMART)
    case = found.case
    assert ([decline.at for decline in case.declines], case.paid_at) == ([day(0), day(2)], day(4))
    assert at_rest("in_1", own[:1], [], SMART).case.paid_at is None
    assert at_rest("in_1", [record(0, day(0), paid=True)], [], SMART) is None
    assert at_rest("in_2", own, [], SMART) is None
    assert own[0].is_first
    assert not own[1].is_first


def test_what_was_considered_for_the_first_retry_comes_to_rest_with_it():
    """Within the room that the policy gave it; nothing where a rule alone chose."""
    considered = (Considered(day(2), 0.4, 0.7), Considered(day(4), 0.3, 0.3))
    chosen = replace(record(1, day(2)), foresight=Foresight("lessons-0", considered))
    found = at_rest("in_1", [record(0, day(0)), chosen], [], SMART)
    assert found.considered == considered
    assert found.room == Room(day(0, 1), day(14), 8)
    assert at_rest("in_1", [record(0, day(0)), record(1, day(2))], [], SMART).considered == ()


def test_a_retry_at_another_time_than_was_drawn_tells_nothing_of_the_draw():
    """A network's window moved it; a few minutes in a queue do not."""
    considered = (Considered(day(2), 0.4, 0.7), Considered(day(4), 0.3, 0.3))
    for made_at, kept in ((day(2, 0.2), considered), (day(3), ())):
        chosen = replace(record(1, made_at), foresight=Foresight("lessons-0", considered))
        assert at_rest("in_1", [record(0, day(0)), chosen], [], SMART).considered == kept


def test_what_the_payer_paid_is_no_retry():
    """Nor is what happened on another card: the case ends before it."""
    failed, retried = record(0, day(0)), record(1, day(2))
    paid = replace(record(2, day(3), paid=True), origin=Origin.PAYER)
    other = replace(record(2, day(3), paid=True), method=card(id="pm_2", fingerprint="other"))
    for last in (paid, other):
        found = at_rest("in_1", [failed, retried, last], [], SMART).case
        assert (len(found.declines), found.paid_at) == (2, None)
    untold = replace(record(2, day(3), paid=True), method=None)
    assert at_rest("in_1", [failed, retried, untold], [], SMART).case.paid_at == day(3)


def test_a_case_holds_all_that_was_known_at_its_first_failure():
    """What was declined and why, the customer's record before it, the bank's other cards, the signals."""
    before = record(0, day(-9), paid=True, invoice_id="in_0")
    own = [before, record(0, day(0)), record(1, day(2))]
    other = record(0, day(0, -1), customer_id="cus_2", invoice_id="in_9")
    found = at_rest("in_1", own, [other], SMART)
    first = own[1]
    assert found.invoice_id == "in_1"
    assert found.case == Case(
        (Decline(day(0), first.failure), Decline(day(2), own[2].failure)),
        History((before.past,), (other.past,), first.group),
        first.zone,
        None,
        signals_of(first.method, first.amount, first.at),
    )
    assert found.case.signals


def test_a_retry_an_hour_from_its_draw_is_still_the_one_that_was_drawn():
    """Not a second more."""
    considered = (Considered(day(2), 0.4, 0.7),)
    for late, kept in ((timedelta(hours=1), considered), (timedelta(hours=1, seconds=1), ())):
        chosen = replace(record(1, day(2) + late), foresight=Foresight("lessons-0", considered))
        assert at_rest("in_1", [record(0, day(0)), chosen], [], SMART).considered == kept


def test_a_custom_rule_rests_when_its_last_day_is_over():
    """Two days after it, as after a window."""
    custom = RetryPolicy(RetryKind.CUSTOM, window_days=14, days_after_previous=(3, 20, 7))
    assert at_rest_after(custom) == timedelta(days=32)
    assert at_rest_after(SMART) == timedelta(days=16)
