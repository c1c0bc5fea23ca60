"""`CustomerStore` over DynamoDB: a customer's facts, wanted messages and message records."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.connection import Connection
from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from dunwell.adapters.codec import dumps, loads
from dunwell.adapters.indexes import due_partition
from dunwell.adapters.invoice_store import lost_to_another
from dunwell.adapters.tables import FACTS, LOST_TO_ANOTHER, TRANSACTION_CONFLICT, CustomerRow
from dunwell.domain.customers import Customer, MessageRecord, Suppression, WantedMessage
from dunwell.records import CustomerFile
from dunwell.workers import Lane, Worker

MESSAGE: Final = "message#"
"""What the part of a message's row begins with."""

MOVE_TRIES_MAX: Final = 4
"""Tries at moving one record while a transaction holds it."""

UNSUBSCRIBED: Final = "unsubscribed"
"""The sort key of the row that tells since when a customer wants no mails that only help."""

RECORDS_KEPT: Final = timedelta(days=400)
"""Message records outlive every invoice's pursuit; then TTL deletes them."""


@dataclass(frozen=True, slots=True)
class DynamoCustomerStore:
    connection: Connection

    def load(self, customer_id: str) -> CustomerFile | None:
        """See `CustomerStore`. One consistent query over the whole collection."""
        rows = {row.part: row for row in CustomerRow.query(customer_id, consistent_read=True)}
        main = rows.pop(FACTS, None)
        if main is None or main.body is None:
            return None
        records = [
            loads(row.body or "", MessageRecord) for part, row in rows.items() if part.startswith(MESSAGE)
        ]
        wanted = [
            message
            for part, row in rows.items()
            if part.startswith("wanted#")
            for message in loads(row.body or "[]", tuple[WantedMessage, ...])
        ]
        suppressed = [
            loads(row.body or "", Suppression) for part, row in rows.items() if part.startswith("address#")
        ]
        customer = replace(
            loads(main.body, Customer),
            records=tuple(records),
            suppressed=tuple(suppressed),
            unsubscribed_at=_instant(rows.get(UNSUBSCRIBED)),
        )
        return CustomerFile(customer, tuple(wanted), int(main.version or 0))

    def save(
        self, before: CustomerFile, records: Sequence[MessageRecord], next_due_at: datetime | None
    ) -> None:
        row = CustomerRow(before.customer.id, FACTS)
        try:
            with TransactWrite(connection=self.connection) as transaction:
                transaction.update(
                    row,
                    [CustomerRow.version.add(1), *_agenda_actions(before.customer.id, next_due_at)],
                    condition=CustomerRow.version == before.version,
                )
                for record in records:
                    known = before.customer.record(record.key)
                    unchanged = (
                        CustomerRow.state == known.state.value if known else CustomerRow.part.does_not_exist()
                    )
                    transaction.save(_message_row(before.customer.id, record), condition=unchanged)
        except TransactWriteError as error:
            raise lost_to_another(error) from error

    def move(self, customer_id: str, before: MessageRecord, after: MessageRecord) -> bool:
        row, unchanged = CustomerRow(customer_id, f"{MESSAGE}{before.key}"), _claimed_as(before)
        written: list[Action] = [CustomerRow.body.set(dumps(after)), CustomerRow.state.set(after.state.value)]
        if after.claimed_by is not None:
            written.append(CustomerRow.claimed_by.set(after.claimed_by))
        for tries_left in reversed(range(MOVE_TRIES_MAX)):
            try:
                row.update(written, condition=(CustomerRow.state == before.state.value) & unchanged)
            except UpdateError as error:
                if error.cause_response_code == TRANSACTION_CONFLICT and tries_left:
                    continue
                if error.cause_response_code in LOST_TO_ANOTHER:
                    return False
                raise
            return True
        raise AssertionError("unreachable: the last try returns or raises")

    def unsubscribe(self, customer_id: str, at: datetime) -> None:
        row = CustomerRow(customer_id, UNSUBSCRIBED, body=at.isoformat())
        row.save()  # nosemgrep: writes-have-a-condition # once more, it only is a little later

    def suppress(self, customer_id: str, suppression: Suppression) -> None:
        part = f"address#{suppression.address.lower()}"
        row = CustomerRow(customer_id, part, body=dumps(suppression))
        row.save()  # nosemgrep: writes-have-a-condition # the newest report counts; again, it changes nothing


def _instant(row: CustomerRow | None) -> datetime | None:
    return datetime.fromisoformat(row.body) if row is not None and row.body else None


def _claimed_as(record: MessageRecord) -> Condition:
    """That nobody has claimed a message since. Rows of before claims had an attribute have none."""
    nobody = CustomerRow.claimed_by.does_not_exist()
    return nobody if record.claimed_by is None else nobody | (CustomerRow.claimed_by == record.claimed_by)


def _message_row(customer_id: str, record: MessageRecord) -> CustomerRow:
    return CustomerRow(
        customer_id,
        f"{MESSAGE}{record.key}",
        body=dumps(record),
        state=record.state.value,
        claimed_by=record.claimed_by,
        expires_at=record.at + RECORDS_KEPT,
    )


def _agenda_actions(customer_id: str, due_at: datetime | None) -> list[Any]:
    if due_at is None:
        gone = (CustomerRow.due_lane, CustomerRow.due_at, CustomerRow.planned_at, CustomerRow.worker)
        return [attribute.remove() for attribute in gone]
    return [
        CustomerRow.due_lane.set(due_partition(Lane.WORK, customer_id)),
        CustomerRow.due_at.set(due_at),
        CustomerRow.planned_at.set(due_at),
        CustomerRow.worker.set(Worker.REMINDER_DISPATCH.value),
    ]
