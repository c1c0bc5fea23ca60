"""`EventStore` over DynamoDB: each event once, kept 35 days, its body packed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from pynamodb.exceptions import DoesNotExist, PutError

from dunwell.adapters.codec import dumps, loads
from dunwell.adapters.indexes import waiting_partition, waiting_partitions
from dunwell.adapters.packing import Kind, pack
from dunwell.adapters.tables import EventRow
from dunwell.heard_events import EventState, HeardEvent

if TYPE_CHECKING:
    from dunwell.ports import Clock

EVENTS_KEPT: Final = timedelta(days=35)
PAGE: Final = 100
"""Waiting events read at a time."""

APPLIED: Final[list[Any]] = [EventRow.state.set(EventState.APPLIED.value), EventRow.waiting.remove()]
"""What marks an event as applied, alone or in the transaction of what it led to."""

BODY_MAX: Final = 350_000
"""Bytes of packed body kept with an event; an item holds 400 kB."""


@dataclass(frozen=True, slots=True)
class DynamoEventStore:
    clock: Clock

    def store(self, event: HeardEvent) -> bool:
        """See `EventStore`. A duplicate of an event that is not applied yet counts as stored now."""
        body = pack(event.body, Kind.STRIPE_EVENTS) if event.body else None
        row = EventRow(
            event.id,
            facts=dumps(replace(event, body=None)),
            state=EventState.STORED.value,
            body=body if body is not None and len(body) <= BODY_MAX else None,
            waiting=waiting_partition(event.id),
            stored_at=self.clock.now(),
            expires_at=self.clock.now() + EVENTS_KEPT,
        )
        try:
            row.save(condition=EventRow.event_id.does_not_exist())
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            found = self.load(event.id)
            return found is None or found[1] is EventState.STORED
        return True

    def load(self, event_id: str) -> tuple[HeardEvent, EventState] | None:
        try:
            row = EventRow.get(
                event_id, consistent_read=True, attributes_to_get=["event_id", "facts", "state", "expires_at"]
            )
        except DoesNotExist:
            return None
        return loads(row.facts, HeardEvent), EventState(row.state)

    def states(self, event_ids: Sequence[str]) -> Mapping[str, EventState]:
        rows = EventRow.batch_get(
            list(event_ids), attributes_to_get=["event_id", "facts", "state", "expires_at"]
        )
        return {row.event_id: EventState(row.state) for row in rows}

    def waiting(self, before: datetime) -> Iterator[list[str]]:
        for partition in waiting_partitions():
            rows = EventRow.by_waiting.query(partition, EventRow.stored_at <= before, page_size=PAGE)
            while page := [row.event_id for row in islice(rows, PAGE)]:
                yield page

    def ignore(self, event_id: str, reason: str) -> None:
        EventRow(event_id).update(
            [
                EventRow.state.set(EventState.IGNORED.value),
                EventRow.reason.set(reason),
                EventRow.waiting.remove(),
            ],
            condition=EventRow.event_id.exists(),
        )

    def applied(self, event_id: str) -> None:
        EventRow(event_id).update(APPLIED, condition=EventRow.event_id.exists())
