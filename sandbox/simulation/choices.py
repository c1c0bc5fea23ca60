"""Everything that chance decides in one history: drawn from a seed and recorded, or given and replayed."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """A choice of 0 is always the plain one (no fault, the first in line), so that a history shrinks
    towards nothing happening. Given choices come first; beyond them a replay chooses 0."""

    def __init__(self, seed: int, given: Sequence[int] | None = None) -> None:
        self.made: list[int] = []
        self._random = random.Random(seed).random
        self._given = given

    def below(self, count: int) -> int:
        """A whole number from 0 to `count` - 1."""
        if self._given is None:
            chosen = int(self._random() * count)
        elif len(self.made) < len(self._given):
            chosen = min(self._given[len(self.made)], count - 1)
        else:
            chosen = 0
        self.made.append(chosen)
        return chosen

    def chance(self, per_mille: int) -> bool:
        """True so many times in a thousand."""
        return self.below(1000) >= 1000 - per_mille

    def one_of(self, options: Sequence[T]) -> T:
        """One of several, the first one being the plain one."""
        return options[self.below(len(options))]
