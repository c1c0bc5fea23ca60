"""What Smart Retries add over even retries: the difference between those who get them and those who are held
out, with its interval.

Customers are drawn, not invoices: several invoices of one customer are no independent evidence. The customers
of an arm lie in buckets by a hash of their ids. An arm's share is a ratio of sums over buckets; its variance
is told by how the buckets differ (the linearised ratio estimator; Cochran, Sampling Techniques, chapter 6).
"""

import math
from collections.abc import Mapping
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
class Lift:
    """How much more of what failed is recovered: a difference of shares, and what it lies within in 95 of 100
    cases; `low` and `high` are None where it is too early to tell."""

    difference: float  # nosemgrep: no-floats-in-the-domain # of shares
    low: float | None  # nosemgrep: no-floats-in-the-domain # of shares
    high: float | None  # nosemgrep: no-floats-in-the-domain # of shares

    @property
    def is_certain(self) -> bool:
        """Whether chance alone would hardly make it."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def lift_of(smart: Arm, holdout: Arm) -> Lift:
    difference = smart.share - holdout.share
    if not (smart.is_enough and holdout.is_enough):
        return Lift(difference, None, None)
    side = _SIDES * math.sqrt(smart.variance + holdout.variance)
    return Lift(difference, difference - side, difference + side)
