"""Pay days, and what is left of the money."""

from datetime import date

import pytest
from dunwell.domain.smart_retries.pay_cycles import (
    CYCLES,
    DRAINS_DAYS,
    FIRST_HOURS,
    LEAK,
    THERE,
    Rhythm,
    gone_since,
    last_pay_day,
    last_pay_days,
    left_after,
    left_at,
    share_of,
)


@pytest.mark.parametrize(
    ("rhythm", "phase", "today", "last"),
    [
        (Rhythm.MONTHLY, 1, date(2026, 3, 1), date(2026, 3, 1)),
        (Rhythm.MONTHLY, 25, date(2026, 3, 24), date(2026, 2, 25)),
        (Rhythm.MONTHLY, 31, date(2026, 3, 1), date(2026, 2, 28)),
        (Rhythm.MONTHLY, 30, date(2026, 1, 3), date(2025, 12, 30)),
        (Rhythm.TWICE_MONTHLY, 1, date(2026, 3, 20), date(2026, 3, 16)),
        (Rhythm.TWICE_MONTHLY, 16, date(2026, 3, 2), date(2026, 2, 28)),
        (Rhythm.MONTHLY_WORKING, 1, date(2026, 2, 26), date(2026, 1, 30)),
        (Rhythm.MONTHLY_WORKING, 28, date(2026, 2, 27), date(2026, 2, 27)),
        (Rhythm.MONTHLY_WORKING, 1, date(2026, 10, 31), date(2026, 10, 30)),
        (Rhythm.TWICE_MONTHLY_WORKING, 15, date(2026, 8, 14), date(2026, 8, 14)),
        (Rhythm.WEEKLY, date(2026, 3, 6).toordinal() % 7, date(2026, 3, 12), date(2026, 3, 6)),
        (Rhythm.FORTNIGHTLY, date(2026, 3, 6).toordinal() % 14, date(2026, 3, 19), date(2026, 3, 6)),
    ],
)
def test_the_last_pay_day(rhythm, phase, today, last):
    """Short months pay on their last day; where it is a working day, before a weekend."""
    assert date.fromordinal(last_pay_day(rhythm, phase, today.toordinal())) == last


def test_all_cycles_at_once_agree_with_each():
    """In the order of CYCLES."""
    today = date(2026, 3, 12).toordinal()
    one_by_one = tuple(last_pay_day(cycle.rhythm, cycle.phase, today) for cycle in CYCLES)
    assert last_pay_days(today) == one_by_one


def test_what_is_left_is_known_on_every_day():
    """Of four years, for every cycle, to the end of the day: no pay day is longer ago than the table
    reaches."""
    for today in range(date(2024, 1, 1).toordinal(), date(2028, 1, 1).toordinal()):
        assert all(LEAK <= left <= THERE for left in left_at(today + 0.99))
        assert all(pay <= today for pay in last_pay_days(today))


def test_what_is_left_agrees_with_each_cycle():
    """To within the table's steps."""
    at = date(2026, 3, 12).toordinal() + 0.5625
    for cycle, left, pay in zip(CYCLES, left_at(at), last_pay_days(int(at)), strict=True):
        assert left == pytest.approx(left_after(at - pay, cycle.drain_days))


def test_an_income_of_this_morning_may_still_be_to_come():
    """A decline before it is booked says that the money before it was gone."""
    at = date(2026, 3, 12).toordinal() + FIRST_HOURS - 0.01
    assert gone_since(at) == last_pay_days(int(at) - 1)
    assert gone_since(at + 0.02) == last_pay_days(int(at))


@pytest.mark.parametrize("drain", DRAINS_DAYS)
def test_money_is_booked_in_the_first_hours_and_then_drains(drain):
    """It is there at first nearly for sure, and never quite gone."""
    after = [left_after(days, drain) for days in (FIRST_HOURS, 1, 3, 9, 30)]
    assert left_after(0.0, drain) < after[0] <= THERE
    assert after == sorted(after, reverse=True)
    assert after[-1] >= LEAK


def test_the_cycles_are_all_there_is_with_a_rhythm():
    """Their shares add up to 1."""
    assert sum(map(share_of, CYCLES)) == pytest.approx(1.0)
