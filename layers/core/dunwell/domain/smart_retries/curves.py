"""Curves: how likely a retry succeeds under one assumption about what is wrong. Days are local ordinals
with their fraction; an assumption looks back on the first and the last decline only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.pay_cycles import (
    BOOKED,
    CYCLES,
    LEAK,
    PayCycle,
    gone_since,
    last_pay_days,
    left_at,
    share_of,
)

SAME_DAY: Final = 0.75
"""Days after a decline from which another attempt is mostly a new draw of chance; before that it mostly goes
as the last one did (of repeated attempts within a day 97 of 100 go alike)."""

OVER: Final = 0.9
"""How surely a card is taken once what kept it from being taken is over."""

CHANCE_MAX: Final = 0.97
"""No retry is surer, whatever its hour."""

VAGUE: Final = 0.2
"""What is told of a length of time is right to within this part of it."""


def booked_since(before: float, now: float, booked: float) -> float:
    """How likely money is there of an income that was not booked yet when the last decline came, on the same
    pay day: `before` and `now` are what was to be expected without that decline, `booked` once it is booked
    everywhere."""
    return max(LEAK, (booked - before) / (1.0 - before) * now / booked)


def drawn_anew(days: float) -> float:
    """How surely chance draws anew so many days after another attempt."""
    return 1.0 - math.exp(-((days / SAME_DAY) ** 4))


def hoped(left: float, hope: float) -> float:
    """How likely money is there in the pay period of the last decline, after which it should be gone: `left`
    without that decline, which says nothing with a probability of `hope`."""
    return LEAK + hope * (left - LEAK)


class Curve(Protocol):
    """One assumption. `key` names it in what is learnt, `share` is how common it is within its cause."""

    @property
    def key(self) -> str: ...
    @property
    def cause(self) -> Cause: ...
    @property
    def share(self) -> float: ...

    def chance(self, first: float, last: float, at: float) -> float:
        """How likely an attempt at a local day succeeds when the first decline was at `first`, the last one
        at `last`."""
        ...


@dataclass(frozen=True, slots=True)
class Payday:
    """No money: there will be some after the next pay day, for a while. `number` is the cycle's place among
    `CYCLES`."""

    cycle: PayCycle
    share: float
    number: int
    key: str
    cause: Cause = Cause.FUNDS

    def chance(self, first: float, last: float, at: float, hope: float = 0.0) -> float:
        """See `Curve`. `hope`: how likely the declines of the last one's pay period say nothing of money."""
        number, left = self.number, left_at(at)[self.number]
        pay = last_pay_days(int(at))[number]
        if pay == gone_since(last)[number]:
            return hoped(left, hope)
        if pay == last_pay_days(int(last))[number]:
            return booked_since(left_at(last)[number], left, BOOKED[number])
        return left


@dataclass(frozen=True, slots=True)
class Irregular:
    """Money that comes and goes without a rhythm: it is there for a share (`most`) of the time, and what was
    known of it is worth little after `pace_days`."""

    share: float
    pace_days: float
    most: float
    key: str
    cause: Cause = Cause.FUNDS

    def chance(self, first: float, last: float, at: float) -> float:
        return self.most * self.renewed(at - last)

    def renewed(self, days: float) -> float:
        """How far what was known so many days ago has been forgotten, 0 to 1."""
        return 1.0 - math.exp(min(0.0, -days) / self.pace_days)


@dataclass(frozen=True, slots=True)
class Until:
    """Declined for `days`, then taken: a lock, an outage. Counted from the last decline where each one
    prolongs it, else from the first."""

    cause: Cause
    share: float
    days: float
    prolonged: bool
    key: str

    def over_after(self, days: float) -> float:
        """How surely it is over after so many days."""
        begins = self.days * (1.0 - VAGUE)
        risen = (days - begins) / (2.0 * VAGUE * self.days)
        return LEAK + (OVER - LEAK) * min(1.0, max(0.0, risen))

    def chance(self, first: float, last: float, at: float) -> float:
        if self.prolonged:
            return self.over_after(at - last)
        before = self.over_after(last - first)
        return max(0.0, self.over_after(at - first) - before) / (1.0 - before)


