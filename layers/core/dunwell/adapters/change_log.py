"""`ChangeLog` over DynamoDB, beside the settings: a row for each change, none ever written over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dunwell.adapters.codec import dumps, loads
from dunwell.adapters.tables import SettingsRow
from dunwell.history import ChangeRecord

_OF: Final = "changes#"
"""What the key of a subject's changes begins with; their numbers are their instants, in microseconds."""


@dataclass(frozen=True, slots=True)
class DynamoChangeLog:
    def keep(self, change: ChangeRecord) -> None:
        """See `ChangeLog`."""
        number = int(change.at.timestamp() * 1_000_000)
        row = SettingsRow(f"{_OF}{change.subject}", number, body=dumps(change))
        row.save()  # nosemgrep: writes-have-a-condition # two of one microsecond are one repeated

    def of(self, subject: str) -> Iterator[ChangeRecord]:
        for row in SettingsRow.query(f"{_OF}{subject}", consistent_read=True):
            yield loads(row.body, ChangeRecord)
