"""The planner: the set of times whose first success is worth most, less what attempts and delay cost.

Outcomes under one assumption depend on the last decline alone, so that the worth of a set is a chain; over
all assumptions it is submodular, and a greedy choice is within 1 - 1/e of the best (Nemhauser, Wolsey and
Fisher).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import mul
from typing import Final

from dunwell.domain.smart_retries.curves import Chances
from dunwell.domain.smart_retries.posterior import Belief

EFFORT: Final = 0.003
"""What an attempt costs, as a part of the amount."""

IMPATIENCE: Final = 0.002
"""What a day's delay costs, as a part of the amount."""

CHANCE_MAX: Final = 0.97

Row = tuple[float, ...]


@dataclass(slots=True)
class Slots:
    """Instants that may be chosen (local days, in order) behind the last decline at `instants[0]`, with
    the effect of the hour on each, and what the assumptions say of going from one to another."""

    belief: Belief
    instants: Sequence[float]
    effects: Sequence[float]
    declines: int
    _chances: Sequence[Chances]
    _rows: dict[tuple[int, int, int], Row]

    @classmethod
    def over(
        cls, belief: Belief, instants: Sequence[float], effects: Sequence[float], declines: int
    ) -> "Slots":
        """`declines` is how many there were in a row, the last one included."""
        return cls(belief, instants, effects, declines, [curve.over(instants) for curve in belief.curves], {})

    def row(self, i: int, j: int, made: int) -> Row:
        """For each assumption the chance at the j-th instant, after a decline at the i-th with `made` retries
        of the plan before it."""
        found = self._rows.get((i, j, made))
        if found is None:
            declines, effect = self.declines - 1 + made, self.effects[j]
            found = tuple([min(CHANCE_MAX, effect * chance(i, j, declines)) for chance in self._chances])
            self._rows[i, j, made] = found
        return found

    def chance(self, j: int) -> float:
        """How likely the next retry succeeds at the j-th instant."""
        return _sum_of_products(self.belief.weights, self.row(0, j, 0))

    def worth(self, j: int) -> float:
        """What a success at the j-th instant is worth."""
        return 1.0 - IMPATIENCE * (self.instants[j] - self.instants[0])


@dataclass(frozen=True, slots=True)
class Plan:
    """Chosen slots, in order, and what they are worth together (a part of the amount)."""

    chosen: tuple[int, ...]
    worth: float

    def chance(self, slots: Slots) -> float:
        """How likely at least one of its retries succeeds."""
        failing = list(slots.belief.weights)
        for made, (before, slot) in enumerate(pairwise((0, *self.chosen))):
            row = slots.row(before, slot, made)
            failing = [f * (1.0 - p) for f, p in zip(failing, row, strict=True)]
        return 1.0 - sum(failing)


def best_plan(slots: Slots, retries: int, must: int | None = None) -> Plan:
    """The set of at most `retries` slots found worth most. With `must` that slot is the first one of it."""
    chosen: list[int] = [] if must is None else [must]
    first = 1 if must is None else must + 1
    worth = _worth(slots, chosen)
    while len(chosen) < retries:
        added, best = None, 0.0
        for slot, gain in _gains(slots, chosen, first):
            if gain > best:
                added, best = slot, gain
        if added is None:
            break
        trial = sorted([*chosen, added])
        trial_worth = _worth(slots, trial)
        if trial_worth <= worth:
            break
        chosen, worth = trial, trial_worth
    return Plan(tuple(chosen), worth)


def _worth(slots: Slots, chosen: Sequence[int]) -> float:
    return _sum_of_products(slots.belief.weights, _tails(slots, chosen)[0])


def _gains(slots: Slots, chosen: Sequence[int], first: int) -> list[tuple[int, float]]:
    """How much each slot that is not chosen would add; later declines keep their count in this estimate."""
    gains = []
    reached: Sequence[float] = slots.belief.weights
    tails = _tails(slots, chosen)
    ends = [*chosen, len(slots.instants)]
    before = 0
    for place, end in enumerate(ends):
        behind = chosen[place] if place < len(chosen) else None
        gains += [
            (slot, _gain(slots, reached, (before, slot, behind), place, tails))
            for slot in range(max(first, before + 1), end)
        ]
        if behind is not None:
            row = slots.row(before, behind, place)
            reached = [r * (1.0 - p) for r, p in zip(reached, row, strict=True)]
            before = behind
    return gains


def _gain(
    slots: Slots,
    reached: Sequence[float],
    around: tuple[int, int, int | None],
    place: int,
    tails: Sequence[Sequence[float]],
) -> float:
    before, slot, behind = around
    worth = slots.worth(slot)
    row = slots.row(before, slot, place)
    if behind is None:
        return sum([r * (p * worth - EFFORT) for r, p in zip(reached, row, strict=True)])
    old, new = slots.row(before, behind, place), slots.row(slot, behind, place + 1)
    gets, tail = slots.worth(behind), tails[place + 1]
    total = 0.0
    for r, p, p_old, p_new, rest in zip(reached, row, old, new, tail, strict=True):
        after = gets - rest
        total += r * (
            p * worth - EFFORT + (1.0 - p) * (p_new * after + rest - EFFORT) - p_old * after - rest + EFFORT
        )
    return total


def _tails(slots: Slots, chosen: Sequence[int]) -> list[list[float]]:
    """For each place in the chain, and each assumption, what the rest of it is worth once the chain gets
    there."""
    tail = [0.0] * len(slots.belief.weights)
    tails = [tail]
    before = [0, *chosen]
    for place in range(len(chosen) - 1, -1, -1):
        row, worth = slots.row(before[place], chosen[place], place), slots.worth(chosen[place])
        tail = [p * worth - EFFORT + (1.0 - p) * rest for p, rest in zip(row, tail, strict=True)]
        tails.append(tail)
    tails.reverse()
    return tails


def _sum_of_products(these: Sequence[float], those: Sequence[float]) -> float:
    total: float = sum(map(mul, these, those))
    return total
