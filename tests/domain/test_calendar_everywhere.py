"""Days and hours in every IANA zone, on every day from 2024 to 2037.

The everyday run takes a sample of days and every change of the clock; `make fuzz` takes all days.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dunwell.domain.customers import reminder_date
from dunwell.domain.days import at_local, is_zone, local_date, next_within_hours
from dunwell.domain.policies import MessagePolicy
from dunwell.domain.wanted import wanted_messages
from hypothesis import given
from hypothesis import strategies as st

from tests.build import customer, sent_invoice, settings

FIRST, LAST = date(2024, 1, 1), date(2037, 12, 31)
ZONES = sorted(available_timezones())
AREAS = sorted({zone.split("/")[0] if "/" in zone else "others" for zone in ZONES})
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
HOURS = [0, 9, 18, 23]
WINDOWS = [(9, 18), (0, 24), (0, 1), (1, 2), (2, 3), (3, 4), (22, 23), (23, 24)]

days = st.dates(FIRST, LAST)
zones = st.sampled_from(ZONES)


def every_day() -> Iterator[date]:
    return map(date.fromordinal, range(FIRST.toordinal(), LAST.toordinal() + 1))


@cache
def changes(zone: str) -> list[date]:
    """The local days on which a zone's clock is changed: those that have not 24 hours."""
    found, first = [], FIRST
    while first <= LAST:
        last = min(first + 13 * DAY, LAST)
        if at_local(last + DAY, 0, zone) - at_local(first, 0, zone) != (last + DAY - first):
            found += [
                day for day in map(first.__add__, map(DAY.__mul__, range(14))) if length(day, zone) != DAY
            ]
        first = last + DAY
    return found


def length(day: date, zone: str) -> timedelta:
    return at_local(day + DAY, 0, zone) - at_local(day, 0, zone)


