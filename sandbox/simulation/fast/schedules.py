"""EventBridge in memory: when each schedule may fire next. A tick that would find nothing is not played."""

from datetime import datetime, timedelta
from typing import Final

from sandbox.cloud.schedules import Schedule

MINUTE: Final = timedelta(minutes=1)
CATCH_UP: Final = timedelta(minutes=30)


class Schedules:
    """The minute's dispatch, the catch-up, and the two of the night in the owner's zone."""

    def __init__(self, zone: str, start: datetime) -> None:
        self._sweep = Schedule.read("sweep", "PastDueSweep", "cron(30 3 * * ? *)", zone)
        self._nightly = Schedule.read("nightly", "ReconciliationSweep", "cron(30 4 * * ? *)", zone)
        self._nights_apart = 7
        self.dispatch_at = self.catch_up_at = start
        self._sweep_at, self.nightly_at = self._sweep.next_after(start), self._next_nightly(start)

    def next_at(
        self, due_at: datetime | None, *, waits: bool, final: datetime | None, nightly: bool
    ) -> datetime | None:
        """When the next tick worth playing is; `due_at` and `final` are the earliest entries of the agenda's
        two lanes, `nightly` whether the nights' comparison is."""
        instants = [self.nightly_at] if nightly else []
        if due_at is not None:
            instants.append(max(due_at, self.dispatch_at))
        if final is not None:
            instants.append(self.sweep_at(final))
        if waits:
            instants.append(self.catch_up_at)
        return min(instants, default=None)

    def sweep_at(self, final: datetime) -> datetime:
        """The night in which the sweep finds something that is due at an instant."""
        return self._sweep_at if final <= self._sweep_at else self._sweep.next_after(final)

    def _next_nightly(self, now: datetime) -> datetime:
        """One night of the week stands for all: most nights find nothing."""
        at = self._nightly.next_after(now)
        while at.day % self._nights_apart:
            at = self._nightly.next_after(at)
        return at

    def every_night(self, now: datetime) -> None:
        """From now on no night is left out."""
        self._nights_apart = 1
        self.nightly_at = self._next_nightly(now)

    def fired(self, name: str, now: datetime) -> None:
        """A schedule fired: it does so next at its next time, whether this one was late or not."""
        if name == "due_dispatch":
            self.dispatch_at = now + MINUTE
        elif name == "catch_up":
            self.catch_up_at = now + CATCH_UP
        elif name == "past_due_sweep":
            self._sweep_at = self._sweep.next_after(now)
        else:
            self.nightly_at = self._next_nightly(now)
