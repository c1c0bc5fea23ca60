"""Locks: banks that decline whatever comes within some time after a decline, and how far that hides why."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dunwell.domain.smart_retries.causes import Cause, shares_of

GAPS_HOURS: Final = (6.0, 12.0, 20.0, 30.0, 42.0, 54.0, 78.0, 102.0)
"""Where one bucket of gaps between a decline and the next attempt ends and the next begins."""

UNTOLD_DECLINE: Final = 0.75
"""How often an attempt that no lock stops is declined nevertheless."""

TOLD_LEAST, TOLD_MOST = 0.2, 6.0
"""How far a code alone may speak against a lock, and for one."""


@dataclass(frozen=True, slots=True)
class Locks:
    """What a group of cards does: a decline locks the card with a probability (`trigger`), and after a gap
    of each bucket it is locked still with another (`lasting`). A decline within a lock begins it anew."""

    trigger: float = 0.0
    lasting: tuple[float, ...] = (0.0,) * (len(GAPS_HOURS) + 1)

    def after(self, days: float) -> float:
        """How likely a card that was locked is so still."""
        return self.lasting[bucket_of_gap(days)]


LOCKING: Final = 0.3
"""How many banks lock cards, before anything is learnt."""

TRIGGERS: Final = (0.3, 0.6, 0.85)

SCALE_LEAST, SCALE_MOST = 0.7, 1.5
"""How far what was expected without locks may be wrong for a bank as a whole."""

TRIGGER_MIN: Final = 0.1
"""Locks that are rarer are not reckoned with."""


def locks_seen(expected: Sequence[float], succeeded: Sequence[float]) -> Locks:
    """What speaks for locks, from the successes expected without any and those seen, by bucket of gaps.

    Every length and every trigger is weighed by the likelihood of the counts (Poisson's), and so is a bank
    without locks: little evidence moves little.
    """
    buckets = range(len(expected))
    each = LOCKING / (len(GAPS_HOURS) * len(TRIGGERS))
    stops = [((0.0,) * len(expected), 1.0 - LOCKING)]
    stops += [
        (tuple(trigger * (bucket < length) for bucket in buckets), each)
        for length in range(1, len(GAPS_HOURS) + 1)
        for trigger in TRIGGERS
    ]
    told = [math.log(prior) + _likely(expected, succeeded, stopped) for stopped, prior in stops]
    most = max(told)
    weights = [math.exp(log - most) for log in told]
    found = [
        sum(weight * stopped[bucket] for weight, (stopped, _) in zip(weights, stops, strict=True))
        / sum(weights)
        for bucket in buckets
    ]
    if found[0] < TRIGGER_MIN:
        return Locks()
    return Locks(found[0], tuple(one / found[0] for one in found))


def _likely(expected: Sequence[float], succeeded: Sequence[float], stopped: Sequence[float]) -> float:
    open_ = [one * (1.0 - stop) for one, stop in zip(expected, stopped, strict=True)]
    scale = min(max((sum(succeeded) + 1.0) / (sum(open_) + 1.0), SCALE_LEAST), SCALE_MOST)
    return sum(
        seen * math.log(scale * (1.0 - stop)) - scale * one
        for seen, stop, one in zip(succeeded, stopped, open_, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Trail:
    """What the declines so far tell of locks: how likely each attempt was stopped by one (`stopped`, before
    its outcome was known; the first attempt's is 0), how likely a lock hid behind each decline (`hidden`),
    and how likely the card is locked since the last one. How likely each attempt did not reach the bank
    (`unreached`, as its outcome tells) is nothing until `outages.hiding` adds it."""

    stopped: tuple[float, ...]
    hidden: tuple[float, ...]
    locked: float
    unreached: tuple[float, ...]

    def open(self, number: int) -> float:
        """How likely an attempt was stopped by nothing."""
        return (1.0 - self.stopped[number]) * (1.0 - self.unreached[number])


def bucket_of_gap(days: float) -> int:
    """The bucket of a gap."""
    hours = days * 24.0
    for number, end in enumerate(GAPS_HOURS):
        if hours < end:
            return number
    return len(GAPS_HOURS)


def trail_of(locks: Locks, days: Sequence[float], codes: Sequence[str | None]) -> Trail:
    """Follows the attempts at these days (local, the first one first); `codes` are what the declines were
    classified on: one fewer than days where the last attempt was paid."""
    locked, stopped, hidden = locks.trigger, [0.0], [0.0]
    for number in range(1, len(days)):
        was = locked * locks.after(days[number] - days[number - 1])
        stopped.append(was)
        if number < len(codes):
            told = was * _told(codes[number])
            behind = told / (told + (1.0 - was) * UNTOLD_DECLINE)
            hidden.append(behind)
            locked = behind + (1.0 - behind) * locks.trigger
    return Trail(tuple(stopped), tuple(hidden), locked, (0.0,) * len(days))


def _told(code: str | None) -> float:
    """How much likelier a code is behind a lock than behind an empty account."""
    usual, shares = shares_of("-"), shares_of(code or "-")
    ratio = shares[Cause.LOCK] / shares[Cause.FUNDS] * usual[Cause.FUNDS] / usual[Cause.LOCK]
    return min(max(ratio, TOLD_LEAST), TOLD_MOST)
