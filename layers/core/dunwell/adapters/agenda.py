"""`Agenda` over the due index of invoices and customers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from pynamodb.exceptions import UpdateError

from dunwell.adapters.tables import (
    FACTS,
    LOST_TO_ANOTHER,
    CustomerRow,
    InvoiceRow,
    due_partitions,
)
from dunwell.records import DueEntry, Lane, Worker

PAGE: Final = 100
"""Entries read at a time."""


@dataclass(frozen=True, slots=True)
class DynamoAgenda:
    def due(self, lane: Lane, now: datetime) -> Iterator[list[DueEntry]]:
        """See `Agenda`. Customers have entries in the work lane only."""
        for partition in due_partitions(lane):
            yield from _pages(InvoiceRow.due.query(partition, InvoiceRow.due_at <= now, page_size=PAGE))
            if lane is Lane.WORK:
                yield from _pages(CustomerRow.due.query(partition, CustomerRow.due_at <= now, page_size=PAGE))

    def parts(self) -> list[str]:
        """See `Agenda`. One for each partition of the index, of invoices and of customers."""
        lanes = [partition for lane in Lane for partition in due_partitions(lane)]
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
        row: Any = InvoiceRow(entry.id, FACTS)
        model: Any = InvoiceRow
        if entry.worker is Worker.REMINDER_DISPATCH:
            row, model = CustomerRow(entry.id, FACTS), CustomerRow
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
    row_id = row.customer_id if isinstance(row, CustomerRow) else row.invoice_id
    return DueEntry(row_id, Worker(row.worker), row.due_at)
