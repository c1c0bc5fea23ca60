"""`InvoiceStore` over DynamoDB: facts, attempts and decisions of an invoice, written in one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.transactions import TransactWrite

from dunwell.adapters.codec import digest, dumps, loads
from dunwell.adapters.event_store import APPLIED
from dunwell.adapters.indexes import due_partition, sortable
from dunwell.adapters.invoice_rows import (
    CARD_ROWS_KEPT,
    PUBLISHED,
    StoredFacts,
    agenda_actions,
    announced_actions,
    announced_in,
    attempt_rows,
    gone_rows,
    in_substance,
    published_rows,
)
from dunwell.adapters.payment_store import payment_rows
from dunwell.adapters.tables import CLAIMS, FACTS, CardRow, CustomerRow, EventRow, InvoiceRow
from dunwell.domain.customers import Customer
from dunwell.domain.decision import Decision
from dunwell.domain.limits import FINAL_ACTION_TRIES_MAX
from dunwell.domain.payments import Attempt, attempt_count
from dunwell.domain.recovery import Recovery
from dunwell.errors import StaleFactsError
from dunwell.history import LedgerEntry
from dunwell.ports import Clock
from dunwell.records import (
    CardUse,
    Facts,
    FinalActionRecord,
    Glance,
    PublishedEvent,
    glance_at,
)
from dunwell.workers import Lane, Worker

ATTEMPT_ROWS_MAX: Final = 80
"""Rows of attempts, of their records and of news within one transaction, which takes 100 items in all."""

WISHES_KEPT: Final = timedelta(days=30)
"""How long a closed invoice's wanted mails are kept once they have expired."""

_LOST = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


