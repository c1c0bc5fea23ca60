"""Banks that lock a card after a decline."""

import pytest
from dunwell.domain.smart_retries.locks import GAPS_HOURS, Locks, bucket_of_gap, locks_seen, trail_of

MANY = [100.0] * (len(GAPS_HOURS) + 1)
DAY_LONG = Locks(0.6, (1.0, 1.0, 1.0, *(0.0,) * 6))


def test_without_counts_hardly_any_lock_is_expected():
    """What nobody has seen is likely at most as it is usual, and less the longer it would last."""
    locks = locks_seen([0.0] * 9, [0.0] * 9)
    assert 0.1 < locks.trigger < 0.3
    assert list(locks.lasting) == sorted(locks.lasting, reverse=True)


def test_success_at_every_gap_speaks_against_locks():
    """As many as were expected."""
    assert locks_seen(MANY, MANY) == Locks()


def test_failures_after_short_gaps_speak_for_locks():
    """Four in ten of the successes that were expected within 30 hours, all of them later."""
    seen = [40.0 if bucket < 4 else 100.0 for bucket in range(9)]
    locks = locks_seen(MANY, seen)
    assert locks.trigger == pytest.approx(0.6, abs=0.05)
    assert locks.after(1.2) > 0.9
    assert locks.after(3.5) < 0.1


def test_a_bank_where_less_succeeds_at_any_gap_locks_nothing():
    """It is worse, but waiting does not help."""
    assert locks_seen(MANY, [75.0] * 9).trigger < 0.15


@pytest.mark.parametrize(("days", "bucket"), [(0.0, 0), (0.25, 1), (1.0, 3), (4.2, 7), (4.25, 8), (40.0, 8)])
def test_gaps_are_counted_in_buckets(days, bucket):
    """The end of one begins the next."""
    assert bucket_of_gap(days) == bucket


def test_a_decline_in_a_lock_begins_it_anew():
    """Probably locked since the first decline; after another one within the lock more surely so, and less
    surely after one long behind it."""
    once = trail_of(DAY_LONG, [0.0], ["insufficient_funds"])
    again = trail_of(DAY_LONG, [0.0, 0.5], ["insufficient_funds"] * 2)
    later = trail_of(DAY_LONG, [0.0, 5.0], ["insufficient_funds"] * 2)
    assert once.locked == 0.6
    assert (again.stopped[1], later.stopped[1]) == (0.6, 0.0)
    assert again.locked > later.locked == 0.6
    assert (once.hidden, later.hidden) == ((0.0,), (0.0, 0.0))


def test_a_code_tells_of_a_lock():
    """Limits of speed speak for it, an empty account against it."""
    limits = trail_of(DAY_LONG, [0.0, 0.5], ["do_not_honor", "card_velocity_exceeded"])
    money = trail_of(DAY_LONG, [0.0, 0.5], ["do_not_honor", "insufficient_funds"])
    untold = trail_of(DAY_LONG, [0.0, 0.5], ["do_not_honor", None])
    assert limits.hidden[1] > untold.hidden[1] > money.hidden[1]


def test_a_payment_ends_the_trail():
    """It was stopped by nothing, and hides nothing."""
    paid = trail_of(DAY_LONG, [0.0, 0.5], ["do_not_honor"])
    assert (paid.stopped, paid.hidden) == ((0.0, 0.6), (0.0,))
