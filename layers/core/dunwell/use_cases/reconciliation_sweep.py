"""Compares with the processor's own lists: what never arrived, was never applied, or reads otherwise.

A sweep selects, the worker decides: ids are enqueued, and every worker reads the truth anew.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from dunwell.heard_events import HeardEvent
from dunwell.ports import Clock, EventStore, InvoiceStore, Processor, Queues, Telling
from dunwell.records import Glance
from dunwell.workers import Worker

SETTLED_AFTER: Final = timedelta(minutes=15)
"""What is younger is still on its ordinary way."""

UNDELIVERED_SINCE: Final = timedelta(days=7)
"""How far back events whose webhooks failed are asked for: longer than the processor redelivers (3 days)."""

HEARD_SINCE: Final = timedelta(days=3)
"""How far back every event is compared with what was heard; each night sees each event three times."""

PAGES_MAX: Final = 2_000
"""Pages of one list read by one run, 100 to a page; more is told of loudly, and left to the next."""


Page = TypeVar("Page")


@dataclass(frozen=True, slots=True)
class ReconciliationSweep:
    """Woken twice an hour to catch up after an outage, and nightly for everything."""

    processor: Processor
    events: EventStore
    invoices: InvoiceStore
    queues: Queues
    clock: Clock
    telling: Telling

    def run(self, *, everything: bool) -> dict[str, int]:
        """How many events and invoices were enqueued, by what was found of them.

        Without `everything` only events that were not delivered, or not applied, are looked for.
        Raises `ProcessorUnavailableError` before anything is enqueued: while the processor is down
        nothing could be applied, and the queues would fill with the same ids again and again.
        """
        now = self.clock.now()
        undelivered = self.processor.events_since(now - UNDELIVERED_SINCE, undelivered=True)
        found = {"undelivered": self._take_in(undelivered)}
        found["waiting"] = self._wake(self.events.waiting(now - SETTLED_AFTER))
        if everything:
            heard = self.processor.events_since(now - HEARD_SINCE, undelivered=False)
            found["unheard"] = self._take_in(heard)
            found["drifted"] = self._compare(self.processor.open_invoices())
        for name, count in found.items():
            if count:
                self.telling.count(f"Reconciled{name.title()}", count)
        return found

    def _wake(self, pages: Iterable[list[str]]) -> int:
        return sum(self._enqueue("event_id", ids) for ids in self._bounded(pages))

    def _take_in(self, pages: Iterable[list[HeardEvent]]) -> int:
        """Stores and enqueues the events of which nothing is known."""
        return sum(self._store(page) for page in self._bounded(pages))

    def _store(self, page: list[HeardEvent]) -> int:
        settled = [e for e in page if e.created_at <= self.clock.now() - SETTLED_AFTER]
        known = self.events.states([event.id for event in settled])
        unknown = [event for event in settled if event.id not in known]
        return self._enqueue("event_id", [event.id for event in unknown if self.events.store(event)])

    def _compare(self, pages: Iterable[list[Glance]]) -> int:
        """Has each invoice looked at again of which we know something else, or nothing."""
        return sum(self._enqueue("invoice_id", self._drifted(page)) for page in self._bounded(pages))

    def _drifted(self, page: list[Glance]) -> list[str]:
        known = self.invoices.glances([glance.invoice_id for glance in page])
        return [glance.invoice_id for glance in page if known.get(glance.invoice_id) != glance]

    def _enqueue(self, name: str, ids: list[str]) -> int:
        return self.queues.send(Worker.EVENT_PROCESSING, ({name: one} for one in ids)) if ids else 0

    def _bounded(self, pages: Iterable[Page]) -> Iterator[Page]:
        for number, page in enumerate(pages):
            if number == PAGES_MAX:
                self.telling.count("ReconciliationCutShort")
                self.telling.warn("more is listed than one run reads", pages=number)
                return
            yield page
