"""Curves: how likely a retry succeeds under one assumption about what is wrong. Days are local ordinals
with their fraction; each assumption remembers the last decline only, so that a plan is the product of its
steps."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from dunwell.domain.smart_retries.causes import ADVICE_WAITS, Cause
from dunwell.domain.smart_retries.pay_cycles import (
    CYCLES,
    LEAK,
    LEFT,
    LEFT_STEPS,
    RHYTHM_PHASES,
    PayCycle,
    last_pay_days,
    share_of,
)

Chances = Callable[[int, int, int], float]
"""`(i, j, declines)`: how likely a retry at the j-th of some instants succeeds after a decline at the i-th,
which was the so many-th in a row (0 for the first)."""

SAME_DAY: Final = 0.7
"""Days after a decline from which another attempt is mostly a new draw of chance."""


class Curve(Protocol):
    """One assumption. `key` names it in what is learnt, `share` is how common it is within its cause."""

    @property
    def key(self) -> str: ...
    @property
    def cause(self) -> Cause: ...
    @property
    def share(self) -> float: ...

    def over(self, instants: Sequence[float]) -> Chances:
        """The chances among these instants, ready to be asked for many times."""
        ...


@dataclass(frozen=True, slots=True)
class Payday:
    """No money: there will be some after the next pay day, for a while. `number` is the cycle's place among
    `RHYTHM_PHASES`."""

    cycle: PayCycle
    share: float
    number: int

    @property
    def key(self) -> str:
        return f"{self.cycle.rhythm}/{self.cycle.phase}/{self.cycle.drain_days:g}"

    @property
    def cause(self) -> Cause:
        return Cause.FUNDS

    def over(self, instants: Sequence[float]) -> Chances:
        number, table = self.number, LEFT[self.cycle.drain_days]
        pays = [last_pay_days(int(at))[number] for at in instants]
        left = [table[int((at - pay) * LEFT_STEPS)] for at, pay in zip(instants, pays, strict=True)]

        def chance(i: int, j: int, _declines: int) -> float:
            return LEAK if pays[i] == pays[j] else left[j]

        return chance


@dataclass(frozen=True, slots=True)
class Waiting:
    """It gets better with time alone: of those still declined, most are taken after `pace_days`.

    Each further decline makes it take `growth` times longer. With `shape` above 1 hardly any are taken
    early. At most `most` of the retries succeed.
    """

    name: str
    cause: Cause
    share: float
    pace_days: float
    growth: float = 1.0
    shape: float = 1.0
    most: float = 0.92

    @property
    def key(self) -> str:
        return f"{self.name}/{self.pace_days:g}/{self.growth:g}/{self.most:g}"

    def over(self, instants: Sequence[float]) -> Chances:
        paces = [self.pace_days * self.growth**declines for declines in range(20)]
        most, shape, times, exp = self.most, self.shape, tuple(instants), math.exp

        def chance(i: int, j: int, declines: int) -> float:
            waited = max(0.0, times[j] - times[i])  # an hour back in autumn
            return most * (1.0 - exp(-((waited / paces[declines]) ** shape)))

        return chance


@dataclass(frozen=True, slots=True)
class Chance:
    """Any retry succeeds as likely as any other, but on one day all go alike."""

    name: str
    cause: Cause
    share: float
    likely: float

    @property
    def key(self) -> str:
        return f"{self.name}/{self.likely:g}"

    def over(self, instants: Sequence[float]) -> Chances:
        likely, times, exp = self.likely, tuple(instants), math.exp

        def chance(i: int, j: int, _declines: int) -> float:
            waited = (times[j] - times[i]) / SAME_DAY
            return likely * (1.0 - exp(-waited * waited))

        return chance


@dataclass(frozen=True, slots=True)
class Advised:
    """What the network's advice says is true: declined before its time is over, then taken."""

    wait_days: float
    share: float = 1.0
    likely: float = 0.85

    @property
    def key(self) -> str:
        return "advised"

    @property
    def cause(self) -> Cause:
        return Cause.ADVISED

    def over(self, instants: Sequence[float]) -> Chances:
        wait, likely, times = self.wait_days, self.likely, tuple(instants)

        def chance(i: int, j: int, _declines: int) -> float:
            return likely if times[j] - times[i] >= wait else LEAK

        return chance


IRREGULAR: Final = 0.3
"""How many accounts are filled without a rhythm."""

FIXED: Final[Sequence[Curve]] = (
    *(
        Payday(cycle, share_of(cycle) * (1 - IRREGULAR), RHYTHM_PHASES.index((cycle.rhythm, cycle.phase)))
        for cycle in CYCLES
    ),
    *(
        Waiting("irregular", Cause.FUNDS, IRREGULAR / 5, pace, most=most)
        for most, pace in ((0.2, 1.5), (0.4, 1.5), (0.4, 4.0), (0.75, 3.0), (0.75, 9.0))
    ),
    *(
        Waiting("lock", Cause.LOCK, 1 / 6, pace, growth, 1.6)
        for pace in (1.0, 3.0, 7.0)
        for growth in (1.0, 2.5)
    ),
    *(Waiting("outage", Cause.OUTAGE, 1 / 3, pace) for pace in (0.15, 0.5, 1.2)),
    Waiting("stale", Cause.STALE, 1.0, 20.0, most=0.3),
    Chance("dead", Cause.DEAD, 1.0, 0.002),
    *(Chance("chance", Cause.CHANCE, 0.25, likely) for likely in (0.1, 0.3, 0.5, 0.75)),
)
"""Every assumption that rests on no code; an advice to wait adds one of its own (`curves_for`)."""


def curves_for(advice: str | None) -> Sequence[Curve]:
    """What is assumed after a failure with this advice (`causes.advice_of`)."""
    if advice is None:
        return FIXED
    return (*FIXED, Advised(ADVICE_WAITS[advice] / timedelta(days=1)))
