from datetime import timedelta
from itertools import pairwise

import pytest
from dunwell.domain.deliveries import (
    REST_MAX,
    TRIED_AGAIN_AFTER,
    TRIED_FOR,
    Delivery,
    Health,
    delivery_id,
)

from tests.build import day

BEGUN = Delivery("billing-app", "in_1:1", day(0))


def tried_until_given_up():
    """Every try's time, hours after the first one, and what became of the delivery."""
    delivery, now, tries = BEGUN, day(0), []
    while not delivery.is_given_up:
        tries.append((now - day(0)) / timedelta(hours=1))
        delivery = delivery.after_failure("it answered 500", now)
        now = delivery.due_at or now
    return tries, delivery


def test_a_delivery_is_tried_for_three_days_further_and_further_apart():
    """A minute, five, half an hour, two hours, then every six: the last try falls on the third day."""
    tries, delivery = tried_until_given_up()
    assert [round(at, 2) for at in tries[:6]] == [0, 0.02, 0.1, 0.6, 2.6, 8.6]
    assert {round(later - at, 2) for at, later in pairwise(tries[4:])} == {6}
    assert 66 < tries[-1] <= 72
    assert (delivery.tries, delivery.due_at, delivery.problem) == (len(tries), None, "it answered 500")


def test_a_try_right_at_the_end_of_three_days_is_still_planned():
    """And none after it."""
    late = day(3) - TRIED_AGAIN_AFTER[-1]
    tried = Delivery("billing-app", "in_1:1", day(0), tries=9)
    assert tried.after_failure("x", late).due_at == day(0) + TRIED_FOR
    assert tried.after_failure("x", late + timedelta(seconds=1)).is_given_up


def test_an_endpoint_that_says_never_is_not_asked_again():
    """Whatever time is left."""
    gone = BEGUN.refused_for_good("it answered 410")
    assert (gone.is_given_up, gone.tries, gone.problem) == (True, 1, "it answered 410")
    later = BEGUN.after_failure("it answered 503", day(0)).refused_for_good("it answered 410")
    assert (later.is_given_up, later.tries) == (True, 2)
    assert not BEGUN.is_given_up, "what was never tried waits for its first try"


def test_two_failures_are_chance_and_three_are_a_rest():
    """One minute, then twice as long each time, up to a quarter of an hour."""
    health, rests = Health(), []
    for _ in range(9):
        now = health.rests_until or day(0)
        health = health.after_failure(now)
        rests.append((health.rests_until - now) / timedelta(minutes=1) if health.rests_until else None)
    assert rests == [None, None, 1, 2, 4, 8, 16, 16, 16]
    assert (health.failures, health.failing_since) == (9, day(0))


def test_a_rest_never_grows_beyond_its_longest():
    """Not even in a number of failures that no power of two survives."""
    health = Health(10_000, day(0))
    assert health.after_failure(day(1)).rests_until == day(1) + REST_MAX


def test_an_endpoint_rests_until_its_rest_is_over():
    """What fails meanwhile was under way before, and prolongs nothing."""
    resting = Health(3, day(0), day(1))
    assert (resting.rests(day(0.5)), resting.rests(day(1)), Health().rests(day(1))) == (True, False, False)
    assert resting.after_failure(day(0.5)) == resting
    assert resting.after_failure(day(1)).failures == 4


@pytest.mark.parametrize(("now", "due_at"), [(day(0), day(1)), (day(2), day(2))])
def test_what_waits_for_a_rest_was_not_tried(now, due_at):
    """It is due when the rest is over, or at once where that has passed."""
    waits = BEGUN.waiting_for(Health(3, day(0), day(1)), now)
    assert (waits.due_at, waits.tries, waits.is_given_up) == (due_at, 0, False)


def test_what_waited_for_three_days_has_waited_long_enough():
    """To the second."""
    resting = Health(3, day(0), day(9))
    assert BEGUN.waiting_for(resting, day(3)).due_at == day(9)
    given_up = BEGUN.waiting_for(resting, day(3) + timedelta(seconds=1))
    assert (given_up.is_given_up, given_up.due_at, given_up.tries) == (True, None, 0)


def test_a_delivery_is_named_after_its_endpoint_and_its_event():
    """`/` stands in no endpoint's name."""
    assert delivery_id("billing-app", "in_1:1") == "billing-app/in_1:1"
