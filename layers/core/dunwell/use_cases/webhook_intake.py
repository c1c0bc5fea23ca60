"""Takes a webhook in: verified, stored once, its id enqueued. Nothing is applied here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dunwell.errors import WebhookRefusedError
from dunwell.workers import Worker

if TYPE_CHECKING:
    from dunwell.heard_events import HeardEvent
    from dunwell.ports import EventStore, Queues, Telling, WebhookReader


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told: an HTTP status and one word or sentence."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class WebhookIntake:
    """A 2xx means that the event is durably stored (INVARIANTS.md, E1)."""

    reader: WebhookReader
    events: EventStore
    queues: Queues
    telling: Telling

    def run(self, body: bytes, signature: str | None) -> Answer:
        """Takes one webhook body with its `Stripe-Signature` header (None when it has none)."""
        try:
            event = self.reader.read(body, signature)
        except WebhookRefusedError as refused:
            self.telling.count("WebhooksRefused")
            self.telling.note("webhook refused", status=refused.status, reason=refused.reason)
            return Answer(refused.status, refused.reason)
        with self.telling.about(event.invoice_id):
            return self._take_in(event)

    def _take_in(self, event: HeardEvent) -> Answer:
        if not self.events.store(event):
            self.telling.count("WebhooksRepeated")
            return Answer(200, "already applied")
        self.queues.send(Worker.EVENT_PROCESSING, [{"event_id": event.id}])
        self.telling.count("WebhooksAccepted")
        self.telling.note("webhook accepted", event_id=event.id, type=event.type)
        return Answer(200, "accepted")