@dataclass(frozen=True, slots=True)
class DynamoInvoiceStore:
    connection: Connection
    clock: Clock

    def load(self, invoice_id: str) -> Facts | None:
        """See `InvoiceStore`. One consistent query over the facts and the attempts."""
        rows = list(
            InvoiceRow.query(invoice_id, InvoiceRow.part.between("attempt#", FACTS), consistent_read=True)
        )  # fmt: skip
        main = next((row for row in rows if row.part == FACTS), None)
        if main is None:
            return None
        stored = StoredFacts.read(main)
        attempts = tuple(loads(row.body, Attempt) for row in rows if row.part.startswith("attempt#"))
        customer = Customer(stored.invoice.customer_id)
        return Facts(
            stored.invoice,
            attempts,
            customer,
            int(main.version or 0),
            stored.wanted,
            main.decision_digest,
            main.customer_digest,
            announced=announced_in(main),
            recovery=loads(main.recovery, Recovery) if main.recovery else None,
        )

    def load_card(self, card: str, since: datetime) -> CardUse:
        found, claims = {}, 0
        for row in CardRow.query(card, CardRow.attempt >= sortable(since), consistent_read=True):
            if row.attempt == CLAIMS:
                claims = int(row.counted or 0)
            else:
                instant, key = row.attempt.split("#", 1)
                found[key] = datetime.fromisoformat(instant)
        return CardUse(found, claims)

    def save(
        self,
        before: Facts | None,
        after: Facts,
        decision: Decision,
        settings_version: int,
        event_id: str | None,
    ) -> None:
        entry = self._entry(decision, settings_version)
        rows: list[Any] = [*attempt_rows(before, after), *payment_rows(after.ended)]
        rows.sort(key=lambda row: not isinstance(row, InvoiceRow))  # attempts first: the news tells of them
        room = ATTEMPT_ROWS_MAX - len(after.news)
        for row in rows[room:]:
            # ahead of the transaction: the same again changes nothing
            row.save()  # nosemgrep: writes-have-a-condition
        try:
            with TransactWrite(connection=self.connection) as transaction:
                self._write_main(transaction, before, after, entry)
                _write_decision(transaction, before, after, entry)
                for row in [*rows[:room], *published_rows(after.news)]:
                    transaction.save(row)
                for gone in gone_rows(before, after):
                    transaction.delete(gone)
                self._claim_card(transaction, before, after)
                self._write_customer(transaction, before, after)
                if event_id is not None:
                    transaction.update(EventRow(event_id), APPLIED, condition=EventRow.event_id.exists())
        except TransactWriteError as error:
            raise lost_to_another(error) from error

    def _entry(self, decision: Decision, settings_version: int) -> LedgerEntry:
        return LedgerEntry(
            at=self.clock.now(),
            settings_version=settings_version,
            reasons=decision.reasons,
            next_action=decision.next_action,
            next_payment_attempt=decision.next_payment_attempt,
            wanted_keys=tuple(message.key for message in decision.wanted_messages),
            foresight=decision.planned_retry.foresight if decision.planned_retry is not None else None,
        )

    def event(self, invoice_id: str, number: int) -> PublishedEvent | None:
        return published_event(invoice_id, number)

    def announce(self, before: Facts, after: Facts) -> None:
        invoice_id = after.invoice.id
        actions = [InvoiceRow.version.set(before.version + 1), *announced_actions(after.announced)]
        try:
            with TransactWrite(connection=self.connection) as transaction:
                transaction.update(
                    InvoiceRow(invoice_id, FACTS), actions, condition=InvoiceRow.version == before.version
                )
                for row in published_rows(after.news):
                    transaction.save(row)
        except TransactWriteError as error:
            raise lost_to_another(error) from error

    def begin_final_action(self, facts: Facts, record: FinalActionRecord) -> FinalActionRecord | None:
        part = f"final#{record.kind}"
        rows = list(
            InvoiceRow.query(facts.invoice.id, InvoiceRow.part.startswith(part), consistent_read=True)
        )
        for row in rows:
            earlier = loads(row.body, FinalActionRecord)
            if not earlier.is_over(self.clock.now()):
                return earlier if earlier.may_be_sent(self.clock.now()) else None
        if len(rows) >= FINAL_ACTION_TRIES_MAX:
            return None
        fresh = replace(record, idempotency_key=f"{record.idempotency_key}-{len(rows) + 1}")
        row = InvoiceRow(facts.invoice.id, f"{part}#{len(rows) + 1:03d}", body=dumps(fresh))
        claim: list[Any] = [InvoiceRow.version.set(facts.version + 1)]
        try:
            with TransactWrite(connection=self.connection) as transaction:
                transaction.save(row, condition=InvoiceRow.part.does_not_exist())
                transaction.update(
                    InvoiceRow(facts.invoice.id, FACTS), claim, condition=InvoiceRow.version == facts.version
                )
        except TransactWriteError as error:
            raise lost_to_another(error) from error
        return fresh

    def glances(self, invoice_ids: Sequence[str]) -> Mapping[str, Glance]:
        keys = [(invoice_id, FACTS) for invoice_id in invoice_ids]
        rows = InvoiceRow.batch_get(keys, attributes_to_get=["invoice_id", "part", "body", "packed"])
        return {row.invoice_id: glance_at(StoredFacts.read(row).invoice) for row in rows}

    def last_entry(self, invoice_id: str) -> LedgerEntry | None:
        ledger = InvoiceRow.part.startswith("ledger#")
        rows = InvoiceRow.query(invoice_id, ledger, limit=1, scan_index_forward=False, consistent_read=True)
        return next((loads(row.body, LedgerEntry) for row in rows), None)

    def ledger(self, invoice_id: str) -> Iterator[LedgerEntry]:
        rows = InvoiceRow.query(invoice_id, InvoiceRow.part.startswith("ledger#"), consistent_read=True)
        yield from (loads(row.body, LedgerEntry) for row in rows)

    def ids_of_customer(self, customer_id: str) -> Iterable[str]:
        for row in InvoiceRow.by_customer.query(customer_id):
            yield row.invoice_id

    def _write_main(
        self, transaction: TransactWrite, before: Facts | None, after: Facts, entry: LedgerEntry
    ) -> None:
        invoice = after.invoice
        condition = (
            InvoiceRow.part.does_not_exist() if before is None else InvoiceRow.version == before.version
        )
        actions: list[Any] = [
            *StoredFacts(invoice, after.wanted).actions(),
            *announced_actions(after.announced),
            InvoiceRow.version.set(after.version + 1),
            InvoiceRow.status.set(invoice.status.value),
            InvoiceRow.attempt_count.set(attempt_count(after.attempts)),
            InvoiceRow.decision_digest.set(digest(in_substance(entry))),
            InvoiceRow.customer_digest.set(digest(after.customer)),
            *agenda_actions(invoice.id, entry.next_action),
        ]
        actions.append(
            InvoiceRow.next_payment_attempt.set(entry.next_payment_attempt)
            if entry.next_payment_attempt
            else InvoiceRow.next_payment_attempt.remove()
        )
        actions.append(
            InvoiceRow.open_customer_id.set(invoice.customer_id)
            if invoice.is_open
            else InvoiceRow.open_customer_id.remove()
        )
        if after.recovery is not None:
            actions.append(InvoiceRow.recovery.set(dumps(after.recovery)))
        transaction.update(InvoiceRow(invoice.id, FACTS), actions, condition=condition)

    def _claim_card(self, transaction: TransactWrite, before: Facts | None, after: Facts) -> None:
        """Two invoices never begin an attempt on one card at once: the networks count both (M4)."""
        card = after.claimed_card(before)
        if card is None:
            return
        seen = after.card_claims
        transaction.update(
            CardRow(card, CLAIMS),
            [CardRow.counted.set(seen + 1), CardRow.expires_at.set(self.clock.now() + CARD_ROWS_KEPT)],
            condition=CardRow.counted == seen if seen else CardRow.counted.does_not_exist(),
        )

    def _write_customer(self, transaction: TransactWrite, before: Facts | None, after: Facts) -> None:
        """The customer's facts, and what this invoice wants to say; the contact is then decided again."""
        wanted_changed = after.wanted != (before.wanted if before else ())
        if not wanted_changed and digest(after.customer) == (before.customer_digest if before else None):
            return
        customer_id = after.customer.id
        actions: list[Any] = [
            CustomerRow.body.set(dumps(after.customer)),
            CustomerRow.version.add(1),
        ]
        if wanted_changed:
            now = self.clock.now()
            row = CustomerRow(
                customer_id,
                f"wanted#{after.invoice.id}",
                body=dumps(after.wanted),
                expires_at=_of_no_use_after(after),
            )
            if after.wanted:
                transaction.save(row)
            else:
                transaction.delete(row)
            actions += [
                CustomerRow.due_lane.set(due_partition(Lane.WORK, customer_id)),
                CustomerRow.due_at.set(now),
                CustomerRow.planned_at.set(now),
                CustomerRow.worker.set(Worker.REMINDER_DISPATCH.value),
            ]
        transaction.update(CustomerRow(customer_id, FACTS), actions)


