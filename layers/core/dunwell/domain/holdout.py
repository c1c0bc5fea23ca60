"""Who gets the even schedule, so that Smart Retries can be compared with it: drawn once for each customer."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dunwell.domain.payments import Attempt, Foresight, PaymentMethod
from dunwell.domain.policies import RetryPolicy
from dunwell.domain.timing import Choice, EvenSpread

SALT: Final = "dunwell holdout 1"
"""Never changed: a customer who was held out stays so, whatever the owner sets."""

HELD_OUT: Final = "holdout"
"""What is told of a time that the even schedule gave to somebody who was held out."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The even schedule, told of as the holdout's."""

    name: str = EvenSpread.name

    def choose(
        self, policy: RetryPolicy, method: PaymentMethod, series: Sequence[Attempt], now: datetime
    ) -> Choice | None:
        """See `RetryModel`."""
        choice = EvenSpread().choose(policy, method, series, now)
        return Choice(choice.at, choice.reason, Foresight(HELD_OUT)) if choice else None


def is_held_out(customer_id: str, percent: int) -> bool:
    """Whether a customer gets the even schedule for comparison. Who is in stays in when the share grows."""
    drawn = int.from_bytes(hashlib.sha256(f"{SALT}|{customer_id}".encode()).digest()[:8])
    return drawn < percent * 2**64 // 100
