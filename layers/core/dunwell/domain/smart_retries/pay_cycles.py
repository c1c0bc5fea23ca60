"""Pay cycles: when a customer's account is filled again, and how fast it empties. Days are local ordinals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Rhythm(StrEnum):
    """How often income arrives: on a day of the month, on two of them, every second week, every week."""

    MONTHLY = "monthly"
    TWICE_MONTHLY = "twice monthly"
    FORTNIGHTLY = "fortnightly"
    WEEKLY = "weekly"


PHASES: Final = {
    Rhythm.MONTHLY: range(1, 32),
    Rhythm.TWICE_MONTHLY: range(1, 17),
    Rhythm.FORTNIGHTLY: range(14),
    Rhythm.WEEKLY: range(7),
}
"""The day of the month (the second one lies 15 days after the first), or the ordinal day modulo the
period."""

RHYTHM_SHARES: Final = {
    Rhythm.MONTHLY: 0.5,
    Rhythm.TWICE_MONTHLY: 0.2,
    Rhythm.FORTNIGHTLY: 0.2,
    Rhythm.WEEKLY: 0.1,
}

DRAINS_DAYS: Final = (2.5, 7.0, 18.0)
"""After so many days the money is gone at more than half of all pay days."""

THERE: Final = 0.95
LEAK: Final = 0.04
"""How surely a payment succeeds just after a pay day, and while the account should be empty."""

FIRST_HOURS: Final = 0.3
"""Days after midnight until the income of a pay day is booked nearly everywhere."""


@dataclass(frozen=True, slots=True)
class PayCycle:
    """Income with a rhythm; of each pay the money lasts about `drain_days`."""

    rhythm: Rhythm
    phase: int
    drain_days: float


def left_after(since_days: float, drain_days: float) -> float:
    """How likely money is left so many days after midnight of a pay day; it is booked in the first hours."""
    booked = min(1.0, 0.5 + 0.5 * since_days / FIRST_HOURS)
    return LEAK + (THERE - LEAK) * booked * math.exp(-((since_days / drain_days) ** 1.5))


def last_pay_day(rhythm: Rhythm, phase: int, today: int) -> int:
    """The ordinal of the last pay day at or before the day `today` (an ordinal)."""
    if rhythm is Rhythm.WEEKLY:
        return today - (today - phase) % 7
    if rhythm is Rhythm.FORTNIGHTLY:
        return today - (today - phase) % 14
    days = (phase,) if rhythm is Rhythm.MONTHLY else (phase, phase + 15)
    return max(_last_of_month(day, today) for day in days)


def _last_of_month(day: int, today: int) -> int:
    """The last `day`th of a month at or before `today`; short months have it on their last day."""
    this = date.fromordinal(today)
    found = _in_month(this.year, this.month, day)
    if found > today:
        found = _in_month(*((this.year - 1, 12) if this.month == 1 else (this.year, this.month - 1)), day)
    return found


def _in_month(year: int, month: int, day: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1).toordinal()
    return min(date(year, month, 1).toordinal() + day - 1, following - 1)


RHYTHM_PHASES: Final = tuple((rhythm, phase) for rhythm in Rhythm for phase in PHASES[rhythm])


@lru_cache(maxsize=4_000)
def last_pay_days(today: int) -> tuple[int, ...]:
    """For each of `RHYTHM_PHASES` the last pay day at or before a day; ordinals."""
    return tuple(last_pay_day(rhythm, phase, today) for rhythm, phase in RHYTHM_PHASES)


LEFT_STEPS: Final = 8
LEFT: Final = {
    drain: tuple(left_after((step + 0.5) / LEFT_STEPS, drain) for step in range(33 * LEFT_STEPS))
    for drain in DRAINS_DAYS
}
"""`left_after` in steps of an eighth of a day, up to the longest time between two pay days."""

CYCLES: Final[Sequence[PayCycle]] = tuple(
    PayCycle(rhythm, phase, drain) for rhythm in Rhythm for phase in PHASES[rhythm] for drain in DRAINS_DAYS
)


def share_of(cycle: PayCycle) -> float:
    """How common a cycle is before anything is learnt."""
    return RHYTHM_SHARES[cycle.rhythm] / len(PHASES[cycle.rhythm]) / len(DRAINS_DAYS)
