"""What a world and a policy of the recovery benchmark promise each other; no implementation of either."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias

from dunwell.domain.payments import Considered

Event: TypeAlias = dict[str, Any]
Result: TypeAlias = dict[str, Any]
Ledger: TypeAlias = dict[str, Any]


class World(Protocol):
    """Customers, their cards and the banks behind them; amounts in minor units of one currency."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    @property
    def window(self) -> timedelta:
        """A retry is made within this long of the first failure, its end included."""
        ...

    @property
    def attempts_max(self) -> int:
        """Retries allowed for each invoice; the first failure does not count."""
        ...

    @property
    def scored_from(self) -> datetime:
        """Invoices that first fail before this instant (aware, UTC) are warm-up."""
        ...

    def events(self) -> Iterator[Event]:
        """What the application would hear, in time order, whatever is retried; `at` is aware and in UTC."""
        ...

    def attempt(self, invoice: str, at: datetime) -> Result:
        """One retry: `succeeded`, and `failure` (None after success). Raises `ValueError` if refused."""
        ...

    def ledger(self) -> Ledger:
        """What really happened to the scored invoices, kept by the world itself."""
        ...


class TransparentWorld(World, Protocol):
    """A world that also answers what no policy may know, for measures that ask it."""

    def informed(self, invoice: str) -> bool:
        """Whether the informed policy recovers a scored invoice."""
        ...

    def would_pass(self, invoice: str, at: datetime) -> bool:
        """Whether the first retry of an invoice would succeed at that instant."""
        ...


class Policy(Protocol):
    """Decides when to retry. It may also have `predicted` and `affected`, see below."""

    def observe(self, event: Event) -> None:
        """Hears one event of the stream."""
        ...

    def plan(self, invoice: str, now: datetime) -> datetime | None:
        """The next retry's instant (aware, UTC), at or after `now`; None when there is none."""
        ...

    def observe_attempt(self, invoice: str, at: datetime, result: Result) -> None:
        """Hears how a retry of its own went."""
        ...


class PredictingPolicy(Policy, Protocol):
    """A policy whose probabilities can be held against what happened."""

    def predicted(self, invoice: str, at: datetime) -> float:
        """The probability, 0 to 1, that a retry at that instant succeeds; asked just before it is made."""
        ...


class ExploringPolicy(Policy, Protocol):
    """A policy that draws among several times, and says how."""

    def considered(self, invoice: str) -> Sequence[Considered]:
        """What was weighed for the next retry, the time that was drawn first; empty where none was drawn."""
        ...


class ReplanningPolicy(Policy, Protocol):
    """A policy that plans again when it hears something, like a new card."""

    def affected(self, event: Event) -> Iterable[str]:
        """The invoices to plan again because of an event."""
        ...


OpenWorld: TypeAlias = Callable[[int, int], World]
PolicyFactory: TypeAlias = Callable[[int, timedelta], Policy]
