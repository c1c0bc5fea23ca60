"""`Bus` over EventBridge: each event on a bus of its own, as its consumers' rules match it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dunwell.errors import BusUnavailableError
from dunwell.records import PublishedEvent

SOURCE: Final = "dunwell"
"""The `source` of every event on the bus."""

PUT_MAX: Final = 10
"""Events that EventBridge takes in one call."""


@dataclass(frozen=True, slots=True)
class EventBridgeBus:
    """`client` is boto3's for EventBridge, `name` the bus's."""

    client: Any
    name: str

    def put(self, events: Sequence[PublishedEvent]) -> None:
        for begins in range(0, len(events), PUT_MAX):
            entries = [self._entry(event) for event in events[begins : begins + PUT_MAX]]
            answer = self.client.put_events(Entries=entries)
            if answer.get("FailedEntryCount"):
                codes = {one["ErrorCode"] for one in answer["Entries"] if "ErrorCode" in one}
                told = f"{answer['FailedEntryCount']} of {len(entries)} events were not taken"
                raise BusUnavailableError(f"{told}: {', '.join(sorted(codes))}")

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