def _of_no_use_after(facts: Facts) -> datetime | None:
    """When a closed invoice's wishes may be deleted: nobody looks at it again. None while it is open."""
    if facts.invoice.is_open:
        return None
    return max(message.expires_at for message in facts.wanted) + WISHES_KEPT if facts.wanted else None


def _write_decision(
    transaction: TransactWrite, before: Facts | None, after: Facts, entry: LedgerEntry
) -> None:
    """One more entry of the ledger, unless it says in substance what the last one did."""
    if digest(in_substance(entry)) != (before.decision_digest if before else None):
        part = f"ledger#{sortable(entry.at)}#{after.version + 1:08d}"
        transaction.save(InvoiceRow(after.invoice.id, part, body=dumps(entry)))


def lost_to_another(error: TransactWriteError) -> Exception:
    """Whether somebody else was faster (read again), or something is really wrong."""
    codes = {reason.code for reason in error.cancellation_reasons if reason is not None}
    return StaleFactsError("the facts were written since they were read") if codes & _LOST else error


def published_event(invoice_id: str, number: int) -> PublishedEvent | None:
    """See `InvoiceStore.event`."""
    try:
        row = InvoiceRow.get(invoice_id, f"{PUBLISHED}{number:08d}", consistent_read=True)
    except DoesNotExist:
        return None
    return loads(row.body, PublishedEvent)
