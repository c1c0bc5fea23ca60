"""What the fast model has for a clock, settings and logs, and the stores that the witness watches."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dunwell.domain.announcements import EventType
from dunwell.domain.money import Money
from dunwell.domain.policies import Settings
from dunwell.heard_events import EventState, HeardEvent
from dunwell.records import Facts

from sandbox.memory.events import MemoryEvents
from sandbox.memory.invoices import MemoryInvoices
from sandbox.simulation.invariants.published import declined
from sandbox.simulation.witness import ViolationError, Witness


@dataclass
class VirtualClock:
    at: datetime

    def now(self) -> datetime:
        return self.at


class CurrentSettings:
    """`SettingsStore` over one value."""

    def __init__(self, settings: Settings) -> None:
        self.value = settings

    def current(self, at_least: int = 0) -> Settings:
        return self.value


class WatchedInvoices(MemoryInvoices):
    """`InvoiceStore` in memory; each write is told to the witness."""

    witness: Witness

    def __init__(self, *stores: Any) -> None:
        super().__init__(*stores)
        self.untold: dict[str, int] = {}
        """How many failures of each invoice came before it was first heard of, and are no news."""

    def save(self, before: Facts | None, after: Facts, *rest: Any, **named: Any) -> None:
        super().save(before, after, *rest, **named)
        if before is None:
            told = sum(one.type is EventType.PAYMENT_FAILED for one in after.news)
            self.untold[after.invoice.id] = declined(after) - told
        invoice = after.invoice
        kept = (invoice.status.value, invoice.amount_remaining.amount, invoice.amount_paid.amount)
        self.witness.has_kept(invoice.id, kept)


class WatchedEvents(MemoryEvents):
    """`EventStore` in memory that remembers what became of each event, deleted or not."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.fates: dict[str, EventState] = {}

    def store(self, event: HeardEvent) -> bool:
        is_new = super().store(event)
        fate = self.fates.setdefault(event.id, EventState.STORED)
        if is_new and fate is not EventState.STORED:
            raise ViolationError("E4", f"{event.id} was {fate}, was forgotten, and is taken in again")
        return is_new

    def _end(self, event_id: str, state: EventState) -> None:
        super()._end(event_id, state)
        self.fates[event_id] = state


class Silence:
    """`Telling` that nobody hears."""

    def count(self, name: str, value: int = 1) -> None: ...

    def amount(self, name: str, money: Money) -> None: ...

    def age(self, name: str, age: timedelta) -> None: ...

    def note(self, text: str, **fields: str | int | None) -> None: ...

    def about(self, invoice_id: str | None) -> nullcontext[None]:
        return nullcontext()

    def warn(self, text: str, **fields: str | int | None) -> None: ...
