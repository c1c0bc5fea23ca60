"""Tells others what has become of invoices: each event of the stream to the bus, in order; and has a mail
that was sent, or came back, announced on its invoice."""

from dataclasses import dataclass, replace
from functools import partial

from dunwell.domain.announcements import Announcement, news_of_mail
from dunwell.domain.customers import MessageRecord
from dunwell.domain.deliveries import delivery_id
from dunwell.ports import Bus, Clock, InvoiceStore, Queues, SettingsStore, Telling
from dunwell.records import Facts, PublishedEvent
from dunwell.use_cases.announcing import published
from dunwell.use_cases.races import again_when_stale
from dunwell.workers import Worker


@dataclass(frozen=True, slots=True)
class EventPublication:
    """Works on what the tables' streams tell; anything of it again changes nothing but a second delivery."""

    bus: Bus
    invoices: InvoiceStore
    queues: Queues
    settings: SettingsStore
    clock: Clock
    telling: Telling

    def run(self, told: PublishedEvent | MessageRecord) -> None:
        """Publishes an event; or has a reminder that was sent, or a mail that came back, announced on each
        invoice that it tells of. Raises `BusUnavailableError`, and `StaleFactsError` when it was too late
        each time: it comes again."""
        if isinstance(told, PublishedEvent):
            with self.telling.about(told.invoice_id):
                self._publish(told)
            return
        for occasion, invoice_id, announcement in news_of_mail(told):
            again_when_stale(partial(self._announce, invoice_id, occasion, announcement))

    def _publish(self, event: PublishedEvent) -> None:
        """To the bus, and to a queue for each endpoint that wants it: none waits for another."""
        self.bus.put(event)
        wanted_by = [one.name for one in self.settings.current().webhooks if one.wants(event.type)]
        self.queues.send(
            Worker.WEBHOOK_DELIVERY, [{"delivery": delivery_id(name, event.id)} for name in wanted_by]
        )
        self.telling.count("EventsPublished")
        self.telling.note("event published", event_id=event.id, type=event.type)

    def _announce(self, invoice_id: str, occasion: str, announcement: Announcement) -> None:
        facts = self.invoices.load(invoice_id)
        if facts is not None and occasion not in facts.announced.occasions:
            self.invoices.announce(facts, self._with(facts, occasion, announcement))

    def _with(self, facts: Facts, occasion: str, announcement: Announcement) -> Facts:
        announced = facts.announced.plus(1, [occasion])
        planned = facts.invoice.planned_retry if facts.invoice.is_open else None
        told = published(
            [announcement],
            announced,
            facts.invoice,
            facts.attempts,
            planned.at if planned is not None else None,
            self.clock.now(),
        )
        return replace(facts, announced=announced, news=told)
