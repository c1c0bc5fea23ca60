"""What Smart Retries add over even retries: the difference between those who get them and those who are held
out, with its interval.

Customers are drawn, not invoices: several invoices of one customer are no independent evidence. The customers
of an arm lie in buckets by a hash of their ids. An arm's share is a ratio of sums over buckets; its variance
is told by how the buckets differ (the linearised ratio estimator; Cochran, Sampling Techniques, chapter 6).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

BUCKETS_MIN: Final = 10
"""Of fewer buckets in an arm no interval is told."""

FAILED_MIN: Final = 30
"""Of fewer invoices in an arm neither."""

_SIDES: Final = 1.959964
"""95 % of a normal distribution lie within so many standard errors."""


@dataclass(frozen=True, slots=True)
class Arm:
    """What failed and what was recovered of it, by bucket: invoices, or minor units."""

    failed: Mapping[int, int]
    recovered: Mapping[int, int]
    invoices: int

    @property  # nosemgrep: no-floats-in-the-domain # a share, no amount
    def share(self) -> float:
        """Recovered of what failed: from 0 to 1; 0 where nothing failed."""
        failed = sum(self.failed.values())
        return sum(self.recovered.values()) / failed if failed else 0.0

    @property
    def is_enough(self) -> bool:
        return self.invoices >= FAILED_MIN and sum(n > 0 for n in self.failed.values()) >= BUCKETS_MIN

    @property  # nosemgrep: no-floats-in-the-domain # of a share
    def variance(self) -> float:
        """Of the share."""
        found = {bucket for bucket, failed in self.failed.items() if failed}
        off = (self.recovered.get(one, 0) - self.share * self.failed[one] for one in found)
        return len(found) / (len(found) - 1) * sum(x * x for x in off) / sum(self.failed.values()) ** 2


@dataclass(frozen=True, slots=True)
class Compared:
    """Both arms while one share of the customers was held out. Where that share is changed, so is how many of
    an arm's invoices are of before and after: arms are comparable within it alone."""

    smart: Arm
    holdout: Arm

    @property
    def is_enough(self) -> bool:
        return self.smart.is_enough and self.holdout.is_enough

    @property  # nosemgrep: no-floats-in-the-domain # of a difference
    def weight(self) -> float:
        """How much is told by it (Cochran-Mantel-Haenszel's weight); 0 where an arm is empty."""
        smart, holdout = sum(self.smart.failed.values()), sum(self.holdout.failed.values())
        return smart * holdout / (smart + holdout) if smart and holdout else 0.0


@dataclass(frozen=True, slots=True)
class Lift:
    """How much more of what failed is recovered: the shares of both arms, and what their difference lies
    within in 95 of 100 cases; `low` and `high` are None where it is too early to tell."""

    smart: float  # nosemgrep: no-floats-in-the-domain # a share
    even: float  # nosemgrep: no-floats-in-the-domain # a share
    low: float | None = None  # nosemgrep: no-floats-in-the-domain # of shares
    high: float | None = None  # nosemgrep: no-floats-in-the-domain # of shares

    @property  # nosemgrep: no-floats-in-the-domain # of shares
    def difference(self) -> float:
        return self.smart - self.even

    @property
    def is_certain(self) -> bool:
        """Whether chance alone would hardly make it."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def lift_of(strata: Sequence[Compared]) -> Lift:
    """Compared within each stratum, then pooled by their weights. Those too small for an interval are left
    out, unless all are."""
    enough = [one for one in strata if one.is_enough]
    used = enough or strata
    whole = sum(one.weight for one in used)
    if not whole:
        return Lift(0.0, 0.0)
    smart = sum(one.weight * one.smart.share for one in used) / whole
    even = sum(one.weight * one.holdout.share for one in used) / whole
    if not enough:
        return Lift(smart, even)
    variance = sum(one.weight**2 * (one.smart.variance + one.holdout.variance) for one in used) / whole**2
    side = _SIDES * math.sqrt(variance)
    return Lift(smart, even, smart - even - side, smart - even + side)
