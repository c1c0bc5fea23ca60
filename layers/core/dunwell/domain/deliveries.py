"""Webhooks to the owner's other systems: when a delivery that failed is tried again, and when an endpoint
that takes nothing is left in peace for a while.

The times are those that the Standard Webhooks specification recommends in kind (retries over several days,
further and further apart), cut at three days.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

TRIED_FOR: Final = timedelta(days=3)
"""How long after its first try a delivery is tried again; then it is given up."""

TRIED_AGAIN_AFTER: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
"""Waits after the first failures; after further ones the last wait again."""

FAILURES_BEFORE_REST: Final = 3
"""So many failures one after the other, of whatever events, and the endpoint rests."""

REST_MAX: Final = timedelta(minutes=16)
"""Longest rest; the first are one, two, four and eight minutes."""

_REST: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to one endpoint: how often it was tried since `begun_at`, the last `problem`, and
    when it is tried next. Instants are UTC."""

    endpoint: str
    event_id: str
    begun_at: datetime
    tries: int = 0
    problem: str | None = None
    due_at: datetime | None = None
    is_given_up: bool = False

    def after_failure(self, problem: str, now: datetime) -> "Delivery":
        """What becomes of it when a try at `now` failed."""
        wait = TRIED_AGAIN_AFTER[min(self.tries, len(TRIED_AGAIN_AFTER) - 1)]
        if now + wait > self.begun_at + TRIED_FOR:
            return self.refused_for_good(problem)
        return replace(self, tries=self.tries + 1, problem=problem, due_at=now + wait)

    def refused_for_good(self, problem: str) -> "Delivery":
        """What becomes of it when the endpoint says that it will never take it."""
        return replace(self, tries=self.tries + 1, problem=problem, due_at=None, is_given_up=True)

    def waiting_for(self, health: "Health", now: datetime) -> "Delivery":
        """What becomes of it while its endpoint rests: it waits, and that is no try; after three days it has
        waited long enough."""
        if now > self.begun_at + TRIED_FOR:
            return replace(self, due_at=None, is_given_up=True)
        return replace(self, due_at=max(now, health.rests_until or now))


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint does: its failures one after the other, since when, and until when it rests."""

    failures: int = 0
    failing_since: datetime | None = None
    rests_until: datetime | None = None

    def rests(self, now: datetime) -> bool:
        return self.rests_until is not None and now < self.rests_until

    def after_failure(self, now: datetime) -> "Health":
        """After one more failure. What fails while it rests was under way before, and prolongs nothing."""
        if self.rests(now):
            return self
        failures, over = self.failures + 1, self.failures + 1 - FAILURES_BEFORE_REST
        rests_until = now + min(_REST * 2 ** min(over, 10), REST_MAX) if over >= 0 else None
        return Health(failures, self.failing_since or now, rests_until)


def delivery_id(endpoint: str, event_id: str) -> str:
    """`<endpoint>/<event id>`: an endpoint's name has no slash."""
    return f"{endpoint}/{event_id}"
