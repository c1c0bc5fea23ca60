"""The days on which income arrives, as day ordinals; holidays and weekends shift some of them."""

from datetime import date, timedelta
from random import Random
from typing import Final

PERIOD_DAYS: Final = {
    "monthly": 30.4,
    "twice_monthly": 15.2,
    "fortnightly": 14.0,
    "weekly": 7.0,
    "irregular": 15.0,
    "memoryless": 12.0,
}
"""The mean days between two pay days, by kind."""

_HOLIDAYS: Final = {(1, 1), (5, 1), (7, 4), (12, 25), (12, 26)}
_MONTHLY: Final = (1, 1, 5, 10, 15, 20, 25, 25, 27, 28, 30, 31)
_TWICE: Final = ((1, 15), (5, 20), (7, 22), (10, 25), (15, 31))


def pay_days(kind: str, first: int, days: int, chance: Random) -> frozenset[int]:
    """The pay days from day `first` on; an empty set for kinds whose days only chance knows."""
    ordinals = range(first, first + days + 7)
    if kind in ("monthly", "twice_monthly"):
        month_days = (chance.choice(_MONTHLY),) if kind == "monthly" else chance.choice(_TWICE)
        found = {day for day in ordinals if _is_one_of(date.fromordinal(day), month_days)}
    elif kind in ("fortnightly", "weekly"):
        every = 7 if kind == "weekly" else 14
        weekday = chance.choices(range(7), (1, 1, 2, 4, 8, 1, 0.3))[0]
        begin = chance.randrange(0, every, 7)
        found = {day for day in ordinals if (day - 1 - weekday - begin) % every == 0}
    else:
        return frozenset()
    return frozenset(_working_day(day) for day in found) if chance.random() < 0.75 else frozenset(found)


def _is_one_of(day: date, month_days: tuple[int, ...]) -> bool:
    """The 31st is any month's last day."""
    last = (day + timedelta(days=1)).day == 1
    return day.day in month_days or (last and max(month_days) > day.day)


def _working_day(ordinal: int) -> int:
    """The working day before a weekend or a holiday."""
    day = date.fromordinal(ordinal)
    while day.weekday() >= 5 or (day.month, day.day) in _HOLIDAYS:
        day -= timedelta(days=1)
    return day.toordinal()
