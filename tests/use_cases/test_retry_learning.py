"""What is learnt at night, and what a decision is then advised by."""

from dataclasses import replace
from datetime import timedelta

import pytest
from dunwell.domain.holdout import HELD_OUT, is_held_out
from dunwell.domain.invoices import CollectionMethod
from dunwell.domain.payment_records import PaymentRecord
from dunwell.domain.payments import Failure
from dunwell.domain.policies import Automation, Conditions, RetryKind, RetryPolicy
from dunwell.use_cases.advice import Advice
from dunwell.use_cases.retry_learning import BACK_MAX, DAYS_MAX, RetryLearning

from sandbox.memory.payments import MemoryLessons, MemoryPayments
from tests.build import attempt, card, customer, day, eur, invoice, settings
from tests.domain.test_attribution import charge
from tests.fakes import FakeClock, FakeSettings, FakeTelling

SMART = RetryPolicy(RetryKind.SMART, holdout_percent=0)


@pytest.fixture
def night():
    return RetryLearning(
        MemoryPayments(),
        MemoryLessons(),
        FakeSettings(settings(retry=SMART)),
        FakeClock(day(40)),
        FakeTelling(),
    )


def failed_and_paid(number, first):
    """An invoice whose bank says nothing, and takes the card an hour later."""

    def record(of, at, failure):
        return PaymentRecord(
            f"in_{number}#{of}", f"cus_{number}", f"in_{number}", at, failure is None, of, "UTC", eur(4900),
            failure, card(),
        )  # fmt: skip

    return [record(0, first, Failure("do_not_honor")), record(1, first + timedelta(hours=1), None)]


def test_a_night_learns_the_days_that_are_at_rest(night):
    """Sixteen days after a failure, in a window of fourteen; the days in between are learnt in the nights
    to come."""
    assert night.run() == DAYS_MAX
    for _ in range(10):
        night.run()
    assert night.run() == 0
    assert night.lessons.newest().until == day(40 - 16).date()
    assert len(night.lessons.versions()) == BACK_MAX // timedelta(days=1) + 1
    night.clock.at = day(41)
    assert night.run() == 1


def test_the_longest_window_of_all_settings_is_waited_for(night):
    """An automation that retries for a month: what its last retries came to is heard as well."""
    patient = settings(retry=replace(SMART, window_days=31))
    automation = Automation("patient", Conditions(), patient)
    night.settings.chosen = settings(retry=SMART, automations=(automation,))
    while night.run():
        pass
    assert night.lessons.newest().until == day(40 - 33).date()


def test_what_was_learnt_changes_what_a_code_stands_for(night):
    """Ten invoices a day for forty days: promoted as soon as it predicts the held-back ones better."""
    for number in range(400):
        night.payments.add(failed_and_paid(number, day(-20 + number // 10, number % 10)))
    before = night.lessons.promoted()
    while night.run():
        pass
    learnt = night.lessons.promoted()
    assert learnt.version != before.version
    assert night.telling.counts["LessonsPromoted"] >= 1
    told = next(record for record in night.payments.records.values()).group
    assert learnt.shares("do_not_honor", told)["outage"] > 2 * before.shares("do_not_honor", told)["outage"]


def test_a_night_that_was_cut_off_is_learnt_again_to_the_same_end(night):
    """Its version was kept, its promotion was not: the next run goes on behind it."""
    for number in range(30):
        night.payments.add(failed_and_paid(number, day(10, number % 10)))
    while night.run():
        pass
    once = night.lessons.newest()
    assert once.lessons.causes != {}
    night.lessons.kept.pop(once.lessons.version)
    night.run()
    assert night.lessons.newest() == once


def test_a_decision_is_advised_by_the_smart_model(world):
    """The plan tells what was considered; the attempt carries it on, and its record keeps it."""
    world.settings.chosen = settings(retry=SMART)
    world.says(invoice(payment_method=card(issuer="411111")), charge("ch_1", day(0)))
    look = world.book.update(lambda: world.book.look("in_1"))
    planned = look.decision.planned_retry
    assert planned.foresight.by == "lessons-0"
    world.clock.at = planned.at
    assert world.retry()
    (own,) = world.own()
    assert own.foresight == planned.foresight
    assert [record.number for record in world.invoices.payments.of_customer("cus_1", 9)] == [0]


def test_who_is_held_out_is_told_so(world):
    """The even schedule, in the name of the holdout."""
    name = next(f"cus_{n}" for n in range(1000) if is_held_out(f"cus_{n}", 5))
    advice = Advice(MemoryPayments(), MemoryLessons)
    chosen = settings(retry=RetryPolicy(RetryKind.SMART))
    model = advice.on(invoice(customer_id=name), [attempt(day(0))], customer(), chosen)
    assert model.choose(chosen.retry, card(), [attempt(day(0))], day(0)).foresight.by == HELD_OUT


@pytest.mark.parametrize(
    ("facts", "attempts", "policy"),
    [
        (invoice(), [attempt(day(0))], RetryPolicy(RetryKind.EVEN)),
        (invoice(), [], SMART),
        (invoice(payment_method=None), [attempt(day(0))], SMART),
        (invoice(collection_method=CollectionMethod.SEND_INVOICE), [attempt(day(0))], SMART),
    ],
)
def test_nothing_is_read_where_no_time_has_to_be_chosen(facts, attempts, policy):
    """Another policy, nothing failed, no method, or an invoice that the customer pays."""
    advice = Advice(None, None)
    assert advice.on(facts, attempts, customer(), settings(retry=policy)).name == "even"
