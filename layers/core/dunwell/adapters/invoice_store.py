"""`InvoiceStore` over DynamoDB: facts, attempts and decisions of an invoice, written in one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pynamodb.connection import Connection
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from dunwell.adapters.codec import digest, dumps, loads
from dunwell.adapters.tables import (
    FACTS,
    CardRow,
    CustomerRow,
    EventRow,
    InvoiceRow,
    due_partition,
    sortable,
)
from dunwell.domain.customers import Customer, WantedMessage
from dunwell.domain.decision import Action, ActionKind, Decision
from dunwell.domain.invoices import Invoice
from dunwell.domain.limits import CARD_WINDOW, FINAL_ACTION_TRIES_MAX, IDEMPOTENCY_KEY_MAX_AGE
from dunwell.domain.payments import Attempt, attempt_count
from dunwell.domain.reasons import Reason
from dunwell.ports import Clock, StaleFactsError
from dunwell.records import (
    WORKER_OF,
    EventState,
    Facts,
    FinalActionRecord,
    Glance,
    Lane,
    Worker,
    attempt_key,
    card_key,
    glance_at,
    lane_of,
)

CARD_ROWS_KEPT: Final = CARD_WINDOW + timedelta(days=5)

ATTEMPT_ROWS_MAX: Final = 80
"""Attempts' rows within one transaction, which takes 100 items in all."""

