"""How good off-policy estimates are where the truth is known: what the likeliest time would have come to."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from dunwell.domain.smart_retries.off_policy import (
    LoggedChoice,
    doubly_robust,
    inverse_propensity,
    self_normalised,
)

from sandbox.recovery.driver import FirstChoice

ESTIMATORS: Final = {
    "doubly robust": doubly_robust,
    "self-normalised": self_normalised,
    "inverse propensity": inverse_propensity,
}

CHOICES_MIN: Final = 30
"""Runs with fewer choices are left out."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """Of one run: what was true, and for each estimator its value and half its 95 % interval's width."""

    truth: float
    told: dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one estimator, over runs: how often its 95 % interval held the truth, how far off its value was on
    average (`bias`, signed), and half the interval's width (`half_width`), all in probabilities."""

    estimator: str
    runs: int
    covered: float
    bias: float
    half_width: float


def estimated(choices: Sequence[FirstChoice]) -> Estimated | None:
    """What each estimator says of the policy that always takes the likeliest of the times that were weighed
    for a first retry, and what it would really have come to; None for fewer than `CHOICES_MIN` choices."""
    if len(choices) < CHOICES_MIN:
        return None
    logged = [as_logged(one) for one in choices]
    truth = sum(one.passed[likeliest(one)] for one in choices) / len(choices)
    told = {name: estimate(logged) for name, estimate in ESTIMATORS.items()}
    return Estimated(truth, {name: (one.value, one.high - one.value) for name, one in told.items()})


def coverages(found: Iterable[Estimated | None]) -> list[Coverage]:
    """How good each estimator was, over the runs of which something is told."""
    runs = [one for one in found if one is not None]
    return [_coverage(name, runs) for name in ESTIMATORS] if runs else []


def _coverage(name: str, runs: Sequence[Estimated]) -> Coverage:
    told = [(*run.told[name], run.truth) for run in runs]
    return Coverage(
        name,
        len(told),
        sum(abs(truth - value) <= half for value, half, truth in told) / len(told),
        sum(value - truth for value, _, truth in told) / len(told),
        sum(half for _, half, _ in told) / len(told),
    )


def as_logged(one: FirstChoice) -> LoggedChoice:
    """The choice as an estimator may know it: only what was done has an outcome."""
    best = likeliest(one)
    other = tuple(float(place == best) for place in range(len(one.chances)))
    return LoggedChoice(0, one.propensities, other, one.chances, float(one.passed[0]))


def likeliest(one: FirstChoice) -> int:
    """The place of the time with the highest predicted chance."""
    return max(range(len(one.chances)), key=lambda place: one.chances[place])


def coverages_as_json(found: Iterable[Coverage]) -> list[dict[str, Any]]:
    return [asdict(one) for one in found]
