"""`Bus` over EventBridge: each event on a bus of its own, as its consumers' rules match it."""

import json
from dataclasses import dataclass
from typing import Any, Final

from dunwell.errors import BusUnavailableError
from dunwell.records import PublishedEvent

SOURCE: Final = "dunwell"
"""The `source` of every event on the bus."""


@dataclass(frozen=True, slots=True)
class EventBridgeBus:
    """`client` is boto3's for EventBridge, `name` the bus's."""

    client: Any
    name: str

    def put(self, event: PublishedEvent) -> None:
        answer = self.client.put_events(Entries=[self._entry(event)])
        if answer["FailedEntryCount"]:
            raise BusUnavailableError(f"{event.id} was not taken: {answer['Entries'][0].get('ErrorCode')}")

    def _entry(self, event: PublishedEvent) -> dict[str, Any]:
        return {
            "EventBusName": self.name,
            "Source": SOURCE,
            "DetailType": event.type.value,
            "Time": event.at,
            "Resources": [event.invoice_id],
            "Detail": json.dumps(envelope(event), ensure_ascii=False),
        }


def envelope(event: PublishedEvent) -> dict[str, Any]:
    """An event as its consumers read it (docs/events.md)."""
    return {
        "id": event.id,
        "type": event.type.value,
        "number": event.number,
        "timestamp": event.at.isoformat(),
        "data": dict(event.data),
    }
