"""The tables' streams of the fast model: what was written is told in its order, a batch at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from dunwell.adapters.event_bus import envelope
from dunwell.domain.policies import Endpoint
from dunwell.errors import EndpointFailedError
from dunwell.records import PublishedEvent
from dunwell.use_cases.event_publication import EventPublication

from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.invoices import MemoryInvoices
from sandbox.merchant import Merchant
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
class MemoryEndpoints:
    """`Endpoints` in memory: the merchant hears of an event, or is down."""

    merchant: Merchant

    def post(self, endpoint: Endpoint, event: PublishedEvent) -> None:
        if endpoint.url in self.merchant.down:
            raise EndpointFailedError("it is down")
        self.merchant.taken.append((endpoint.url, envelope(event)))


@dataclass(slots=True)
class Shard:
    """How far a table's stream was read. Nobody else reads on while a batch is worked on."""

    read: int = 0
    busy: bool = False
    not_before: datetime = field(default_factory=lambda: datetime.min.replace(tzinfo=UTC))


@dataclass(slots=True)
class MemoryStreams:
    """`run` is one invocation; it tells whether it went well."""

    invoices: MemoryInvoices
    customers: MemoryCustomers
    run: Callable[[Callable[[], object]], bool]
    now: Callable[[], datetime]
    _events: Shard = field(default_factory=Shard)
    _mails: Shard = field(default_factory=Shard)

    def next_at(self) -> datetime | None:
        """When a batch can be worked on, None while there is nothing new."""
        return min((max(self.now(), shard.not_before) for shard in self._new()), default=None)

    def wakes(self, publication: EventPublication) -> list[Wake]:
        """The batches that can be worked on now."""
        found = [shard for shard in self._new() if shard.not_before <= self.now()]
        return [Wake("event_publication", partial(self._work, shard, publication)) for shard in found]

    def _new(self) -> list[Shard]:
        sizes = ((self._events, len(self.invoices.published)), (self._mails, len(self.customers.told)))
        return [shard for shard, size in sizes if size > shard.read and not shard.busy]

    def _work(self, shard: Shard, publication: EventPublication) -> None:
        if shard.busy:
            return
        shard.busy, well = True, False
        rows: list[Any] = self.invoices.published if shard is self._events else self.customers.told
        told = rows[shard.read]
        try:
            well = self.run(lambda: publication.run(told))
        finally:
            shard.busy = False
            if well:
                shard.read += 1
            else:
                shard.not_before = self.now() + AGAIN_AFTER
