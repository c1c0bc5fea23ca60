"""How a challenger does against the champion: what each foretold, and what its choices would have earned."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from dunwell.domain.smart_retries.off_policy import SURE_95

STANDING_HALF: Final = 100.0
"""What was compared counts half after so many more: the challenger is no longer who it was."""

COMPARED_MIN: Final = 20
"""Predictions of held-back retries before anybody is promoted."""

SURE: Final = 0.5
"""Standard errors by which the challenger's mean gain in prediction must lie above zero."""


@dataclass(frozen=True, slots=True)
class Gains:
    """Differences that were seen of late: how many, their sum, and that of their squares."""

    count: float = 0.0
    total: float = 0.0
    squares: float = 0.0

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    @property
    def error(self) -> float:
        """The mean's standard error; infinite where too little was compared."""
        if self.count < 2.0:
            return math.inf
        variance = max(0.0, self.squares / self.count - self.mean**2)
        return math.sqrt(variance / (self.count - 1.0))

    def plus(self, gain: float) -> "Gains":
        """One more, with those before it a little faded."""
        kept = 0.5 ** (1.0 / STANDING_HALF)
        return Gains(self.count * kept + 1.0, self.total * kept + gain, self.squares * kept + gain * gain)


@dataclass(frozen=True, slots=True)
class Standing:
    """Of late: gains a prediction in log-likelihood, nats (`foretold`), and gains an invoice in the
    probability to recover it, doubly robust estimates from the choices that were made (`earned`)."""

    foretold: Gains = field(default_factory=Gains)
    earned: Gains = field(default_factory=Gains)

    @property
    def is_better(self) -> bool:
        """Whether the challenger is to be promoted: it predicts better, and does not surely earn less."""
        told, earned = self.foretold, self.earned
        return (
            told.count >= COMPARED_MIN
            and told.mean > max(0.0, SURE * told.error)
            and not earned.mean < -SURE_95 * earned.error
        )

    def as_report(self) -> dict[str, float]:
        """The figures that are kept with a version."""
        told, earned = self.foretold, self.earned
        return {
            "compared": told.count,
            "gain": told.total,
            "squares": told.squares,
            "choices": earned.count,
            "earned": earned.total,
            "earned_squares": earned.squares,
        }


def reported(report: Mapping[str, float]) -> Standing:
    """The standing that a report tells of."""
    return Standing(
        Gains(report.get("compared", 0.0), report.get("gain", 0.0), report.get("squares", 0.0)),
        Gains(report.get("choices", 0.0), report.get("earned", 0.0), report.get("earned_squares", 0.0)),
    )
