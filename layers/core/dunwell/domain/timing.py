"""When to retry: the models that choose a time. `decide` takes one as its argument."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from dunwell.domain.limits import EVEN_GAP_MIN, RETRY_LATENESS_MAX
from dunwell.domain.payments import Attempt, Foresight, PaymentMethod
from dunwell.domain.policies import RetryPolicy


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen retry time (UTC), the sentence that explains it, and what a model told of it."""

    at: datetime
    reason: str
    foresight: Foresight | None = None


class RetryModel(Protocol):
    """Chooses the time of the next retry after `series`, the failed attempts on one payment method."""

    @property
    def name(self) -> str:
        """Names the way of choosing in plans: a time chosen in another way is chosen anew."""
        ...

    def choose(
        self, policy: RetryPolicy, method: PaymentMethod, series: Sequence[Attempt], now: datetime
    ) -> Choice | None:
        """The next retry, None when the policy's window has no room for another.

        `series` is oldest first and not empty; its first attempt opens the window.
        """
        ...


def even_days(retries: int, window_days: int) -> list[int]:
    """The whole days after the first failure on which evenly spread retries fall.

    Half days round up: 8 in 14 days gives 2, 4, 5, 7, 9, 11, 12, 14.
    """
    return [math.floor(k * window_days / retries + 0.5) for k in range(1, retries + 1)]


class EvenSpread:
    """Spreads retries evenly over the window, at the hour of the first failure."""

    name: Final = "even"

    def choose(
        self, policy: RetryPolicy, method: PaymentMethod, series: Sequence[Attempt], now: datetime
    ) -> Choice | None:
        """See `RetryModel`. A retry that was late pushes the next one at least a day away from it."""
        days = even_days(policy.retries, policy.window_days)
        index = len(series) - 1
        if index >= len(days):
            return None
        first = series[0].started_at
        slot = first + timedelta(days=days[index])
        at = max(slot, series[-1].started_at + EVEN_GAP_MIN)
        if at > first + timedelta(days=policy.window_days) + RETRY_LATENESS_MAX:
            return None
        return Choice(
            at,
            f"retry {index + 1} of {policy.retries}, spread evenly over "
            f"{policy.window_days} days: day {days[index]} after the first failure",
        )
