"""The driver merges events and retries in time order."""

from datetime import timedelta

import pytest

from sandbox.recovery.catalogue import load_world, policy_factory, world_path
from sandbox.recovery.driver import run
from tests.recovery.build_worlds import DAY, NOON, ListedWorld, Listening, event

HOUR = timedelta(hours=1)
UPDATED = "payment_method.automatically_updated"


def test_a_policy_never_sees_the_future():
    """All that it is told and asked comes in time order."""
    listed = [event(NOON), event(NOON + DAY, "invoice.paid", "in_2"), event(NOON + 3 * DAY, invoice="in_3")]
    policy = Listening([NOON + 2 * DAY, NOON + 4 * DAY, NOON + 5 * DAY])
    run(ListedWorld(listed), policy)
    assert policy.heard == sorted(policy.heard, key=lambda told: told[0])
    assert (NOON + 2 * DAY, "attempt") in policy.heard


def test_in_a_whole_world_time_goes_forward_only():
    """An own world's stream and a policy's retries are one line of time."""
    world = load_world(world_path("everything"))(3, 20)
    policy, seen = policy_factory("even 8")(8, world.window), []
    observe, attempted = policy.observe, policy.observe_attempt
    policy.observe = lambda heard: (seen.append(heard["at"]), observe(heard))
    policy.observe_attempt = lambda *told: (seen.append(told[1]), attempted(*told))
    run(world, policy)
    assert seen == sorted(seen)


def test_at_a_tie_the_event_is_heard_first():
    """A retry at the instant of an event knows of it."""
    policy = Listening([NOON + DAY])
    run(ListedWorld([event(NOON), event(NOON + DAY, "invoice.paid", "in_2")]), policy)
    told = [kind for at, kind in policy.heard if at == NOON + DAY]
    assert told == ["invoice.paid", "attempt", "plan"]


def test_a_new_card_lets_an_invoice_be_planned_again():
    """The new plan takes the old one's place."""
    policy = Listening([NOON + 9 * DAY, NOON + 2 * DAY], replans=("in_1", "in_unknown"))
    world = ListedWorld([event(NOON), event(NOON + DAY, UPDATED)])
    run(world, policy)
    assert world.attempts == [("in_1", NOON + 2 * DAY)]


def test_an_invoice_without_a_plan_can_be_planned_when_a_card_is_replaced():
    """None is no end."""
    policy = Listening([None, NOON + 2 * DAY], replans=("in_1",))
    world = ListedWorld([event(NOON), event(NOON + DAY, UPDATED)])
    run(world, policy)
    assert world.attempts == [("in_1", NOON + 2 * DAY)]


def test_a_paid_invoice_is_not_retried():
    """After success nothing is planned."""
    policy = Listening([NOON + DAY, NOON + 2 * DAY], replans=("in_1",))
    world = ListedWorld([event(NOON), event(NOON + 36 * HOUR, UPDATED)], passes_from=NOON)
    record = run(world, policy)
    assert world.attempts == [("in_1", NOON + DAY)]
    assert [outcome.recovered for outcome in record.outcomes] == [True]


def test_a_plan_in_the_past_is_the_policys_fault():
    """It is told, not mended."""
    with pytest.raises(ValueError, match="before"):
        run(ListedWorld([event(NOON)]), Listening([NOON - HOUR]))


def test_a_refused_retry_ends_an_invoice():
    """The policy is not asked again and again."""
    world = load_world(world_path("no_pay_days"))(1, 5)
    policy = policy_factory("fixed 20-21-22")(8, 30 * DAY)
    ledger = run(world, policy).ledger
    assert ledger["attempts"] == 0
    assert ledger["violations"] == ledger["invoices"]


def test_predictions_are_of_scored_invoices_only():
    """Warm-up is retried but not judged."""
    policy = Listening([NOON - 2 * DAY, NOON + 2 * DAY])
    policy.predicted = lambda invoice, at: 0.25
    warm, scored = event(NOON - 3 * DAY, invoice="in_0"), event(NOON)
    policy.planned = [NOON - 2 * DAY, None, NOON + 2 * DAY]
    record = run(ListedWorld([warm, scored]), policy)
    assert record.predictions == [(0.25, False)]
    assert [outcome.opened_at for outcome in record.outcomes] == [NOON]
