"""The policies to compare with: ladders, even steps and chance; none of them learns anything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from random import Random

from sandbox.recovery.protocol import Event, Policy, Result

Offsets = Callable[[str], Sequence[timedelta]]


@dataclass(slots=True)
class Course:
    """One open invoice: when it first failed, and the retries made."""

    failed_at: datetime
    attempts: int = 0


@dataclass
class Scheduled:
    """Retries at offsets that are known at the first failure. Offsets beyond the window are left out."""

    offsets: Offsets
    window: timedelta
    _courses: dict[str, Course] = field(default_factory=dict)

    def observe(self, event: Event) -> None:
        if event["type"] == "invoice.payment_failed":
            self._courses[event["invoice"]] = Course(event["at"])

    def plan(self, invoice: str, now: datetime) -> datetime | None:
        """The next of its instants; None after the last."""
        course = self._courses[invoice]
        offsets = [offset for offset in self.offsets(invoice) if offset <= self.window]
        if course.attempts >= len(offsets):
            return None
        return course.failed_at + offsets[course.attempts]

    def observe_attempt(self, invoice: str, at: datetime, result: Result) -> None:
        self._courses[invoice].attempts += 1
        if result["succeeded"]:
            del self._courses[invoice]


def even_days(window: timedelta, count: int) -> list[timedelta]:
    """Whole days spread over the window; where there are more retries than days, even parts of it."""
    if count > window.days:
        return [window * n / count for n in range(1, count + 1)]
    return [timedelta(days=int(window.days * n / count + 0.5)) for n in range(1, count + 1)]


def immediate(attempts_max: int, window: timedelta) -> Policy:
    """One retry after an hour."""
    return Scheduled(lambda _: [timedelta(hours=1)][:attempts_max], window)


def ladder(days: Sequence[int]) -> Callable[[int, timedelta], Policy]:
    """A factory of retries at whole days after the first failure."""

    def factory(attempts_max: int, window: timedelta) -> Policy:
        offsets = [timedelta(days=day) for day in days][:attempts_max]
        return Scheduled(lambda _: offsets, window)

    return factory


def even(attempts_max: int, window: timedelta) -> Policy:
    """Retries spread evenly, at the hour of the failure."""
    offsets = even_days(window, attempts_max)
    return Scheduled(lambda _: offsets, window)


def at_random(attempts_max: int, window: timedelta) -> Policy:
    """Retries at instants that chance spreads over the window, the same ones for an invoice each time."""

    def offsets(invoice: str) -> list[timedelta]:
        chance = Random(blake2b(invoice.encode(), digest_size=8).digest())
        seconds = int(window.total_seconds())
        return [
            timedelta(seconds=second) for second in sorted(chance.sample(range(1, seconds), attempts_max))
        ]

    return Scheduled(offsets, window)
