"""What runs come to, on numbers made by hand."""

from math import log

import pytest

from sandbox.recovery.driver import Outcome
from sandbox.recovery.scores import calibration, capture, capture_interval, captures_by_tenth, score
from sandbox.recovery.tallies import Run, Tally, by_bins, by_tenths
from tests.recovery.build_worlds import DAY, NOON


def made(world, seed, amount_recovered, informed, policy="p", **more):
    sums = {
        "invoices": 10,
        "amount_due": 1000,
        "amount_recovered": amount_recovered,
        "amount_informed": informed,
    }
    counts = {"recovered": 5, "attempts": 20, "days_to_recovery": 15.0, "violations": 1}
    ledger = {**sums, **counts, **more}
    return Run(world, seed, policy, Tally(ledger))


REFERENCE = [made("a", 1, 100, 500), made("b", 1, 200, 300), made("a", 2, 100, 200), made("b", 2, 200, 200)]
OURS = [made("a", 1, 300, 500), made("b", 1, 300, 300), made("a", 2, 100, 200), made("b", 2, 150, 200)]


def test_capture_is_a_ratio_of_sums():
    """(200 + 100 + 0 - 50) of (400 + 100 + 100 + 0), never a mean of ratios."""
    assert capture(OURS, REFERENCE) == pytest.approx(250 / 600)
    assert capture(REFERENCE, REFERENCE) == 0


def test_without_a_gap_there_is_no_capture():
    """Nothing is divided by nothing."""
    flat = [made("a", 1, 100, 100)]
    assert capture(flat, flat) is None
    assert capture_interval(flat * 2, flat) == (None, None)


def test_seeds_are_resampled_jointly_across_worlds():
    """With two seeds a resample has one of three captures: the seeds' own, 300/500 and -50/100, or both's."""
    low, high = capture_interval(OURS, REFERENCE)
    assert low == pytest.approx(-50 / 100)
    assert high == pytest.approx(300 / 500)


def test_one_seed_has_no_interval():
    """One number says nothing of how it would vary."""
    assert capture_interval(OURS[:2], REFERENCE) == (None, None)


def test_an_interval_is_the_same_each_time():
    """Its resamples are drawn from a fixed seed."""
    assert capture_interval(OURS, REFERENCE) == capture_interval(OURS, REFERENCE)


def test_a_row_sums_ledgers_before_it_divides():
    """Shares of what was due, costs of 15 minor units an attempt."""
    row = score("p", OURS, REFERENCE)
    assert row.recovered_share == 850 / 4000
    assert row.net_value == (850 - 15 * 80) / 4000
    assert row.attempts_per_recovered == 80 / 20
    assert row.mean_days == 60 / 20
    assert row.violations == 4
    assert row.attempts_per_invoice == 80 / 40
    assert row.calibration is None


def test_nothing_recovered_has_no_mean():
    """None, not a zero that looks good."""
    row = score("p", [made("a", 1, 0, 5, recovered=0, days_to_recovery=0.0)], [made("a", 1, 0, 5)])
    assert row.attempts_per_recovered is None
    assert row.mean_days is None


def test_calibration_is_over_bins_of_equal_width():
    """0.2 and 0.25 share one bin, 0.9 has its own."""
    found = calibration([by_bins([(0.2, False), (0.25, True), (0.9, True)])])
    assert found.attempts == 3
    assert found.log_loss == pytest.approx(-(log(0.8) + log(0.25) + log(0.9)) / 3)
    assert found.brier == pytest.approx((0.04 + 0.5625 + 0.01) / 3)
    assert found.calibration_error == pytest.approx((abs(0.45 - 1) + abs(0.9 - 1)) / 3)


def test_bins_of_several_runs_are_added_before_they_are_compared():
    """One run's errors may make up for another's within a bin, as if all attempts were of one run."""
    apart = [by_bins([(0.5, True)]), by_bins([(0.5, False), (0.7, True)])]
    assert calibration(apart) == calibration([by_bins([(0.5, True), (0.5, False), (0.7, True)])])
    assert calibration(apart).calibration_error == pytest.approx(0.3 / 3)


def test_a_sure_prediction_that_fails_costs_much_but_not_endlessly():
    """Probabilities are clipped for the logarithm."""
    assert 10 < calibration([by_bins([(1.0, False)])]).log_loss < 20
    assert calibration([by_bins([(0.0, False)])]).log_loss < 0.001
    assert by_bins([]) == ()


def recovered(recovered_from, informed=True, count=20):
    """A run of twenty invoices on twenty days, listed backwards; recovered from a day on."""
    days = reversed(range(count))
    outcomes = [Outcome(NOON + n * DAY, 100, recovered=n >= recovered_from, informed=informed) for n in days]
    return [Run("a", 1, "p", Tally({}, by_tenths(outcomes)))]


def test_captures_by_tenth_follow_time():
    """The first tenth holds the first failures, however they are listed."""
    assert captures_by_tenth(recovered(10), recovered(20)) == [0.0] * 5 + [1.0] * 5
    assert captures_by_tenth([], recovered(20)) == [None] * 10


def test_runs_of_different_invoices_are_not_compared():
    """A world that draws otherwise for another policy breaks its promise."""
    with pytest.raises(ValueError, match="not every policy met the same invoices"):
        captures_by_tenth(recovered(10), recovered(20, count=19))


def test_a_tenth_of_nothing_says_nothing_of_the_informed():
    """Fewer than ten invoices leave some empty."""
    assert [tenth.informed for tenth in recovered(0, count=3)[0].tally.tenths if tenth.invoices == 0] == [
        None
    ] * 7


@pytest.mark.parametrize("informed", [None, False])
def test_where_nobody_tells_what_can_be_recovered_there_is_no_capture(informed):
    """Or where nothing can."""
    runs = recovered(20, informed)
    assert captures_by_tenth(runs, runs) == [None] * 10
