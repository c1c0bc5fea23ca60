"""Calendar days and local hours. The only place that turns instants into days and back."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def is_zone(name: str) -> bool:
    """Whether this is the name of an IANA time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def local_date(instant: datetime, zone: str) -> date:
    """The calendar day on which an aware instant falls in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def at_local(day: date, hour: int, zone: str) -> datetime:
    """The UTC instant at which `hour` o'clock begins on `day` in an IANA zone.

    An hour that a spring day does not have gives the instant just after the gap; an hour that an
    autumn day has twice gives the first.
    """
    wall = datetime.combine(day, time(hour), tzinfo=ZoneInfo(zone))
    at, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    return at if at <= second else _end_of_gap(at, zone)


def next_within_hours(instant: datetime, first: int, last: int, zone: str) -> datetime:
    """`instant`, or the next one whose local hour lies in [`first`, `last`)."""
    day = local_date(instant, zone)
    opens, closes = _hours(day, first, last, zone)
    while max(instant, opens) >= closes:  # over for that day, or a spring day that has none of these hours
        day += timedelta(days=1)
        opens, closes = _hours(day, first, last, zone)
    return max(instant, opens)


def _hours(day: date, first: int, last: int, zone: str) -> tuple[datetime, datetime]:
    closes = at_local(day, last, zone) if last < 24 else at_local(day + timedelta(days=1), 0, zone)
    return at_local(day, first, zone), closes


def _end_of_gap(after: datetime, zone: str) -> datetime:
    """The instant at which the clock was put forward, shortly before `after`; on a whole minute."""
    at, minute, tz = after, timedelta(minutes=1), ZoneInfo(zone)
    while (at - minute).astimezone(tz).utcoffset() == after.astimezone(tz).utcoffset():
        at -= minute
    return at
