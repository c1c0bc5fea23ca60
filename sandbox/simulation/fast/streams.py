"""The tables' streams of the fast model: what was written is told in its order, a batch at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from dunwell.domain.customers import MessageRecord, MessageState
from dunwell.records import PublishedEvent

from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.invoices import MemoryInvoices
from sandbox.simulation.fast.application import FastApplication
from sandbox.simulation.world import Wake

AGAIN_AFTER: Final = timedelta(minutes=1)
"""After a batch that failed."""


@dataclass(slots=True)
class MemoryBus:
    """`Bus` in memory: keeps what was put on it, however often."""

    heard: list[PublishedEvent] = field(default_factory=list)

    def put(self, event: PublishedEvent) -> None:
        self.heard.append(event)


@dataclass(slots=True)
class Shard:
    """One reader of a table's stream, and how far it is. Nobody else reads on while a record is worked on."""

    function: str
    rows: Callable[[], Sequence[Any]]
    work: Callable[[FastApplication, Any], object]
    read: int = 0
    busy: bool = False
    not_before: datetime = field(default_factory=lambda: datetime.min.replace(tzinfo=UTC))

    @property
    def has_more(self) -> bool:
        return not self.busy and len(self.rows()) > self.read


class MemoryStreams:
    """`run` is one invocation; it tells whether it went well."""

    def __init__(
        self,
        invoices: MemoryInvoices,
        customers: MemoryCustomers,
        run: Callable[[Callable[[], object]], bool],
        now: Callable[[], datetime],
    ) -> None:
        self._run, self._now = run, now
        self._shards = [
            Shard(
                "event_publication", lambda: invoices.published, lambda made, told: made.publication.run(told)
            ),
            Shard(
                "event_publication", lambda: _sent(customers), lambda made, told: made.publication.run(told)
            ),
            Shard(
                "recovery_counting", lambda: invoices.recoveries, lambda made, told: made.counting.run(told)
            ),
            Shard("recovery_counting", lambda: customers.told, _count_mail),
        ]

    def next_at(self) -> datetime | None:
        """When a record can be worked on, None while there is nothing new."""
        instants = (max(self._now(), shard.not_before) for shard in self._shards if shard.has_more)
        return min(instants, default=None)

    def wakes(self, application: FastApplication) -> list[Wake]:
        """The records that can be worked on now."""
        found = [shard for shard in self._shards if shard.has_more and shard.not_before <= self._now()]
        return [Wake(shard.function, partial(self._work, shard, application)) for shard in found]

    def _work(self, shard: Shard, application: FastApplication) -> None:
        if shard.busy:
            return
        shard.busy, well = True, False
        told = shard.rows()[shard.read]
        try:
            well = self._run(lambda: shard.work(application, told))
        finally:
            shard.busy = False
            if well:
                shard.read += 1
            else:
                shard.not_before = self._now() + AGAIN_AFTER


def _sent(customers: MemoryCustomers) -> Sequence[MessageRecord]:
    return [record for record in customers.told if record.state is MessageState.SENT]


def _count_mail(application: FastApplication, told: MessageRecord) -> None:
    application.counting.run((f"mail#{told.key}", told))
