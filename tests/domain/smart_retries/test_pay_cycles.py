"""Pay days, and what is left of the money."""

from datetime import date

import pytest
from dunwell.domain.smart_retries.pay_cycles import (
    CYCLES,
    DRAINS_DAYS,
    LEAK,
    LEFT,
    LEFT_STEPS,
    RHYTHM_PHASES,
    THERE,
    Rhythm,
    last_pay_day,
    last_pay_days,
    left_after,
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
        (Rhythm.WEEKLY, date(2026, 3, 6).toordinal() % 7, date(2026, 3, 12), date(2026, 3, 6)),
        (Rhythm.FORTNIGHTLY, date(2026, 3, 6).toordinal() % 14, date(2026, 3, 19), date(2026, 3, 6)),
    ],
)
def test_the_last_pay_day(rhythm, phase, today, last):
    """Short months pay on their last day."""
    assert date.fromordinal(last_pay_day(rhythm, phase, today.toordinal())) == last


def test_all_rhythms_at_once_agree_with_each():
    """In the order of RHYTHM_PHASES."""
    today = date(2026, 3, 12).toordinal()
    one_by_one = tuple(last_pay_day(rhythm, phase, today) for rhythm, phase in RHYTHM_PHASES)
    assert last_pay_days(today) == one_by_one


def test_a_pay_day_is_never_longer_ago_than_the_table_reaches():
    """On no day of four years, for no cycle."""
    for today in range(date(2024, 1, 1).toordinal(), date(2028, 1, 1).toordinal()):
        assert all(0 <= today + 1 - pay < len(LEFT[2.5]) / LEFT_STEPS for pay in last_pay_days(today))


@pytest.mark.parametrize("drain", DRAINS_DAYS)
def test_money_is_booked_in_the_first_hours_and_then_drains(drain):
    """It is there at first nearly for sure, and never quite gone."""
    after = [left_after(days, drain) for days in (0.3, 1, 3, 9, 30)]
    assert left_after(0.0, drain) < after[0] <= THERE
    assert after == sorted(after, reverse=True)
    assert after[-1] >= LEAK


def test_the_cycles_are_all_there_is_with_a_rhythm():
    """Their shares add up to 1."""
    assert sum(map(share_of, CYCLES)) == pytest.approx(1.0)
