"""`Agenda` over the due index of invoices, customers and webhooks."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from pynamodb.exceptions import UpdateError

from dunwell.adapters.indexes import due_partitions
from dunwell.adapters.tables import FACTS, LOST_TO_ANOTHER, CustomerRow, DeliveryRow, InvoiceRow
from dunwell.records import DueEntry
from dunwell.workers import Lane, Worker

PAGE: Final = 100
"""Entries read at a time."""

_TABLES: Final[dict[Lane, list[Any]]] = {
    Lane.WORK: [InvoiceRow, CustomerRow],
    Lane.FINAL: [InvoiceRow],
    Lane.WEBHOOKS: [DeliveryRow],
}
"""Which tables have entries in a lane."""

_TABLE_OF: Final = {Worker.REMINDER_DISPATCH: CustomerRow, Worker.WEBHOOK_DELIVERY: DeliveryRow}
"""Whose entries a worker works on, where it is not an invoice's."""

_KEY_OF: Final = {InvoiceRow: "invoice_id", CustomerRow: "customer_id", DeliveryRow: "delivery_id"}


@dataclass(frozen=True, slots=True)
class DynamoAgenda:
    def due(self, lane: Lane, now: datetime) -> Iterator[list[DueEntry]]:
        """See `Agenda`."""
        for partition in due_partitions(lane):
            for table in _TABLES[lane]:
                yield from _pages(table.due.query(partition, table.due_at <= now, page_size=PAGE))

    def parts(self) -> list[str]:
        """See `Agenda`. One for each partition of the index, of invoices and of customers."""
        lanes = [partition for lane in (Lane.WORK, Lane.FINAL) for partition in due_partitions(lane)]
        return [
            *(f"invoices/{lane}" for lane in lanes),
            *(f"customers/{one}" for one in due_partitions(Lane.WORK)),
        ]

    def page(self, part: str, after: str | None) -> tuple[list[DueEntry], str | None]:
        whose, _, partition = part.partition("/")
        index: Any = CustomerRow.due if whose == "customers" else InvoiceRow.due
        begun = json.loads(after) if after else None
        rows = index.query(partition, limit=PAGE, page_size=PAGE, last_evaluated_key=begun)
        found = [_entry(row) for row in rows]
        ended: Any = rows.last_evaluated_key
        return found, json.dumps(ended) if ended else None

    def lease(self, entry: DueEntry, until: datetime) -> bool:
        model: Any = _TABLE_OF.get(entry.worker, InvoiceRow)
        row = model(entry.id) if model is DeliveryRow else model(entry.id, FACTS)
        try:
            row.update([model.due_at.set(until)], condition=model.due_at == entry.due_at)
        except UpdateError as error:
            if error.cause_response_code in LOST_TO_ANOTHER:
                return False
            raise
        return True


def _pages(rows: Iterator[Any]) -> Iterator[list[DueEntry]]:
    while page := list(islice(rows, PAGE)):
        yield [_entry(row) for row in page]


def _entry(row: Any) -> DueEntry:
    return DueEntry(getattr(row, _KEY_OF[type(row)]), Worker(row.worker), row.due_at)