@dataclass(frozen=True, slots=True)
class Luck:
    """Any retry succeeds as likely as any other, but those within hours go alike."""

    cause: Cause
    share: float
    likely: float
    key: str

    def chance(self, first: float, last: float, at: float) -> float:
        return self.likely * drawn_anew(at - last)


@dataclass(frozen=True, slots=True)
class Renewal:
    """A card that its network replaces one day: of those still declined a part in every `pace_days`."""

    share: float
    pace_days: float
    most: float
    key: str
    cause: Cause = Cause.STALE

    def chance(self, first: float, last: float, at: float) -> float:
        return self.most * (1.0 - math.exp(min(0.0, last - at) / self.pace_days))


@dataclass(frozen=True, slots=True)
class Advised:
    """What the network's advice says is true: declined before `ready`, a local day, then taken."""

    ready: float
    share: float = 1.0
    key: str = "advised"
    cause: Cause = Cause.ADVISED

    def chance(self, first: float, last: float, at: float) -> float:
        return 0.85 if at >= self.ready > last else LEAK


IRREGULAR: Final = 0.3
"""How many accounts are filled without a rhythm."""

_IRREGULAR: Final = tuple((most, pace) for most in (0.2, 0.5, 0.8) for pace in (1.5, 4.0, 10.0))
_LOCKS_DAYS: Final = (0.25, 0.7, 1.5, 2.5, 4.0, 7.0)
_OUTAGES_DAYS: Final = (0.03, 0.08, 0.2, 0.4, 0.8, 1.3, 2.2)
_LUCK: Final = ((0.06, 0.25), (0.15, 0.4), (0.3, 0.2), (0.5, 0.1), (0.75, 0.05))
"""How likely chance lets a retry pass, and how common that is: most retries fail."""

PAYDAYS: Final = tuple(
    Payday(
        cycle,
        share_of(cycle) * (1 - IRREGULAR),
        number,
        f"{cycle.rhythm}/{cycle.phase}/{cycle.drain_days:g}",
    )
    for number, cycle in enumerate(CYCLES)
)

OTHERS: Final[tuple[Curve, ...]] = (
    *(
        Irregular(IRREGULAR / len(_IRREGULAR), pace, most, f"irregular/{most:g}/{pace:g}")
        for most, pace in _IRREGULAR
    ),
    *(
        Until(Cause.LOCK, share / len(_LOCKS_DAYS), days, prolonged, f"lock/{days:g}/{prolonged:d}")
        for prolonged, share in ((True, 0.6), (False, 0.4))
        for days in _LOCKS_DAYS
    ),
    *(
        Until(Cause.OUTAGE, 1 / len(_OUTAGES_DAYS), days, False, f"outage/{days:g}")  # noqa: FBT003
        for days in _OUTAGES_DAYS
    ),
    Renewal(1.0, 20.0, 0.3, "stale"),
    Luck(Cause.DEAD, 1.0, 0.002, "dead"),
    *(Luck(Cause.CHANCE, share, likely, f"chance/{likely:g}") for likely, share in _LUCK),
)

FIXED: Final[tuple[Curve, ...]] = (*PAYDAYS, *OTHERS)
"""Every assumption that rests on no code; an advice to wait adds one of its own (`Advised`)."""


def payday_chances(last: float, at: float, hopes: Sequence[float] | None) -> Sequence[float]:
    """`Payday.chance` for all of `PAYDAYS`, faster than one by one; no hopes are none for any."""
    chances = _unhoped(last, at)
    if hopes is None:
        return chances
    gone, pays, lefts = gone_since(last), last_pay_days(int(at)), left_at(at)
    return [
        hoped(left, hope) if then == now else chance
        for then, now, left, hope, chance in zip(gone, pays, lefts, hopes, chances, strict=True)
    ]


@lru_cache(maxsize=4_096)
def _unhoped(last: float, at: float) -> Sequence[float]:
    """Asked for again with each later retry of the same invoice."""
    gone, early, early_left = gone_since(last), last_pay_days(int(last)), left_at(last)
    pays, lefts = last_pay_days(int(at)), left_at(at)
    chances = [LEAK if then == now else left for then, now, left in zip(gone, pays, lefts, strict=True)]
    if early == gone:
        return chances
    return [
        booked_since(before, chance, booked) if then == now != done else chance
        for then, now, done, before, chance, booked in zip(
            early, pays, gone, early_left, chances, BOOKED, strict=True
        )
    ]
