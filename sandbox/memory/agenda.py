"""`Agenda` and `AttemptRate` in memory, over what the stores hold."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from dunwell.records import DueEntry
from dunwell.workers import Lane, Worker

from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.deliveries import MemoryDeliveries
from sandbox.memory.invoices import MemoryInvoices

PAGE: Final = 2
"""Entries on a page: few, so that small worlds have page boundaries, too."""


@dataclass
class MemoryAgenda:
    invoices: MemoryInvoices
    customers: MemoryCustomers
    deliveries: MemoryDeliveries

    def due(self, lane: Lane, now: datetime) -> Iterator[list[DueEntry]]:
        found = self.entries(lane, now)
        for start in range(0, len(found), PAGE):
            yield found[start : start + PAGE]

    def entries(self, lane: Lane, now: datetime) -> list[DueEntry]:
        """Everything due in a lane, invoices first."""
        of_lane = [e for known, e in self.invoices.due.values() if known is lane and e.due_at <= now]
        if lane is Lane.WORK:
            times = self.customers.due_at.items()
            of_lane += [DueEntry(one, Worker.REMINDER_DISPATCH, at) for one, at in times if at <= now]
        if lane is Lane.WEBHOOKS:
            times = self.deliveries.due.items()
            of_lane += [DueEntry(one, Worker.WEBHOOK_DELIVERY, at) for one, at in times if at <= now]
        return of_lane

    def parts(self) -> list[str]:
        return [Lane.WORK, Lane.FINAL]

    def page(self, part: str, after: str | None) -> tuple[list[DueEntry], str | None]:
        begins = int(after or 0)
        found = self.entries(Lane(part), datetime.max.replace(tzinfo=UTC))
        ends = begins + PAGE
        return found[begins:ends], str(ends) if ends < len(found) else None

    def earliest(self, lane: Lane) -> datetime | None:
        """When the first entry of a lane falls due."""
        instants = [entry.due_at for known, entry in self.invoices.due.values() if known is lane]
        if lane is Lane.WORK:
            instants += self.customers.due_at.values()
        if lane is Lane.WEBHOOKS:
            instants += self.deliveries.due.values()
        return min(instants, default=None)

    def lease(self, entry: DueEntry, until: datetime) -> bool:
        others = {
            Worker.REMINDER_DISPATCH: self.customers.due_at,
            Worker.WEBHOOK_DELIVERY: self.deliveries.due,
        }
        if entry.worker in others:
            times = others[entry.worker]
            held = times.get(entry.id) == entry.due_at
            if held:
                times[entry.id] = until
            return held
        lane, known = self.invoices.due.get(entry.id, (None, None))
        if lane is None or known is None or known.due_at != entry.due_at:
            return False
        self.invoices.due[entry.id] = lane, replace(known, due_at=until)
        return True


@dataclass
class MemoryAttemptRate:
    hours: Counter[datetime] = field(default_factory=Counter)

    def admit(self, now: datetime, per_hour_max: int) -> bool:
        hour = now.replace(minute=0, second=0, microsecond=0)
        room = self.hours[hour] < per_hour_max
        self.hours[hour] += room
        return room
