"""Many possible futures at once: an int's bits are futures, so that sets of them are cheap to combine."""

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from random import Random
from typing import Final

from sandbox.recovery.worlds.chance import generator

FUTURES: Final = 192
ALL: Final = (1 << FUTURES) - 1


class Column:
    """One number for each future; asks in which of them it is below a threshold."""

    def __init__(self, values: Iterable[float]) -> None:
        ordered = sorted((value, place) for place, value in enumerate(values))
        self._values = [value for value, _ in ordered]
        self._sets = [0]
        for _, place in ordered:
            self._sets.append(self._sets[-1] | 1 << place)

    def below(self, threshold: float) -> int:
        """The futures in which the number is below the threshold."""
        return self._sets[bisect_left(self._values, threshold)]


@lru_cache(maxsize=256)
def shares(name: str, number: int) -> Column:
    """Evenly spread numbers of [0, 1), shuffled by a name and a number."""
    values = [(place + 0.5) / FUTURES for place in range(FUTURES)]
    generator(name, number).shuffle(values)
    return Column(values)


def column(chance: Random, low: float, high: float, power: float = 1.0) -> Column:
    """Numbers between two bounds; a power above 1 makes the low ones more frequent."""
    return Column(low + (high - low) * chance.random() ** power for _ in range(FUTURES))


def turned(futures: int, places: int) -> int:
    """The same share of the futures, but others: bits turned round by so many places."""
    places %= FUTURES
    return (futures << places | futures >> (FUTURES - places)) & ALL
