"""What the two dispatching schedules share: select what is due, lease it, enqueue its id."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dunwell.ports import Agenda, Clock, Queues, Telling
from dunwell.records import DueEntry
from dunwell.workers import Lane, Worker

LEASE: Final = timedelta(minutes=15)
"""How long an entry is out of sight once its id was enqueued; then it is due again."""

ENTRIES_MAX: Final = 5_000
"""Entries enqueued by one run; what is left stays due for the next."""

_NAMED: Final = {Worker.REMINDER_DISPATCH: "customer_id", Worker.WEBHOOK_DELIVERY: "delivery"}
"""What an entry's id is called in the message, where it is not an invoice's."""


@dataclass(frozen=True, slots=True)
class Dispatching:
    """A sweep selects, the worker decides: ids are enqueued and nothing else."""

    agenda: Agenda
    queues: Queues
    clock: Clock
    telling: Telling

    def run(self, lane: Lane, most: int = ENTRIES_MAX) -> int:
        """Enqueues what is due in a lane, page by page, and returns how many entries that were.

        An entry is leased before its id is sent: a crash in between only delays it by the lease.
        """
        now, sent = self.clock.now(), 0
        oldest = now
        for page in self.agenda.due(lane, now):
            oldest = min([oldest, *(entry.due_at for entry in page)])
            sent += self._enqueue(page, now)
            if sent >= most:
                self.telling.warn("more is due than one run takes", lane=lane, taken=sent)
                break
        self.telling.age(f"OldestDue{lane.title()}", now - oldest)
        if sent:
            self.telling.count("EntriesDispatched", sent)
        return sent

    def _enqueue(self, page: list[DueEntry], now: datetime) -> int:
        bodies: dict[Worker, list[Mapping[str, str]]] = defaultdict(list)
        for entry in page:
            if self.agenda.lease(entry, now + LEASE):
                name = _NAMED.get(entry.worker, "invoice_id")
                bodies[entry.worker].append({name: entry.id, "due": entry.due_at.isoformat()})
        return sum(self.queues.send(worker, batch) for worker, batch in bodies.items())
