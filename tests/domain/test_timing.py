import pytest
from dunwell.domain.policies import RetryKind, RetryPolicy
from dunwell.domain.timing import EvenSpread, even_days

from tests.build import attempt, card, day, own_attempt

POLICY = RetryPolicy()


@pytest.mark.parametrize(
    ("retries", "window", "days"),
    [
        (8, 14, [2, 4, 5, 7, 9, 11, 12, 14]),
        (4, 14, [4, 7, 11, 14]),
        (1, 7, [7]),
        (3, 21, [7, 14, 21]),
        (8, 60, [8, 15, 23, 30, 38, 45, 53, 60]),
    ],
)
def test_retries_are_spread_evenly_over_the_window(retries, window, days):
    """On whole days; half days round up."""
    assert even_days(retries, window) == days


def test_each_retry_comes_at_the_hour_of_the_first_failure():
    """Retry k on the k-th of the days."""
    model, series = EvenSpread(), [attempt(day(0, 1))]
    for number, expected in enumerate((2, 4, 5, 7, 9, 11, 12, 14), 1):
        choice = model.choose(POLICY, card(), series, day(0))
        assert choice is not None
        assert choice.at == day(expected, 1)
        assert f"retry {number} of 8" in choice.reason
        series.append(own_attempt(number, choice.at))
    assert model.choose(POLICY, card(), series, day(14)) is None


def test_a_late_retry_pushes_the_next_one_a_day_away():
    """After an outage two retries never fall together."""
    series = [attempt(day(0)), own_attempt(1, day(3, 20))]
    choice = EvenSpread().choose(POLICY, card(), series, day(3, 20))
    assert choice is not None
    assert choice.at == day(4, 20)


def test_nothing_is_planned_beyond_the_window():
    """The last slot is taken by a retry that was more than a day late."""
    series = [attempt(day(0)), *(own_attempt(n, day(14, n)) for n in range(1, 8))]
    assert EvenSpread().choose(POLICY, card(), series, day(14, 8)) is None
    just_in_time = [*series[:-1], own_attempt(7, day(14))]
    assert EvenSpread().choose(POLICY, card(), just_in_time, day(14)).at == day(15)


def test_the_last_retry_is_not_lost_by_seconds():
    """Each is made a little late, and the last two lie a day apart."""
    daily = RetryPolicy(retries=7, window_days=7)
    series = [attempt(day(0)), *(own_attempt(n, day(n, 0.02)) for n in range(1, 7))]
    choice = EvenSpread().choose(daily, card(), series, day(6, 1))
    assert choice is not None
    assert choice.at == day(7, 0.02)


def test_a_policy_names_itself_and_its_number_of_retries():
    """As reasons and plans cite it."""
    custom = RetryPolicy(RetryKind.CUSTOM, days_after_previous=(3, 5, 7))
    assert (custom.retries_max, custom.name) == (3, "custom 3-5-7")
    assert (RetryPolicy(RetryKind.OFF).retries_max, RetryPolicy(RetryKind.OFF).name) == (0, "off")
    assert (POLICY.retries_max, POLICY.name) == (8, "smart 8 in 14 days")
