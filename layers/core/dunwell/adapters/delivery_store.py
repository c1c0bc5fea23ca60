"""`DeliveryStore` over DynamoDB: a row for each webhook that was not taken at once, and for endpoints that
fail."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from pynamodb.exceptions import DoesNotExist, PutError

from dunwell.adapters.codec import dumps, loads
from dunwell.adapters.indexes import due_partition
from dunwell.adapters.tables import LOST_TO_ANOTHER, DeliveryRow
from dunwell.domain.deliveries import Delivery, Health, delivery_id
from dunwell.ports import Clock
from dunwell.workers import Lane, Worker

KEPT: Final = timedelta(days=35)
"""As long as the event itself is kept, from the first try on."""


@dataclass(frozen=True, slots=True)
class DynamoDeliveryStore:
    clock: Clock

    def load(self, endpoint: str, event_id: str) -> Delivery | None:
        row = _row(delivery_id(endpoint, event_id), consistent=True)
        return loads(row.body, Delivery) if row is not None else None

    def keep(self, before: Delivery | None, after: Delivery) -> None:
        """See `DeliveryStore`. One write; in the due index for as long as another try is planned."""
        name = delivery_id(after.endpoint, after.event_id)
        waits: dict[str, Any] = {}
        if after.due_at is not None:
            lane = due_partition(Lane.WEBHOOKS, name)
            waits = {"due_lane": lane, "due_at": after.due_at, "worker": Worker.WEBHOOK_DELIVERY.value}
        row = DeliveryRow(name, body=dumps(after), expires_at=after.begun_at + KEPT, **waits)
        as_read = DeliveryRow.body == dumps(before) if before else DeliveryRow.delivery_id.does_not_exist()
        try:
            row.save(condition=as_read)
        except PutError as error:
            if error.cause_response_code not in LOST_TO_ANOTHER:
                raise

    def drop(self, endpoint: str, event_id: str) -> None:
        row = DeliveryRow(delivery_id(endpoint, event_id))
        row.delete()  # nosemgrep: writes-have-a-condition # what is gone already stays so

    def not_taken(self) -> list[Delivery]:
        """All that waits or was given up, the oldest first. It reads the whole table, in which only trouble
        lies: for people, not for functions."""
        every = DeliveryRow.scan()  # nosemgrep: no-scans # a person asks, and only trouble lies there
        rows = (row for row in every if not row.delivery_id.endswith("/") and row.body)
        return sorted((loads(row.body, Delivery) for row in rows), key=lambda one: one.begun_at)

    def of_endpoint(self, endpoint: str) -> Health:
        row = _row(delivery_id(endpoint, ""), consistent=False)
        return loads(row.body, Health) if row is not None else Health()

    def keep_health(self, endpoint: str, health: Health) -> None:
        row = DeliveryRow(delivery_id(endpoint, ""), body=dumps(health), expires_at=self.clock.now() + KEPT)
        row.save()  # nosemgrep: writes-have-a-condition # of two readings of one endpoint either will do


def _row(name: str, *, consistent: bool) -> DeliveryRow | None:
    try:
        return DeliveryRow.get(name, consistent_read=consistent)
    except DoesNotExist:
        return None
