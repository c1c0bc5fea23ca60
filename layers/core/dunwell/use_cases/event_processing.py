"""Applies one event to the facts, and decides. An event is a hint: the processor's object is the truth."""

from dataclasses import dataclass, replace
from typing import Final

from dunwell.errors import ObjectMissingError
from dunwell.heard_events import EventState, HeardEvent
from dunwell.ports import EventStore, InvoiceStore, Processor, Queues, Telling
from dunwell.use_cases.book import Book, Look
from dunwell.workers import Worker

CUSTOMER_EVENTS: Final = (
    "customer.updated",
    "customer.deleted",
    "customer.source.",
    "customer.subscription.updated",
    "payment_method.",
)
"""Types that may change what the processor would charge, or whom a mail goes to."""


@dataclass(frozen=True, slots=True)
class EventProcessing:
    """Applies an event, or looks again at one invoice; both end in a decision."""

    book: Book
    events: EventStore
    invoices: InvoiceStore
    processor: Processor
    queues: Queues
    telling: Telling

    def run(self, event_id: str) -> None:
        """Applies a stored event once. An unknown id, or one that was dealt with, does nothing.

        Raises `ProcessorUnavailableError` and `StaleFactsError`: the queue redelivers.
        """
        found = self.events.load(event_id)
        if found is None:
            self.telling.warn("no such event; it may have been deleted after 35 days", event_id=event_id)
            return
        event, state = found
        if state is not EventState.STORED:
            return
        if event.type.startswith(CUSTOMER_EVENTS):
            self._fan_out(event)
        else:
            self._apply(event)

    def look_again(self, invoice_id: str, settings_version: int = 0) -> None:
        """Reads an invoice again and decides: the agenda's "look again", what a customer's event asks, and
        what new settings do, of at least this version."""
        self.book.settings.current(at_least=settings_version)
        with self.telling.about(invoice_id):
            self.book.update(lambda: self.book.look(invoice_id))

    def _apply(self, event: HeardEvent) -> None:
        try:
            invoice_id = self._invoice_of(event)
            if invoice_id is None:
                self._ignore(event, f"{event.type} concerns no invoice")
                return
            with self.telling.about(invoice_id):
                self.book.update(lambda: self._recognise(self.book.look(invoice_id), event), event.id)
                self.telling.note("event applied", event_id=event.id, type=event.type)
        except ObjectMissingError:
            self._ignore(event, "the processor does not know the object")
            return
        self.telling.count("EventsApplied")

    def _invoice_of(self, event: HeardEvent) -> str | None:
        if event.invoice_id is not None:
            return event.invoice_id
        if event.payment_intent_id is not None and event.object_type == "payment_intent":
            return self.processor.invoice_of_payment(event.payment_intent_id)
        return None

    def _recognise(self, look: Look, event: HeardEvent) -> Look:
        """Ties the charge in an event to our own attempt, when its request carried that attempt's key."""
        for attempt in look.facts.own_attempts:
            same = attempt.idempotency_key == event.idempotency_key
            if same and event.charge_id not in (None, attempt.charge_id):
                return self.book.look_after(look, replace(attempt, charge_id=event.charge_id))
        return look

    def _fan_out(self, event: HeardEvent) -> None:
        """Has each open invoice of a customer looked at again; the ids are never held all at once."""
        ids = self.invoices.ids_of_customer(event.customer_id) if event.customer_id else ()
        sent = self.queues.send(Worker.EVENT_PROCESSING, ({"invoice_id": invoice_id} for invoice_id in ids))
        if sent:
            self.events.applied(event.id)
            self.telling.count("EventsApplied")
        else:
            self._ignore(event, "the customer has no open invoice")

    def _ignore(self, event: HeardEvent, reason: str) -> None:
        self.events.ignore(event.id, reason)
        self.telling.count("EventsIgnored")
        self.telling.note("event ignored", event_id=event.id, type=event.type, reason=reason)
