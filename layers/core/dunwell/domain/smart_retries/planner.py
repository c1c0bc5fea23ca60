"""The planner: the set of times whose first success is worth most, less what attempts and delay cost.

Outcomes under one assumption hang together, so that the likeliest times one by one are not the best set.
Without costs, locks and draws of chance so near that they go alike, the chance of a set over all assumptions
is submodular, and a greedy choice is within 1 - 1/e of the best (Nemhauser, Wolsey and Fisher, 1978).
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dunwell.domain.smart_retries.futures import ALL, FUTURES, Futures

EFFORT: Final = 0.003
"""What an attempt costs, as a part of the amount."""

IMPATIENCE: Final = 0.002
"""What a day's delay costs, as a part of the amount."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Chosen slots, in order; what they are worth together (a part of the amount), and how likely at least
    one of them succeeds."""

    chosen: tuple[int, ...]
    worth: float
    chance: float


def best_plan(futures: Futures, retries: int) -> Plan:
    """The set of at most `retries` slots found worth most.

    What a slot adds hardly grows with the set, so what it added to a smaller set is a bound: only slots
    whose bound is high are weighed again (Minoux, 1978).
    """
    best = planned(futures, [])
    bounds = [(-alone(futures, slot), slot) for slot in range(1, len(futures.instants))]
    heapq.heapify(bounds)
    while len(best.chosen) < retries and bounds:
        found, gained = None, 0.0
        weighed: list[tuple[float, int]] = []
        while bounds and -bounds[0][0] > gained:
            _, slot = heapq.heappop(bounds)
            plan = planned(futures, sorted([*best.chosen, slot]))
            gain = plan.worth - best.worth
            weighed.append((-gain, slot))
            if gain > gained:
                found, gained = plan, gain
        if found is None:
            break
        for entry in weighed:
            if entry[1] not in found.chosen:
                heapq.heappush(bounds, entry)
        best = found
    return best


def alone(futures: Futures, slot: int) -> float:
    """What a slot is worth with no attempt before it, at no cost: hardly any set gains more by it."""
    return futures.passed(0, slot).bit_count() / FUTURES


def planned(futures: Futures, chosen: Sequence[int]) -> Plan:
    """What some slots, in order, are worth."""
    left, before, total, instants = ALL, 0, 0.0, futures.instants
    locked = futures.locked()
    for slot in chosen:
        passed = left & futures.passed(before, slot)
        if locked:
            stopped = futures.stopped(locked, before, slot)
            passed &= ~stopped
            locked = futures.locked_again(stopped)
        gets = 1.0 - IMPATIENCE * (instants[slot] - instants[0])
        total += passed.bit_count() * gets - EFFORT * left.bit_count()
        left ^= passed
        before = slot
    return Plan(tuple(chosen), total / FUTURES, 1.0 - left.bit_count() / FUTURES)
