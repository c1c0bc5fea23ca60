"""Futures: equally likely courses of what may happen, an int's bit for each, so that sets of them are cheap
to combine. Each assumption gets as many of them as it is likely."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from dunwell.domain.smart_retries.curves import (
    CHANCE_MAX,
    Curve,
    Irregular,
    Luck,
    Payday,
    Until,
    booked_since,
    drawn_anew,
    hoped,
)
from dunwell.domain.smart_retries.pay_cycles import BOOKED, gone_since, last_pay_days, left_at
from dunwell.domain.smart_retries.posterior import Belief

FUTURES: Final = 512
ALL: Final = (1 << FUTURES) - 1

EVEN: Final = 0.12
"""How far a step stays from small fractions: its q-th multiple from a whole number by this much of 1/q."""

_COLUMNS: Final = 87


def steps() -> tuple[float, ...]:
    """Square roots of primes, modulo 1, that no small fraction is near."""
    found: list[float] = []
    for number in range(2, 1_500):
        step = math.sqrt(number) % 1.0
        is_prime = all(number % divisor for divisor in range(2, math.isqrt(number) + 1))
        if is_prime and all(abs(q * step - round(q * step)) > EVEN / q for q in range(1, 40)):
            found.append(step)
    return tuple(found[:_COLUMNS])


_STEPS: Final = steps()
_OF_PERIODS: Final = 64
_PERIODS: Final = 19
_OF_HOURS: Final = 83
_OF_LENGTHS: Final = 84
_OF_TRIGGERS: Final = 85
_OF_DRAWS: Final = 86
"""Columns before the first of these are for days, those behind it for pay periods (by their day modulo a
number that no two near pay days share) and lengths of time; the others for hours, the locks of banks, and
whether chance draws anew so soon after another attempt."""


@lru_cache(maxsize=_COLUMNS)
def column(number: int) -> tuple[int, ...]:
    """Sets of futures, the n-th of them an even spread of n of `FUTURES`, each within the next.

    The futures' numbers are multiples of an irrational, modulo 1: any run of neighbours is spread evenly,
    and two columns are as good as independent (Kronecker's sequences).
    """
    step = _STEPS[number]
    order = sorted(range(FUTURES), key=lambda place: (place + 1) * step % 1.0)
    sets = [0]
    for place in order:
        sets.append(sets[-1] | 1 << place)
    return tuple(sets)


def below(number: int, chance: float) -> int:
    """The futures in which something so likely happens, by a column."""
    return column(number)[int(chance * FUTURES + 0.5)]


_OF_PAYS: Final = tuple(column(_OF_PERIODS + number) for number in range(_PERIODS))


@lru_cache(maxsize=1_000)
def _columns_on(today: int) -> tuple[tuple[int, ...], ...]:
    """For each pay cycle the column of its pay period on a day: in each one the money lasts anew."""
    return tuple(_OF_PAYS[pay % _PERIODS] for pay in last_pay_days(today))


class Futures:
    """What passes at each of some instants, local days of which `instants[0]` is the last decline; `effects`
    multiply chances at each."""

    def __init__(self, belief: Belief, instants: Sequence[float], effects: Sequence[float]) -> None:
        self.instants, self.belief = instants, belief
        self._effects = effects
        self._fixed = [0] * len(instants)
        self._lucky = [0] * len(instants)
        self._restarted: list[tuple[Until, int]] = []
        self._after: dict[tuple[int, float], int] = {}
        self._gone = gone_since(belief.last)
        self._early = last_pay_days(int(belief.last)), left_at(belief.last)
        self._money = [
            (slot, left_at(at), last_pay_days(int(at)), _columns_on(int(at)), effect)
            for slot, (at, effect) in enumerate(zip(instants, effects, strict=True))
        ]
        reached, taken = 0.5, 0
        for curve, weight in zip(belief.curves, belief.weights, strict=True):
            reached += weight * FUTURES
            many = min(int(reached), FUTURES) - taken
            if many > 0:
                self._add(curve, ((1 << many) - 1) << taken)
                taken += many

    def locked(self) -> int:
        """The futures in which the card is locked since the last decline."""
        return below(_OF_TRIGGERS, self.belief.locked)

    def stopped(self, locked: int, before: int, slot: int) -> int:
        """Those of the locked futures in which a lock still stops an attempt at an instant."""
        gap = self.instants[slot] - self.instants[before]
        return locked & below(_OF_LENGTHS, self.belief.locks.after(gap))

    def locked_again(self, stopped: int) -> int:
        """The futures in which the card is locked after another decline, of those that a lock had stopped.

        Whether the bank locks cards is the same after each decline of a future; were it drawn anew, a try in
        vain could be worth its cost for the better luck of those behind it.
        """
        return stopped | below(_OF_TRIGGERS, self.belief.locks.trigger)

    def passed(self, before: int, slot: int) -> int:
        """The futures in which an attempt at an instant passes, the one before it having failed."""
        days = self.instants[slot] - self.instants[before]
        passed = self._fixed[slot] | (self._lucky[slot] & below(_OF_DRAWS, drawn_anew(days)))
        if not self._restarted:
            return passed
        waited, effect = round(days * 24), self._effects[slot]
        found = self._after.get((waited, effect))
        if found is None:
            found = 0
            for curve, region in self._restarted:
                chance = min(CHANCE_MAX, curve.over_after(waited / 24) * effect)
                found |= below(_OF_PERIODS, chance) & region
            self._after[waited, effect] = found
        return passed | found

    def chance(self, slot: int) -> float:
        """How likely an attempt at an instant passes, if it is the next one."""
        return (self.passed(0, slot) & ~self.stopped(self.locked(), 0, slot)).bit_count() / FUTURES

    def _add(self, curve: Curve, region: int) -> None:
        if isinstance(curve, Until) and curve.prolonged:
            self._restarted.append((curve, region))
        elif isinstance(curve, Payday):
            self._add_payday(curve, region)
        elif isinstance(curve, Irregular):
            self._add_irregular(curve, region)
        elif isinstance(curve, Luck):
            self._add_luck(curve, region)
        else:
            self._add_other(curve, region)

    def _add_payday(self, curve: Payday, region: int) -> None:
        """In each pay period the money lasts for a while that is drawn anew."""
        number, fixed, gone = curve.number, self._fixed, self._gone[curve.number]
        early, early_left = self._early[0][number], self._early[1][number]
        hope = self.belief.hopes[number] if self.belief.hopes is not None else 0.0
        for slot, left, pays, columns, effect in self._money:
            chance = left[number]
            if pays[number] == gone:
                chance = hoped(chance, hope)
            elif pays[number] == early:
                chance = booked_since(early_left, chance, BOOKED[number])
            chance = min(CHANCE_MAX, chance * effect)
            fixed[slot] |= columns[number][int(chance * FUTURES + 0.5)] & region

    def _add_irregular(self, curve: Irregular, region: int) -> None:
        rich, before, fixed = 0, self.instants[0], self._fixed
        gain, loss = curve.most * FUTURES, (1.0 - curve.most) * FUTURES
        for slot, at in enumerate(self.instants):
            renewed = curve.renewed(at - before)
            gains = column(slot % _OF_PERIODS)[int(gain * renewed + 0.5)]
            losses = column((slot + 31) % _OF_PERIODS)[int(loss * renewed + 0.5)]
            rich = (rich & ~losses) | (~rich & gains)
            fixed[slot] |= self._in_hour(slot, rich, curve.chance(0.0, self.instants[0], at)) & region
            before = at

    def _in_hour(self, slot: int, passed: int, chance: float) -> int:
        """Futures that pass with a chance at an usual hour, at the hour of a slot."""
        effect = self._effects[slot]
        if effect <= 1.0:
            return passed & below(_OF_HOURS, effect)
        more = min(CHANCE_MAX, chance * effect) - chance
        return passed | below(_OF_HOURS, max(0.0, more) / (1.0 - chance))

    def _add_luck(self, curve: Luck, region: int) -> None:
        """Each day is a draw of its own; how far an attempt is one depends on the attempt before it."""
        for slot, (at, effect) in enumerate(zip(self.instants, self._effects, strict=True)):
            chance = min(CHANCE_MAX, curve.likely * effect)
            self._lucky[slot] |= below(int(at) % _OF_PERIODS, chance) & region

    def _add_other(self, curve: Curve, region: int) -> None:
        last = self.instants[0]
        for slot, at in enumerate(self.instants):
            chance = min(CHANCE_MAX, curve.chance(self.belief.first, last, at) * self._effects[slot])
            self._fixed[slot] |= below(_OF_PERIODS, chance) & region
