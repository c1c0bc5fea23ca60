"""How a challenger does against the champion: what each foretold, and what its choices would have earned."""

import math
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, field, fields
from typing import Final

from dunwell.domain.smart_retries.off_policy import SURE_95

STANDING_HALF: Final = 100.0
"""What was compared counts half after so many more: the challenger is no longer who it was."""

KEPT: Final = 0.5 ** (1.0 / STANDING_HALF)
"""How much of what was compared still counts after one more."""

COMPARED_MIN: Final = 20
"""Predictions of held-back retries before anybody is promoted."""

SURE: Final = 0.5
"""Standard errors by which the challenger's mean gain in prediction must lie above zero."""


_NORMALISED: Final = "normalised."


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
        return Gains(self.count * KEPT + 1.0, self.total * KEPT + gain, self.squares * KEPT + gain * gain)


@dataclass(frozen=True, slots=True)
class Normalised:
    """Sums over choices of late, of which the difference of two self-normalised estimates is told: of how
    much likelier than it was made each policy made a choice (`ours`, `theirs`), of its squares, of both's
    product (`both`), and of each where the invoice was recovered (`_paid`)."""

    count: float = 0.0
    ours: float = 0.0
    theirs: float = 0.0
    ours_paid: float = 0.0
    theirs_paid: float = 0.0
    ours_squared: float = 0.0
    theirs_squared: float = 0.0
    both: float = 0.0
    ours_squared_paid: float = 0.0
    theirs_squared_paid: float = 0.0
    both_paid: float = 0.0

    @property
    def mean(self) -> float:
        """How much likelier an invoice is recovered by our choices than by theirs."""
        return self._ours - self._theirs

    @property
    def error(self) -> float:
        """Its standard error (the linearised ratio estimator); infinite where too little was compared."""
        if self.count < 2.0 or not self.ours or not self.theirs:
            return math.inf
        one, other = self._ours, self._theirs
        ours = self.ours_squared_paid * (1.0 - 2.0 * one) + self.ours_squared * one * one
        theirs = self.theirs_squared_paid * (1.0 - 2.0 * other) + self.theirs_squared * other * other
        both = self.both_paid * (1.0 - one - other) + self.both * one * other
        spread = ours / self.ours**2 + theirs / self.theirs**2 - 2.0 * both / (self.ours * self.theirs)
        return math.sqrt(max(0.0, spread))

    def plus(self, ours: float, theirs: float, reward: float) -> "Normalised":
        """One more, with those before it a little faded. `reward` is 1 where it was recovered, else 0."""
        squares = ours * ours, theirs * theirs, ours * theirs
        paid = (square * reward for square in squares)
        more = (1.0, ours, theirs, ours * reward, theirs * reward, *squares, *paid)
        return Normalised(*(KEPT * one + another for one, another in zip(astuple(self), more, strict=True)))

    @property
    def _ours(self) -> float:
        return self.ours_paid / self.ours if self.ours else 0.0

    @property
    def _theirs(self) -> float:
        return self.theirs_paid / self.theirs if self.theirs else 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Of late: gains a prediction in log-likelihood, nats (`foretold`), and gains an invoice in the
    probability to recover it, from the choices that were made: doubly robust (`earned`), by inverse
    propensities (`weighted`) and self-normalised (`normalised`)."""

    foretold: Gains = field(default_factory=Gains)
    earned: Gains = field(default_factory=Gains)
    weighted: Gains = field(default_factory=Gains)
    normalised: Normalised = field(default_factory=Normalised)

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
            "weighted": self.weighted.total,
            "weighted_squares": self.weighted.squares,
            **{f"{_NORMALISED}{name}": sum_ for name, sum_ in asdict(self.normalised).items()},
        }


def reported(report: Mapping[str, float]) -> Standing:
    """The standing that a report tells of."""
    choices = report.get("choices", 0.0)
    sums = (report.get(f"{_NORMALISED}{one.name}", 0.0) for one in fields(Normalised))
    return Standing(
        Gains(report.get("compared", 0.0), report.get("gain", 0.0), report.get("squares", 0.0)),
        Gains(choices, report.get("earned", 0.0), report.get("earned_squares", 0.0)),
        Gains(choices, report["weighted"], report["weighted_squares"]) if "weighted" in report else Gains(),
        Normalised(*sums),
    )