def clock(instant: datetime, zone: str) -> datetime:
    """What the clocks on the walls of a zone show."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def hour_begins(day: date, hour: int, zone: str) -> datetime:
    """Asserts that `at_local` gives the first instant at which the clock shows the hour, or later."""
    instant, wall = at_local(day, hour, zone), datetime.combine(day, time(hour))
    assert clock(instant, zone) >= wall > clock(instant - SECOND, zone), (zone, day, hour)
    assert instant.tzinfo is UTC
    return instant


def day_is_whole(day: date, zone: str, hours: list[int]) -> None:
    """Asserts that a day begins once, lasts about a day, and has its hours in their order."""
    begins, ends = at_local(day, 0, zone), at_local(day + DAY, 0, zone)
    assert timedelta(hours=22) <= ends - begins <= timedelta(hours=26), (zone, day)
    assert local_date(begins, zone) == day == local_date(ends - SECOND, zone), (zone, day)
    assert local_date(ends, zone) == day + DAY, (zone, day)
    instants = [hour_begins(day, hour, zone) for hour in hours]
    assert instants == sorted(instants), (zone, day)
    assert all(local_date(at, zone) == day or at == ends for at in instants), (zone, day)


def waits_for_the_hours(instant: datetime, first: int, last: int, zone: str) -> None:
    """Asserts that the next instant within hours is one, is not earlier, and is not put off needlessly."""
    at = next_within_hours(instant, first, last, zone)
    day, told = local_date(at, zone), (zone, instant, first, last, at)
    closes = at_local(day, last, zone) if last < 24 else at_local(day + DAY, 0, zone)
    assert instant <= at < instant + 3 * DAY, told
    assert at_local(day, first, zone) <= at < closes, told
    put_back = length(day, zone) > DAY  # the hour before it opened may come a second time
    assert first <= clock(at, zone).hour < last or put_back, told
    if local_date(instant, zone) < day and not changes_between(local_date(instant, zone), day, zone):
        assert clock(instant, zone).hour >= last, told
        assert day == local_date(instant, zone) + DAY, told


def changes_between(first: date, last: date, zone: str) -> bool:
    return any(first <= day <= last for day in changes(zone))


@given(zones, days)
def test_a_day_is_itself_in_every_zone(zone, day):
    """It begins on that day, lasts until the next one, and its 24 hours come in their order."""
    day_is_whole(day, zone, list(range(24)))


@pytest.mark.parametrize("area", AREAS)
def test_days_on_which_the_clock_is_changed_are_days_like_any_other(area):
    """Two changes of each zone from 2026 on: 22 to 26 hours, gaps at any hour, midnight included."""
    for zone in zones_of(area):
        for day in [day for day in changes(zone) if day.year >= 2026][:2]:
            day_is_whole(day, zone, list(range(24)))
            for first, last in WINDOWS:
                for hour in (0, 1, 4, 23):
                    waits_for_the_hours(at_local(day, hour, zone) + timedelta(minutes=30), first, last, zone)


@pytest.mark.exhaustive
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("area", AREAS)
def test_every_day_of_every_zone(area):
    """No zone skips a day, none has one twice; each has its hours, and the send hours are found from each."""
    for zone in zones_of(area):
        changed = set(changes(zone))
        for day in every_day():
            day_is_whole(day, zone, list(range(24)) if day in changed else HOURS)
            for first, last in WINDOWS if day in changed else WINDOWS[:1]:
                waits_for_the_hours(at_local(day, 5, zone), first, last, zone)
                waits_for_the_hours(at_local(day, 20, zone), first, last, zone)


def zones_of(area: str) -> list[str]:
    return [zone for zone in ZONES if zone.startswith(f"{area}/") or (area == "others" and "/" not in zone)]


hours = st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda pair: pair[0] < pair[1])


@given(zones, days, st.integers(0, 86_399), hours)
def test_what_waits_for_the_send_hours_leaves_within_them(zone, day, second, window):
    """Whatever the instant, the hours and the zone; never earlier than it was."""
    waits_for_the_hours(at_local(day, 0, zone) + timedelta(seconds=second), *window, zone)


@given(days, st.integers(-90, 90))
def test_a_reminders_day_is_counted_on_the_calendar(day, offset):
    """Offsets are days, over the ends of months and years and any change of the clock."""
    assert reminder_date(day, offset) - day == timedelta(days=offset)


@given(zones, zones, days, st.integers(0, 23), st.integers(0, 23), st.integers(0, 14))
def test_a_reminder_never_comes_before_its_local_day_nor_after_its_grace(owner, own, day, hour, opens, grace):
    """The due date is the owner's, the reminder's day begins in the customer's zone (R4)."""
    due_at = at_local(day, hour, owner)
    policy = MessagePolicy(
        invoice_finalized=False,
        reminder_offsets_days=(-30, -1, 0, 7, 90),
        send_from_hour=opens,
        grace_days=grace,
    )
    facts = sent_invoice(due_at=due_at, finalized_at=due_at - 40 * DAY)
    found = wanted_messages(facts, (), customer(time_zone=own), settings(time_zone=owner, messages=policy))
    assert [message.offset_days for message in found] == [-30, -1, 0, 7, 90]
    for message in found:
        its_day = local_date(due_at, owner) + message.offset_days * DAY
        last_day = min(its_day + grace * DAY, its_day if message.offset_days == -1 else date.max)
        assert local_date(message.not_before, own) in (its_day, its_day + DAY)
        assert message.not_before == hour_begins(its_day, opens, own)
        assert local_date(message.expires_at - SECOND, own) == last_day
        assert message.not_before <= message.expires_at


@given(
    st.sampled_from(ZONES)
    | st.text()
    | st.text("/.ABC\x00\ud800", max_size=12)
    | st.sampled_from(["/", "a" * 5000])
)
def test_any_name_is_a_zone_or_none(name):
    """Never an error; what is one has days."""
    assert is_zone(name) or name not in ZONES
    if is_zone(name):
        day_is_whole(FIRST, name, HOURS)
