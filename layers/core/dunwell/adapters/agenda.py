"""`Agenda` over the due index of invoices and customers."""

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
