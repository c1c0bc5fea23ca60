"""All that the fast model keeps, in memory, and what of it is judged in the end."""

from datetime import UTC, datetime, timedelta
from typing import Final

from dunwell.adapters.event_bus import envelope

from sandbox.memory.agenda import MemoryAgenda, MemoryAttemptRate
from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.deliveries import MemoryDeliveries
from sandbox.memory.pages import MemoryPages
from sandbox.memory.payments import MemoryLessons
from sandbox.memory.tallies import MemoryTallies
from sandbox.merchant import Merchant
from sandbox.simulation.choices import Choices
from sandbox.simulation.fast.parts import VirtualClock, WatchedEvents, WatchedInvoices
from sandbox.simulation.fast.queues import MemoryQueues
from sandbox.simulation.fast.streams import MemoryBus
from sandbox.simulation.invariants import Snapshot
from sandbox.simulation.witness import Witness

DELETED_LATE_BY: Final = tuple(timedelta(days=d) for d in (0, 2, 400, -3))
"""How long after their time expired rows are deleted, by history; before it in some."""

_EVER: Final = (datetime.min.replace(tzinfo=UTC).date(), datetime.max.replace(tzinfo=UTC).date())


class FastStores:
    def __init__(self, clock: VirtualClock, witness: Witness, choices: Choices) -> None:
        self.events, self.customers = WatchedEvents(clock), MemoryCustomers()
        self.events.late_by = choices.one_of(DELETED_LATE_BY)
        self.invoices = WatchedInvoices(clock, self.customers, self.events)
        self.invoices.witness = witness
        self.deliveries, self.tallies = MemoryDeliveries(), MemoryTallies()
        self.agenda = MemoryAgenda(self.invoices, self.customers, self.deliveries)
        self.pages = MemoryPages(clock)

    def ports(self) -> dict[str, object]:
        """By the names that their call sites begin with."""
        return {
            "invoices": self.invoices,
            "customers": self.customers,
            "events": self.events,
            "payments": self.invoices.payments,
            "lessons": MemoryLessons(),
            "pages": self.pages,
            "agenda": self.agenda,
            "rate": MemoryAttemptRate(),
            "deliveries": self.deliveries,
            "tallies": self.tallies,
        }

    def snapshot(self, now: datetime, queues: MemoryQueues, bus: MemoryBus, merchant: Merchant) -> Snapshot:
        files = self.customers.files
        return Snapshot(
            now,
            self.invoices.facts,
            {name: entry for name, (_, entry) in self.invoices.due.items()},
            self.customers.due_at,
            {name: file.customer.records for name, file in files.items()},
            {name: tuple(m.key for m in file.wanted) for name, file in files.items()},
            self.events.fates,
            frozenset(m.body.get("event_id") or m.body.get("delivery", "") for m in queues.dead),
            [envelope(event) for event in bus.heard],
            self.invoices.untold,
            merchant.taken,
            frozenset(name for name, one in self.deliveries.kept.items() if one.is_given_up),
            [*self.tallies.sums(*_EVER)],
        )
