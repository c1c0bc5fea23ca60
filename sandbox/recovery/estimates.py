"""How good off-policy estimates are where the truth is known: what the likeliest time would have come to."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from dunwell.domain.smart_retries.off_policy import (
    Estimate,
    LoggedChoice,
    doubly_robust,
    inverse_propensity,
    self_normalised,
)

from sandbox.recovery.driver import FirstChoice
from sandbox.recovery.scores import Run

ESTIMATORS: Final = {
    "doubly robust": doubly_robust,
    "self-normalised": self_normalised,
    "inverse propensity": inverse_propensity,
}

CHOICES_MIN: Final = 30
"""Runs with fewer choices are left out."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one estimator, over runs: how often its 95 % interval held the truth, how far off its value was on
    average (`bias`, signed), and half the interval's width (`half_width`), all in probabilities."""

    estimator: str
    runs: int
    covered: float
    bias: float
    half_width: float


def coverages(runs: Iterable[Run]) -> list[Coverage]:
    """What each estimator says of the policy that always takes the likeliest of the times that were weighed
    for a first retry, against what it would really have come to."""
    logs = [run.record.choices for run in runs if len(run.record.choices) >= CHOICES_MIN]
    if not logs:
        return []
    truths = [sum(one.passed[likeliest(one)] for one in log) / len(log) for log in logs]
    found = []
    for name, estimate in ESTIMATORS.items():
        estimates: list[Estimate] = [estimate([as_logged(one) for one in log]) for log in logs]
        pairs = list(zip(estimates, truths, strict=True))
        found.append(
            Coverage(
                name,
                len(pairs),
                sum(told.low <= truth <= told.high for told, truth in pairs) / len(pairs),
                sum(told.value - truth for told, truth in pairs) / len(pairs),
                sum(told.high - told.value for told, _ in pairs) / len(pairs),
            )
        )
    return found


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
