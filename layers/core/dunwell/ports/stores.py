"""What is kept of invoices, customers, events and webhooks, and when each is due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dunwell.domain.customers import MessageRecord, Suppression
    from dunwell.domain.decision import Decision
    from dunwell.domain.deliveries import Delivery, Health
    from dunwell.heard_events import EventState, HeardEvent
    from dunwell.history import LedgerEntry
    from dunwell.records import (
        CardUse,
        CustomerFile,
        DueEntry,
        Facts,
        FinalActionRecord,
        Glance,
        PageLink,
        PublishedEvent,
    )
    from dunwell.workers import Lane


class EventStore(Protocol):
    def store(self, event: HeardEvent) -> bool:
        """Stores an event once. False when it was stored before and is applied or ignored already."""
        ...

    def load(self, event_id: str) -> tuple[HeardEvent, EventState] | None: ...

    def states(self, event_ids: Sequence[str]) -> Mapping[str, EventState]:
        """The states of those events that are stored; at most a page of ids."""
        ...

    def waiting(self, before: datetime) -> Iterable[list[str]]:
        """The ids of events stored before an instant and not dealt with since, page by page."""
        ...

    def ignore(self, event_id: str, reason: str) -> None:
        """Marks an event as one that changes nothing, with the reason."""
        ...

    def applied(self, event_id: str) -> None:
        """Marks an event that only enqueued work as applied."""
        ...


class InvoiceStore(Protocol):
    def load(self, invoice_id: str) -> Facts | None:
        """An invoice's facts, read consistently; None when it was never heard of."""
        ...

    def load_card(self, card: str, since: datetime) -> CardUse:
        """When a card or account was attempted since `since`, over all invoices, read consistently.

        The keys name the attempts (`attempt_key`).
        """
        ...

    def save(
        self,
        before: Facts | None,
        after: Facts,
        decision: Decision,
        settings_version: int,
        event_id: str | None,
    ) -> None:
        """Writes facts, decision and wanted messages in one transaction, and marks the event applied.

        Raises `StaleFactsError` when the invoice was written since `before` was read, and when an attempt is
        begun on a card on which another invoice's was begun since `after.card_claims` were read.
        """
        ...

    def event(self, invoice_id: str, number: int) -> PublishedEvent | None:
        """The event of this number; None when there is none, or it is no longer kept."""
        ...

    def announce(self, before: Facts, after: Facts) -> None:
        """Writes what is announced of an invoice with no other change, and its news.

        Raises `StaleFactsError` when the invoice was written since `before` was read.
        """
        ...

    def begin_final_action(self, facts: Facts, record: FinalActionRecord) -> FinalActionRecord | None:
        """Writes the record of a final action before it is done, and returns the one to act on: an
        earlier one of the same kind whose key may still be sent, else `record`. None when it was begun
        often enough (`FINAL_ACTION_TRIES_MAX`) and never done, and for the hours in which an earlier key is
        too old to be sent and may have been sent too lately for a new one (`FINAL_ACTION_REST`).

        Raises `StaleFactsError` when the invoice was written since.
        """
        ...

    def glances(self, invoice_ids: Sequence[str]) -> Mapping[str, Glance]:
        """What is stored of those invoices that are known; at most a page of ids."""
        ...

    def last_entry(self, invoice_id: str) -> LedgerEntry | None:
        """The newest decision on an invoice."""
        ...

    def ledger(self, invoice_id: str) -> Iterable[LedgerEntry]:
        """The decisions on an invoice, oldest first, as far as they are kept."""
        ...

    def ids_of_customer(self, customer_id: str) -> Iterable[str]:
        """The ids of a customer's open invoices, page by page."""
        ...


class CustomerStore(Protocol):
    def load(self, customer_id: str) -> CustomerFile | None: ...

    def save(
        self,
        before: CustomerFile,
        records: Sequence[MessageRecord],
        next_due_at: datetime | None,
    ) -> None:
        """Writes message records and the customer's next entry in the due index.

        Raises `StaleFactsError` when the customer was written, or one of the records moved to another
        state, since `before` was read.
        """
        ...

    def move(self, customer_id: str, before: MessageRecord, after: MessageRecord) -> bool:
        """Writes a message's record as `after` by one conditional write. False when it is no longer in the
        state of `before`, or was claimed by another since."""
        ...

    def unsubscribe(self, customer_id: str, at: datetime) -> None:
        """Takes down that a customer wants no mails that only help, from an instant (UTC) on."""
        ...

    def suppress(self, customer_id: str, suppression: Suppression) -> None:
        """Keeps an address from being written to; harmless twice."""
        ...


class DeliveryStore(Protocol):
    """Webhooks that were not taken at once. What was taken leaves no trace."""

    def load(self, endpoint: str, event_id: str) -> Delivery | None: ...

    def keep(self, before: Delivery | None, after: Delivery) -> None:
        """Writes what became of a delivery. Where somebody else wrote it since `before` was read, theirs
        stands: they tried it, too."""
        ...

    def drop(self, endpoint: str, event_id: str) -> None:
        """Forgets a delivery that was taken, or that nobody waits for. Harmless twice."""
        ...

    def of_endpoint(self, endpoint: str) -> Health:
        """How an endpoint does, from a reading that may be a moment old."""
        ...

    def keep_health(self, endpoint: str, health: Health) -> None: ...


class Agenda(Protocol):
    def due(self, lane: Lane, now: datetime) -> Iterable[list[DueEntry]]:
        """What is due in a lane, page by page."""
        ...

    def parts(self) -> Sequence[str]:
        """The names of the parts that all entries lie in."""
        ...

    def page(self, part: str, after: str | None) -> tuple[list[DueEntry], str | None]:
        """Some entries of a part, due or not, and what to give as `after` for those that follow, None when
        none do. An entry that is decided on meanwhile may be told twice, or not at all."""
        ...

    def lease(self, entry: DueEntry, until: datetime) -> bool:
        """Pushes an entry forward, if it is still as it was read. False when somebody else did."""
        ...


class AttemptRate(Protocol):
    """The circuit breaker: counts new attempts over all invoices, clock hour by clock hour (UTC)."""

    def admit(self, now: datetime, per_hour_max: int) -> bool:
        """Counts one more attempt in the hour of `now`. False, and not counted, when the hour is full."""
        ...


class PageStore(Protocol):
    """The links to hosted invoice pages."""

    def issue(self, invoice_id: str) -> str:
        """A new token for an invoice's page, which nobody can guess; it is not kept, and told only once."""
        ...

    def find(self, token: str) -> PageLink | None:
        """Whose page a token opens; None for one that was never issued, is too old or was revoked."""
        ...

    def revoke(self, invoice_id: str) -> int:
        """Has no link to an invoice's page open it any more. Returns how many there were."""
        ...
