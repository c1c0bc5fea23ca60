"""Off-policy estimates: what another policy would have earned, from the choices that one made and the chances
with which it made them.

`inverse_propensity` weighs each outcome by how much likelier the other policy was to make that choice;
`self_normalised` divides by the weights instead of their number; `doubly_robust` adds a model's predictions
and is right where either they or the propensities are (Dudik, Langford and Li, 2011). `robust_course` does
the same over several choices in a row (Jiang and Li, 2016).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SURE_95: Final = 1.96
"""Standard errors to both sides that hold 95 % of a normal distribution."""

CHOICES_MIN: Final = 2
"""Fewer choices have no interval."""


@dataclass(frozen=True, slots=True)
class LoggedChoice:
    """One choice among some options, that at the place `taken` was made. By option: how likely it was made
    (`logged`), how likely the other policy would make it (`other`), and what a model expects of it
    (`predicted`). `reward` is what came of the one that was made."""

    taken: int
    logged: tuple[float, ...]
    other: tuple[float, ...]
    predicted: tuple[float, ...]
    reward: float

    @property
    def weight(self) -> float:
        """How much likelier the other policy was to choose the same."""
        return self.other[self.taken] / self.logged[self.taken]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean reward of a choice with its standard error; infinite where too little was seen."""

    value: float
    error: float
    choices: int

    @property
    def low(self) -> float:
        """The lower end of the 95 % interval."""
        return self.value - SURE_95 * self.error

    @property
    def high(self) -> float:
        """The upper end of the 95 % interval."""
        return self.value + SURE_95 * self.error


def inverse_propensity(choices: Sequence[LoggedChoice]) -> Estimate:
    """What the other policy would have earned, by weights alone."""
    return mean_of([one.weight * one.reward for one in choices])


def self_normalised(choices: Sequence[LoggedChoice]) -> Estimate:
    """The same, divided by the sum of the weights: a little biased, and less noisy."""
    total = sum(one.weight for one in choices)
    if total == 0.0:
        return Estimate(0.0, math.inf, len(choices))
    value = sum(one.weight * one.reward for one in choices) / total
    spread = math.sqrt(sum((one.weight * (one.reward - value)) ** 2 for one in choices)) / total
    return Estimate(value, spread if len(choices) >= CHOICES_MIN else math.inf, len(choices))


def doubly_robust(choices: Sequence[LoggedChoice]) -> Estimate:
    """What a model expects of the other policy, corrected by how wrong it was about what was done."""
    return mean_of([robust_reward(one) for one in choices])


def robust_reward(one: LoggedChoice) -> float:
    """What one choice adds to the doubly robust estimate."""
    expected = sum(share * told for share, told in zip(one.other, one.predicted, strict=True))
    return expected + one.weight * (one.reward - one.predicted[one.taken])


@dataclass(frozen=True, slots=True)
class Step:
    """One of several choices in a row. What a model expects another policy to earn from here on (`expected`);
    how much likelier that one was to choose what was chosen (`weight`, 0: it never would), what the model
    expects of it after that choice (`predicted`), and what the choice earned at once (`reward`)."""

    expected: float
    weight: float = 0.0
    predicted: float = 0.0
    reward: float = 0.0


def robust_course(steps: Sequence[Step]) -> float:
    """What another policy would have earned by several choices in a row, the first one first: at each what a
    model expects, corrected by how wrong it was about what was done and came after."""
    value = 0.0
    for step in reversed(steps):
        value = step.expected + step.weight * (step.reward + value - step.predicted)
    return value


def mean_of(found: Sequence[float]) -> Estimate:
    """The mean of some values with its standard error."""
    count = len(found)
    value = math.fsum(found) / max(count, 1)
    if count < CHOICES_MIN:
        return Estimate(value, math.inf, count)
    squares = math.fsum((one - value) ** 2 for one in found)
    return Estimate(value, math.sqrt(squares / (count - 1) / count), count)
