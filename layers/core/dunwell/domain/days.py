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
    return datetime.combine(day, time(hour), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def next_within_hours(instant: datetime, first: int, last: int, zone: str) -> datetime:
    """`instant`, or the next one whose local hour lies in [`first`, `last`)."""
    day = local_date(instant, zone)
    opens = at_local(day, first, zone)
    if instant < opens:
        return opens
    if last == 24 or instant < at_local(day, last, zone):
        return instant
    return at_local(day + timedelta(days=1), first, zone)