_LOST = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """What lies in the main row's body."""

    invoice: Invoice
    wanted: tuple[WantedMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """One entry of the why and why-not ledger."""

    at: datetime
    settings_version: int
    reasons: tuple[Reason, ...]
    next_action: Action | None = None
    next_payment_attempt: datetime | None = None
    wanted_keys: tuple[str, ...] = ()

    def in_substance(self) -> "StoredDecision":
        """Without what changes at every look: its own time, and when "look again" is."""
        action = self.next_action
        if action is not None and action.kind is ActionKind.LOOK_AGAIN:
            action = replace(action, at=datetime(1970, 1, 1, tzinfo=UTC))
        return replace(self, at=datetime(1970, 1, 1, tzinfo=UTC), next_action=action)


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
        stored = loads(main.body, StoredFacts)
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
        )

    def load_attempted_at(self, card: str, since: datetime) -> Mapping[str, datetime]:
        found = {}
        for row in CardRow.query(card, CardRow.attempt >= sortable(since), consistent_read=True):
            instant, key = row.attempt.split("#", 1)
            found[key] = datetime.fromisoformat(instant)
        return found

    def save(
        self,
        before: Facts | None,
        after: Facts,
        decision: Decision,
        settings_version: int,
        event_id: str | None,
    ) -> None:
        entry = StoredDecision(
            at=self.clock.now(),
            settings_version=settings_version,
            reasons=decision.reasons,
            next_action=decision.next_action,
            next_payment_attempt=decision.next_payment_attempt,
            wanted_keys=tuple(message.key for message in decision.wanted_messages),
        )
        rows = _attempt_rows(before, after)
        for row in rows[ATTEMPT_ROWS_MAX:]:
            # ahead of the transaction: the same again changes nothing
            row.save()  # nosemgrep: writes-have-a-condition
        decided_before = before.decision_digest if before else None
        customer_before = before.customer_digest if before else None
        try:
            with TransactWrite(connection=self.connection) as transaction:
                self._write_main(transaction, before, after, entry)
                if digest(entry.in_substance()) != decided_before:
                    _write_decision(transaction, after, entry)
                for row in rows[:ATTEMPT_ROWS_MAX]:
                    transaction.save(row)
                for gone in _gone(before, after):
                    transaction.delete(gone)
                changed = digest(after.customer) != customer_before
                self._write_customer(transaction, before, after, customer_changed=changed)
                if event_id is not None:
                    applied: list[Any] = [
                        EventRow.state.set(EventState.APPLIED.value),
                        EventRow.waiting.remove(),
                    ]
                    transaction.update(EventRow(event_id), applied, condition=EventRow.event_id.exists())
        except TransactWriteError as error:
            raise lost_to_another(error) from error

    def begin_final_action(self, facts: Facts, record: FinalActionRecord) -> FinalActionRecord | None:
        part = f"final#{record.kind}"
        rows = list(
            InvoiceRow.query(facts.invoice.id, InvoiceRow.part.startswith(part), consistent_read=True)
        )
        for row in rows:
            earlier = loads(row.body, FinalActionRecord)
            if self.clock.now() - earlier.started_at <= IDEMPOTENCY_KEY_MAX_AGE:
                return earlier
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
        rows = InvoiceRow.batch_get(keys, attributes_to_get=["invoice_id", "part", "body"])
        return {row.invoice_id: glance_at(loads(row.body, StoredFacts).invoice) for row in rows}

    def ids_of_customer(self, customer_id: str) -> Iterable[str]:
        for row in InvoiceRow.by_customer.query(customer_id):
            yield row.invoice_id

    def _write_main(
        self, transaction: TransactWrite, before: Facts | None, after: Facts, entry: StoredDecision
    ) -> None:
        invoice = after.invoice
        condition = (
            InvoiceRow.part.does_not_exist() if before is None else InvoiceRow.version == before.version
        )
        actions: list[Any] = [
            InvoiceRow.body.set(dumps(StoredFacts(invoice, after.wanted))),
            InvoiceRow.version.set(after.version + 1),
            InvoiceRow.status.set(invoice.status.value),
            InvoiceRow.attempt_count.set(attempt_count(after.attempts)),
            InvoiceRow.decision.set(dumps(entry)),
            InvoiceRow.decision_digest.set(digest(entry.in_substance())),
            InvoiceRow.customer_digest.set(digest(after.customer)),
            *_agenda_actions(invoice.id, entry.next_action),
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
        transaction.update(InvoiceRow(invoice.id, FACTS), actions, condition=condition)

    def _write_customer(
        self, transaction: TransactWrite, before: Facts | None, after: Facts, *, customer_changed: bool
    ) -> None:
        """The customer's facts, and what this invoice wants to say; the contact is then decided again."""
        wanted_changed = after.wanted != (before.wanted if before else ())
        if not (customer_changed or wanted_changed):
            return
        customer_id = after.customer.id
        actions: list[Any] = [
            CustomerRow.body.set(dumps(after.customer)),
            CustomerRow.version.add(1),
        ]
        if wanted_changed:
            now = self.clock.now()
            row = CustomerRow(customer_id, f"wanted#{after.invoice.id}", body=dumps(after.wanted))
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


def _agenda_actions(invoice_id: str, action: Action | None) -> Iterator[Any]:
    """The one entry of the invoice in the due index; a closed invoice has none."""
    if action is None:
        yield from (
            attribute.remove()
            for attribute in (
                InvoiceRow.due_lane,
                InvoiceRow.due_at,
                InvoiceRow.planned_at,
                InvoiceRow.worker,
            )
        )
        return
    yield InvoiceRow.due_lane.set(due_partition(lane_of(action.kind), invoice_id))
    yield InvoiceRow.due_at.set(action.at)
    yield InvoiceRow.planned_at.set(action.at)
    yield InvoiceRow.worker.set(WORKER_OF[action.kind].value)


def _write_decision(transaction: TransactWrite, after: Facts, entry: StoredDecision) -> None:
    part = f"ledger#{sortable(entry.at)}#{after.version + 1:08d}"
    transaction.save(InvoiceRow(after.invoice.id, part, body=dumps(entry)))


def _attempt_rows(before: Facts | None, after: Facts) -> list[Any]:
    """The rows of attempts that are new or changed, each with its entry in the card's window; our own,
    the last ones made, come first."""
    known = {attempt.id: attempt for attempt in before.attempts} if before else {}
    changed = [attempt for attempt in after.attempts if known.get(attempt.id) != attempt]
    rows: list[Any] = []
    for attempt in sorted(changed, key=lambda attempt: (attempt.number is None, attempt.id)):
        rows.append(InvoiceRow(after.invoice.id, f"attempt#{attempt.id}", body=dumps(attempt)))
        rows += _card_rows(after, attempt)
    return rows


def _card_rows(facts: Facts, attempt: Attempt) -> list[CardRow]:
    """An attempt's entry in its card's window, if it has one."""
    if attempt.method is None or not attempt.charged:
        return []
    key = f"{sortable(attempt.started_at)}#{attempt_key(facts.invoice.id, attempt)}"
    return [CardRow(card_key(attempt.method), key, expires_at=attempt.started_at + CARD_ROWS_KEPT)]


def _gone(before: Facts | None, after: Facts) -> list[Any]:
    """The rows of attempts that are told otherwise now: a foreign one that turned out to be ours, and the
    card's entry of one that turned out never to have reached it."""
    now = {attempt.id: attempt for attempt in after.attempts}
    rows: list[Any] = []
    for attempt in before.attempts if before else ():
        told = now.get(attempt.id)
        if told is None:
            rows.append(InvoiceRow(after.invoice.id, f"attempt#{attempt.id}"))
        if told is None or not told.charged:
            rows += _card_rows(after, attempt)
    return rows


def lost_to_another(error: TransactWriteError) -> Exception:
    """Whether somebody else was faster (read again), or something is really wrong."""
    codes = {reason.code for reason in error.cancellation_reasons if reason is not None}
    return StaleFactsError("the facts were written since they were read") if codes & _LOST else error
