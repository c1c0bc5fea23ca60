"""`CustomerStore` in memory: facts, wanted messages, message records and the agenda's entry."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from dunwell.domain.customers import MessageRecord, MessageState, Suppression
from dunwell.errors import StaleFactsError
from dunwell.records import CustomerFile, Facts

TOLD: Final = (MessageState.SENT, MessageState.SKIPPED)
"""States of which the table's stream tells somebody."""


@dataclass
class MemoryCustomers:
    files: dict[str, CustomerFile] = field(default_factory=dict)
    due_at: dict[str, datetime] = field(default_factory=dict)
    told: list[MessageRecord] = field(default_factory=list)
    """What the table's stream would tell: records of mails that were sent or skipped, at each change."""

    def load(self, customer_id: str) -> CustomerFile | None:
        return self.files.get(customer_id)

    def save(
        self, before: CustomerFile, records: Sequence[MessageRecord], next_due_at: datetime | None
    ) -> None:
        customer_id = before.customer.id
        file = self.files[customer_id]
        moved = any(_state(file, one.key) is not _state(before, one.key) for one in records)
        if file.version != before.version or moved:
            raise StaleFactsError(customer_id)
        customer = file.customer.with_records(records) if records else file.customer
        self.told += [record for record in records if record.state in TOLD]
        self.files[customer_id] = replace(file, customer=customer, version=file.version + 1)
        self._enter(customer_id, next_due_at)

    def move(self, customer_id: str, before: MessageRecord, after: MessageRecord) -> bool:
        file = self.files[customer_id]
        known = file.customer.record(before.key)
        if known is None or (known.state, known.claimed_by) != (before.state, before.claimed_by):
            return False
        self.files[customer_id] = replace(file, customer=file.customer.with_records([after]))
        self.told += [after] if after.state in TOLD else []
        return True

    def unsubscribe(self, customer_id: str, at: datetime) -> None:
        file = self.files[customer_id]
        self.files[customer_id] = replace(file, customer=replace(file.customer, unsubscribed_at=at))

    def suppress(self, customer_id: str, suppression: Suppression) -> None:
        file = self.files[customer_id]
        others = (s for s in file.customer.suppressed if s.address != suppression.address)
        customer = replace(file.customer, suppressed=(*others, suppression))
        self.files[customer_id] = replace(file, customer=customer)

    def hear(self, facts: Facts, *, wanted_changed: bool, now: datetime) -> None:
        """What an invoice's write tells of its customer; a changed wish has the contact decided again."""
        customer_id = facts.customer.id
        known = self.files.get(customer_id)
        customer, wanted = facts.customer, known.wanted if known else ()
        if known is not None:
            records, suppressed = known.customer.records, known.customer.suppressed
            off = known.customer.unsubscribed_at
            customer = replace(customer, records=records, suppressed=suppressed, unsubscribed_at=off)
        if wanted_changed:
            others = tuple(m for m in wanted if m.invoice_id != facts.invoice.id)
            wanted = (*others, *facts.wanted)
            self.due_at[customer_id] = now
        self.files[customer_id] = CustomerFile(customer, wanted, known.version + 1 if known else 1)

    def _enter(self, customer_id: str, due_at: datetime | None) -> None:
        if due_at is None:
            self.due_at.pop(customer_id, None)
        else:
            self.due_at[customer_id] = due_at


def _state(file: CustomerFile, key: str) -> MessageState | None:
    record = file.customer.record(key)
    return record.state if record else None
