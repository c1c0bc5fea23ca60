"""`AttemptRate` over DynamoDB: one counting row for each hour, beside the attempts of each card."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.exceptions import UpdateError

from dunwell.adapters.tables import CardRow

EVERY_CARD: Final = "every card"
"""The partition of the counting rows; no card's fingerprint holds a space."""

KEPT: Final = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class DynamoAttemptRate:
    def admit(self, now: datetime, per_hour_max: int) -> bool:
        """See `AttemptRate`. A write whose answer was lost may count twice: the breaker is never too lax."""
        row = CardRow(EVERY_CARD, f"{now:%Y-%m-%dT%H}")
        counted: list[Any] = [CardRow.counted.add(1), CardRow.expires_at.set(now + KEPT)]
        room = CardRow.counted.does_not_exist() | (CardRow.counted < per_hour_max)
        try:
            row.update(counted, condition=room)
        except UpdateError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True
