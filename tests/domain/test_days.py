from datetime import UTC, date, datetime

import pytest
from dunwell.domain.days import at_local, is_zone, local_date, next_within_hours

BERLIN = "Europe/Berlin"


def test_a_day_is_the_zones_own():
    """Late in the evening UTC it is tomorrow in Tokyo and still today in Los Angeles."""
    instant = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert local_date(instant, "Asia/Tokyo") == date(2026, 3, 3)
    assert local_date(instant, "America/Los_Angeles") == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (date(2026, 3, 28), 2, datetime(2026, 3, 28, 1, tzinfo=UTC)),
        (
            date(2026, 3, 29),
            2,
            datetime(2026, 3, 29, 1, tzinfo=UTC),
        ),  # 02:00 does not exist: 03:00 summer time
        (date(2026, 3, 29), 9, datetime(2026, 3, 29, 7, tzinfo=UTC)),
        (date(2026, 10, 25), 2, datetime(2026, 10, 25, 0, tzinfo=UTC)),  # 02:00 comes twice: the first
        (date(2026, 10, 25), 9, datetime(2026, 10, 25, 8, tzinfo=UTC)),
    ],
)
def test_local_hours_hold_through_changes_of_the_clock(day, hour, expected):
    """Nine in the morning stays nine in the morning on days with 23 and 25 hours; instants are UTC."""
    assert at_local(day, hour, BERLIN) == expected
    assert at_local(day, hour, BERLIN).tzinfo is UTC


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-03-02T05:00+00:00", "2026-03-02T08:00+00:00"),  # before nine
        ("2026-03-02T10:00+00:00", "2026-03-02T10:00+00:00"),  # within
        ("2026-03-02T17:00+00:00", "2026-03-03T08:00+00:00"),  # at eighteen it is over
        ("2026-03-28T20:00+00:00", "2026-03-29T07:00+00:00"),  # over the spring change
    ],
)
def test_what_may_not_leave_now_leaves_at_the_next_opening(instant, expected):
    """Nine to eighteen o'clock in Berlin."""
    found = next_within_hours(datetime.fromisoformat(instant), 9, 18, BERLIN)
    assert found == datetime.fromisoformat(expected)


def test_a_whole_day_is_always_open():
    """From 0 to 24 o'clock nothing waits."""
    instant = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
    assert next_within_hours(instant, 0, 24, BERLIN) == instant


@pytest.mark.parametrize(
    ("name", "known"), [(BERLIN, True), ("UTC", True), ("Mars/Base", False), ("", False), ("../x", False)]
)
def test_a_zone_is_one_that_the_tz_database_knows(name, known):
    """Anything else is no zone, and no error either."""
    assert is_zone(name) is known
