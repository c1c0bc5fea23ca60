import random

import pytest
from dunwell.domain.lift import BUCKETS_MIN, FAILED_MIN, Arm, Compared, Lift, lift_of


def arm(recovered_of_ten, buckets=20):
    """Buckets of ten invoices each, of which so many are recovered, turn by turn one more and one less."""
    failed = dict.fromkeys(range(buckets), 10)
    recovered = {n: recovered_of_ten + (1 if n % 2 else -1) for n in range(buckets)}
    return Arm(failed, recovered, 10 * buckets)


def test_the_lift_is_the_difference_of_what_is_recovered():
    """7 of ten against 5: 20 points, give or take what the buckets differ by."""
    lift = lift_of([Compared(arm(7), arm(5))])
    assert lift.difference == pytest.approx(0.2)
    # each arm: 20/19 buckets' squares of 1 over 200 invoices squared
    side = 1.959964 * (2 * 20 / 19 * 20 / 200**2) ** 0.5
    assert (lift.low, lift.high) == (pytest.approx(0.2 - side), pytest.approx(0.2 + side))
    assert lift.is_certain


def test_a_difference_that_chance_makes_is_not_certain():
    """To either side; a loss can be as certain as a gain."""
    assert not lift_of([Compared(arm(5), arm(5))]).is_certain
    assert lift_of([Compared(arm(5), arm(7))]).is_certain
    assert not Lift(0.6, 0.5).is_certain


@pytest.mark.parametrize(
    ("smart", "holdout"),
    [
        (arm(7), arm(5, BUCKETS_MIN - 1)),
        (arm(7, BUCKETS_MIN - 1), arm(5)),
        (arm(7), Arm(dict.fromkeys(range(20), 1), {}, FAILED_MIN - 1)),
    ],
)
def test_of_too_little_nothing_is_claimed(smart, holdout):
    """A difference is told, and no interval."""
    lift = lift_of([Compared(smart, holdout)])
    assert (lift.difference, lift.low, lift.high) == (pytest.approx(smart.share - holdout.share), None, None)


def test_an_empty_arm_is_compared_with_nothing():
    """Nobody was held out."""
    assert lift_of([Compared(arm(7), Arm({}, {}, 0))]) == lift_of([]) == Lift(0.0, 0.0)


def test_a_change_of_the_held_out_share_is_no_lift():
    """A few held out while four of ten are recovered in both arms, half of them while eight are: pooled, the
    holdout would seem twice as good."""
    few, half = Compared(arm(4, 96), arm(4, 10)), Compared(arm(8, 50), arm(8, 50))
    lift = lift_of([few, half])
    assert lift.difference == pytest.approx(0.0)
    assert not lift.is_certain


def test_strata_weigh_by_what_they_tell():
    """90 · 10 / 100 and 50 · 50 / 100 buckets of ten; one too small for an interval is left out."""
    strata = [Compared(arm(6, 90), arm(4, 10)), Compared(arm(6, 50), arm(5, 50))]
    lift = lift_of([*strata, Compared(arm(9, 50), arm(1, 2))])
    assert lift.difference == pytest.approx((0.2 * 9 + 0.1 * 25) / 34)
    variances = [one.smart.variance + one.holdout.variance for one in strata]
    side = 1.959964 * (9**2 * variances[0] + 25**2 * variances[1]) ** 0.5 / 34
    assert (lift.low, lift.high) == (
        pytest.approx(lift.difference - side), pytest.approx(lift.difference + side),
    )  # fmt: skip


def test_just_enough_is_enough():
    """Ten buckets and thirty invoices; a bucket in which nothing failed is none."""
    few = Arm({**dict.fromkeys(range(BUCKETS_MIN), 3), 99: 0}, dict.fromkeys(range(5), 3), FAILED_MIN)
    assert lift_of([Compared(few, few)]).low is not None
    assert not Arm({**dict.fromkeys(range(BUCKETS_MIN - 1), 4), 99: 0}, {}, FAILED_MIN + 9).is_enough


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """Of 400 worlds in which customers differ and have several invoices each, 19 of 20 or so."""
    draw, covered = random.Random(7), 0  # noqa: S311 - a world of its own
    for _ in range(400):
        covered += abs_within(lift_of([Compared(world(draw, 0.6, 900), world(draw, 0.5, 120))]), 0.1)
    assert 0.92 <= covered / 400 <= 0.98


def world(draw, share, customers):
    """Customers who pay well or badly, with one to four failed invoices each, in a hundred buckets."""
    failed, recovered, invoices = {}, {}, 0
    for _ in range(customers):
        bucket, mine = draw.randrange(100), min(1, max(0, draw.gauss(share, 0.25)))
        for _ in range(draw.choice((1, 1, 2, 4))):
            invoices += 1
            failed[bucket] = failed.get(bucket, 0) + 1
            recovered[bucket] = recovered.get(bucket, 0) + (draw.random() < mine)
    return Arm(failed, recovered, invoices)


def abs_within(lift, truth):
    return lift.low <= truth <= lift.high
