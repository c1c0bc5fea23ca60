"""Events: taken in once, applied once, in any order; and what never arrived."""

import json
from dataclasses import replace
from datetime import timedelta

from dunwell.adapters import event_store
from dunwell.adapters.stripe_shapes import invoice_from
from dunwell.domain.invoices import Status
from dunwell.errors import ProcessorUnavailableError, WebhookRefusedError
from dunwell.use_cases.book import Book
from dunwell.use_cases.event_processing import EventProcessing
from dunwell.use_cases.reconciliation_sweep import ReconciliationSweep
from dunwell.use_cases.webhook_intake import Answer, WebhookIntake
from dunwell.workers import Worker

from tests.simulation.planted.bug import Bug, Over, instead, together, value


def _marked_first(apply):
    def planted(self, event):
        self.events.applied(event.id)
        apply(self, event)

    return planted


def _ordered_by_created(apply):
    newest = {}

    def planted(self, event):
        invoice_id = self._invoice_of(event)
        known = newest.get((self.events, invoice_id))
        if known is not None and event.created_at <= known:
            self._ignore(event, "older than what was applied")
            return
        apply(self, event)
        newest[self.events, invoice_id] = event.created_at

    return planted


_payloads = {}


def _remembered(run):
    def planted(self, body, signature):
        def read(*given):
            event = self.reader.read(*given)
            _payloads[self.events, event.id] = json.loads(event.body)["data"]["object"]
            return event

        return run(replace(self, reader=Over(self.reader, read=read)), body, signature)

    return planted


def _as_the_payload_says(recognise):
    def planted(self, look, event):
        look, payload = recognise(self, look, event), _payloads.get((self.events, event.id))
        if event.object_type != "invoice" or payload is None:
            return look
        told, read = invoice_from(payload, [], look.facts.invoice.read_at), look.facts.invoice
        invoice = replace(
            read, status=told.status, amount_paid=told.amount_paid, amount_remaining=told.amount_remaining
        )
        facts = replace(look.facts, invoice=invoice)
        return replace(look, facts=facts, decision=self.book._decide(facts, look.settings))

    return planted


def _given_up_when_down(apply):
    def planted(self, event):
        try:
            apply(self, event)
        except ProcessorUnavailableError:
            self._ignore(event, "the processor is down")

    return planted


def _answered_first(run):
    def planted(self, body, signature):
        try:
            event = self.reader.read(body, signature)
        except WebhookRefusedError:
            return run(self, body, signature)
        try:
            if self.events.store(event):
                self.queues.send(Worker.EVENT_PROCESSING, [{"event_id": event.id}])
        except Exception:
            return Answer(200, "accepted")
        return Answer(200, "accepted")

    return planted


def _final_once_uncollectible(apply):
    def planted(self, event):
        known = self.invoices.load(event.invoice_id) if event.invoice_id else None
        if known is not None and known.invoice.status is Status.UNCOLLECTIBLE:
            self._ignore(event, "the invoice is closed")
            return
        apply(self, event)

    return planted


def _written_over(write):
    def planted(self, look, event_id=None):
        write(self, replace(look, before=self.invoices.load(look.facts.invoice.id)), event_id)

    return planted


def _first_page(bounded):
    def planted(self, pages):
        return (page for number, page in enumerate(bounded(self, pages)) if number == 0)

    return planted


BUGS = (
    Bug(
        "dedupe-marked-before-the-effect",
        "Dedupe marked before the effect.",
        "fast",
        instead(EventProcessing, "_apply", _marked_first),
        ("E2", "E3", "E7", "S1"),
    ),
    Bug(
        "events-ordered-by-created",
        "Event order by `created`, which has whole seconds and ties.",
        "fast",
        instead(EventProcessing, "_apply", _ordered_by_created),
        ("E3", "E7", "R3", "S3"),
    ),
    Bug(
        "older-payload-over-newer",
        "An older payload overwriting newer knowledge.",
        "fast",
        together(
            instead(WebhookIntake, "run", _remembered),
            instead(EventProcessing, "_recognise", _as_the_payload_says),
        ),
        ("E3", "E5"),
    ),
    Bug(
        "events-given-up-when-the-processor-is-down",
        "Events ignored for good while the processor is down.",
        "fast",
        instead(EventProcessing, "_apply", _given_up_when_down),
        ("E3", "E7", "R3", "S3"),
    ),
    Bug(
        "answered-before-it-is-stored",
        "A webhook answered with 200 before it is stored.",
        "fast",
        instead(WebhookIntake, "run", _answered_first),
        ("E1",),
    ),
    Bug(
        "catch-up-skips-stored-events",
        "A catch-up that asks the processor for what never arrived, and skips stored events.",
        "fast",
        value(ReconciliationSweep, "_wake", lambda self, pages: 0),
        ("E2",),
    ),
    Bug(
        "fan-out-marked-before-it-is-enqueued",
        "A customer's event marked applied before the looks at their invoices are enqueued.",
        "fast",
        instead(EventProcessing, "_fan_out", _marked_first),
        ("E2", "E3", "S3"),
    ),
    Bug(
        "events-kept-too-short",
        "A TTL shorter than the processor's redelivery.",
        "fast",
        value(event_store, "EVENTS_KEPT", timedelta(days=1)),
        ("E2", "E4"),
    ),
    Bug(
        "first-page-only",
        "The first page only of the processor's lists.",
        "fast",
        instead(ReconciliationSweep, "_bounded", _first_page),
        ("E2", "E3", "E7"),
    ),
    Bug(
        "saved-whatever-was-stored-meanwhile",
        "Facts saved without a condition on their version.",
        "fast",
        instead(Book, "write", _written_over),
        ("E3", "E5", "M4", "M5", "M5b", "M6"),
    ),
    Bug(
        "uncollectible-is-final",
        "Uncollectible treated as final: that it is paid after all is not seen.",
        "fast",
        instead(EventProcessing, "_apply", _final_once_uncollectible),
        ("E3",),
    ),
)
