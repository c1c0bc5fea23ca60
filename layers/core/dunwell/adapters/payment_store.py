"""`PaymentStore` over DynamoDB: the records of attempts that ended, by customer, by issuer and by day."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from dunwell.adapters.codec import dumps, loads
from dunwell.adapters.indexes import day_partition, day_partitions, sortable
from dunwell.adapters.tables import PaymentRow
from dunwell.domain.payment_records import PaymentRecord

RECORDS_KEPT: Final = timedelta(days=800)
"""Two years of a customer's payments tell their pay cycle; then TTL deletes them."""

OF_ISSUER_MAX: Final = 50
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class DynamoPaymentStore:
    def of_customer(
        self, customer_id: str, count_max: int, until: datetime | None = None
    ) -> Sequence[PaymentRecord]:
        within = PaymentRow.made <= _behind(until) if until is not None else None
        rows = PaymentRow.query(customer_id, within, scan_index_forward=False, limit=count_max)
        return [loads(row.body, PaymentRecord) for row in rows][::-1]

    def of_issuer(self, issuer: str, since: datetime, until: datetime) -> Sequence[PaymentRecord]:
        within = PaymentRow.made.between(sortable(since), _behind(until))
        rows = PaymentRow.by_issuer.query(issuer, within, scan_index_forward=False, limit=OF_ISSUER_MAX)
        return [loads(row.body, PaymentRecord) for row in rows][::-1]

    def of_day(self, day: date) -> Iterable[list[PaymentRecord]]:
        for partition in day_partitions(day):
            page: list[PaymentRecord] = []
            for row in PaymentRow.by_day.query(partition, page_size=PAGE):
                page.append(loads(row.body, PaymentRecord))
                if len(page) >= PAGE:
                    yield page
                    page = []
            if page:
                yield page

    def parts_of(self, day: date) -> Sequence[str]:
        return day_partitions(day)

    def page(self, part: str, after: str | None) -> tuple[Sequence[PaymentRecord], str | None]:
        begun = json.loads(after) if after else None
        rows = PaymentRow.by_day.query(part, limit=PAGE, page_size=PAGE, last_evaluated_key=begun)
        found = [loads(row.body, PaymentRecord) for row in rows]
        ended: Any = rows.last_evaluated_key
        return found, json.dumps(ended) if ended else None


def _behind(instant: datetime) -> str:
    """A key behind all those of an instant."""
    return f"{sortable(instant)}~"


def payment_rows(records: Iterable[PaymentRecord]) -> list[PaymentRow]:
    """The row of each record; the same record gives the same row."""
    return [
        PaymentRow(
            record.customer_id,
            f"{sortable(record.at)}#{record.id}",
            body=dumps(record),
            day_shard=day_partition(record.at.date(), record.customer_id),
            issuer=record.method.issuer if record.method else None,
            expires_at=record.at + RECORDS_KEPT,
        )
        for record in records
    ]
