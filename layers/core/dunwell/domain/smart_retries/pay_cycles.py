"""Pay cycles: when a customer's account is filled again, and how fast it empties. Days are local ordinals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo


class Rhythm(StrEnum):
    """How often income arrives: on a day of the month, on two of them, every second week, every week. With
    `WORKING` a day on a weekend is paid on the Friday before."""

    MONTHLY = "monthly"
    MONTHLY_WORKING = "monthly, working days"
    TWICE_MONTHLY = "twice monthly"
    TWICE_MONTHLY_WORKING = "twice monthly, working days"
    FORTNIGHTLY = "fortnightly"
    WEEKLY = "weekly"


WORKING: Final = frozenset({Rhythm.MONTHLY_WORKING, Rhythm.TWICE_MONTHLY_WORKING})
ONCE_A_MONTH: Final = frozenset({Rhythm.MONTHLY, Rhythm.MONTHLY_WORKING})

PERIOD_DAYS: Final = {Rhythm.FORTNIGHTLY: 14, Rhythm.WEEKLY: 7}

PHASES: Final = {
    Rhythm.MONTHLY: range(1, 32),
    Rhythm.MONTHLY_WORKING: range(1, 32),
    Rhythm.TWICE_MONTHLY: range(1, 17),
    Rhythm.TWICE_MONTHLY_WORKING: range(1, 17),
    Rhythm.FORTNIGHTLY: range(14),
    Rhythm.WEEKLY: range(7),
}
"""The day of the month (the second one lies 15 days after the first), or the ordinal day modulo the
period."""

RHYTHM_SHARES: Final = {
    Rhythm.MONTHLY: 0.2,
    Rhythm.MONTHLY_WORKING: 0.3,
    Rhythm.TWICE_MONTHLY: 0.08,
    Rhythm.TWICE_MONTHLY_WORKING: 0.12,
    Rhythm.FORTNIGHTLY: 0.2,
    Rhythm.WEEKLY: 0.1,
}

USUAL_DAYS: Final = {1: 3.0, 5: 1.5, 10: 1.5, 15: 2.5, 20: 1.5, 25: 2.5, 28: 1.5, 30: 1.5, 31: 2.5}
"""Days of the month on which income arrives so many times as often as on others."""

DRAINS_DAYS: Final = (1.2, 4.0, 13.0)
"""After so many days the money is gone at more than half of all pay days."""

THERE: Final = 0.95
LEAK: Final = 0.03
"""How surely a payment succeeds just after a pay day, and while the account should be empty."""

FIRST_HOURS: Final = 0.4
"""Days after midnight until the income of a pay day is booked nearly everywhere."""


@dataclass(frozen=True, slots=True)
class PayCycle:
    """Income with a rhythm; of each pay the money lasts about `drain_days`."""

    rhythm: Rhythm
    phase: int
    drain_days: float


def local_days(at: datetime, zone: ZoneInfo) -> float:
    """A UTC instant as a local ordinal day with its fraction."""
    local = at.astimezone(zone)
    return local.toordinal() + (local.hour * 3600 + local.minute * 60 + local.second) / 86_400


def left_after(since_days: float, drain_days: float) -> float:
    """How likely money is left so many days after midnight of a pay day; it is booked in the first hours."""
    booked = min(1.0, 0.4 + 0.6 * since_days / FIRST_HOURS)
    return LEAK + (THERE - LEAK) * booked * math.exp(-((since_days / drain_days) ** 1.5))


def last_pay_day(rhythm: Rhythm, phase: int, today: int) -> int:
    """The ordinal of the last pay day at or before the day `today` (an ordinal)."""
    period = PERIOD_DAYS.get(rhythm)
    if period is not None:
        return today - (today - phase) % period
    days = (phase,) if rhythm in ONCE_A_MONTH else (phase, phase + 15)
    this = date.fromordinal(today)
    found = [_in_month(this.year, this.month + off, day) for off in (-1, 0, 1) for day in days]
    if rhythm in WORKING:
        found = [_working_day(pay) for pay in found]
    return max(pay for pay in found if pay <= today)


def _in_month(year: int, month: int, day: int) -> int:
    """The `day`th of a month, counted from the year's first; short months have it on their last day."""
    begin = date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    following = date(begin.year + begin.month // 12, begin.month % 12 + 1, 1)
    return min(begin.toordinal() + day, following.toordinal()) - 1


def _working_day(ordinal: int) -> int:
    """The Friday before, where a day lies on a weekend."""
    return ordinal - max(0, (ordinal - 1) % 7 - 4)


RHYTHM_PHASES: Final = tuple((rhythm, phase) for rhythm in Rhythm for phase in PHASES[rhythm])

CYCLES: Final[Sequence[PayCycle]] = tuple(
    PayCycle(rhythm, phase, drain) for rhythm, phase in RHYTHM_PHASES for drain in DRAINS_DAYS
)

LEFT_STEPS: Final = 8
_LEFT: Final = tuple(
    tuple(left_after((step + 0.5) / LEFT_STEPS, drain) for step in range(35 * LEFT_STEPS))
    for drain in DRAINS_DAYS
)
"""`left_after` in steps of an eighth of a day, up to the longest time between two pay days."""


BOOKED: Final = tuple(left_after(FIRST_HOURS, cycle.drain_days) for cycle in CYCLES)
"""For each of `CYCLES` how likely money is there once the income of a pay day is booked everywhere."""


@lru_cache(maxsize=4_000)
def last_pay_days(today: int) -> tuple[int, ...]:
    """For each of `CYCLES` the last pay day at or before a day; ordinals."""
    days = (last_pay_day(rhythm, phase, today) for rhythm, phase in RHYTHM_PHASES)
    return tuple(pay for pay in days for _ in DRAINS_DAYS)


def gone_since(at: float) -> tuple[int, ...]:
    """For each of `CYCLES` the pay day after which there was no more money at a local day: an income that
    may not be booked yet is still to come."""
    return last_pay_days(int(at - FIRST_HOURS))


def left_at(at: float) -> tuple[float, ...]:
    """For each of `CYCLES` how likely money is there at a local day with its fraction."""
    return _left_in(int(at), int(at % 1 * LEFT_STEPS))


@lru_cache(maxsize=16_000)
def _left_in(today: int, step: int) -> tuple[float, ...]:
    pays = last_pay_days(today)[:: len(DRAINS_DAYS)]
    return tuple(table[(today - pay) * LEFT_STEPS + step] for pay in pays for table in _LEFT)


def share_of(cycle: PayCycle) -> float:
    """How common a cycle is before anything is learnt."""
    of_phase = 1.0 / len(PHASES[cycle.rhythm])
    if cycle.rhythm not in PERIOD_DAYS:
        days = PHASES[cycle.rhythm]
        of_phase = USUAL_DAYS.get(cycle.phase, 1.0) / sum(USUAL_DAYS.get(day, 1.0) for day in days)
    return RHYTHM_SHARES[cycle.rhythm] * of_phase / len(DRAINS_DAYS)
