"""The rival that counts: how often retries passed by weekday, day of month and hour, by cluster."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from sandbox.recovery.protocol import Event, Result

LADDER_DAYS: Final = (1, 3, 8, 10, 12)
_STEP: Final = timedelta(hours=1)

Cluster: TypeAlias = tuple[str | None, str, str]
Cell: TypeAlias = tuple[Cluster, str, int]


@dataclass(slots=True)
class Case:
    """One open invoice. `zone` is the billing address's; slots are counted on its clock."""

    failed_at: datetime
    cluster: Cluster
    zone: ZoneInfo
    attempts: int = 0


@dataclass
class Counts:
    """Picks the slot of the best mean of three Laplace-smoothed shares, before the ladder's next step."""

    attempts_max: int
    window: timedelta
    _cases: dict[str, Case] = field(default_factory=dict)
    _tries: dict[Cell, int] = field(default_factory=lambda: defaultdict(int))
    _passed: dict[Cell, int] = field(default_factory=lambda: defaultdict(int))

    def observe(self, event: Event) -> None:
        if event["type"] == "invoice.payment_failed":
            card = event["card"]
            cluster = event["failure"]["decline_code"], card["funding"], card["issuer"]
            self._cases[event["invoice"]] = Case(event["at"], cluster, ZoneInfo(event["time_zone"]))

    def plan(self, invoice: str, now: datetime) -> datetime | None:
        """The best hour until the ladder's next step, the later one of equals; None after the last retry."""
        case = self._cases[invoice]
        steps = self.latest_offsets()
        if case.attempts >= len(steps):
            return None
        latest = case.failed_at + steps[case.attempts]
        slots = (latest - n * _STEP for n in range(int((latest - now) / _STEP)))
        return max(slots, key=lambda at: self._share(case, at), default=latest)

    def observe_attempt(self, invoice: str, at: datetime, result: Result) -> None:
        case = self._cases[invoice]
        case.attempts += 1
        for cell in _cells(case, at):
            self._tries[cell] += 1
            self._passed[cell] += result["succeeded"]
        if result["succeeded"]:
            del self._cases[invoice]

    def predicted(self, invoice: str, at: datetime) -> float:
        """The mean of the three shares, 0 to 1."""
        return self._share(self._cases[invoice], at)

    def latest_offsets(self) -> list[timedelta]:
        """Until when each retry is made: the ladder's steps, then even ones to the window's end."""
        steps = [timedelta(days=day) for day in LADDER_DAYS if timedelta(days=day) <= self.window]
        steps = steps[: self.attempts_max]
        left = self.attempts_max - len(steps)
        last = steps[-1] if steps else timedelta()
        return steps + [last + (self.window - last) * n / left for n in range(1, left + 1)]

    def _share(self, case: Case, at: datetime) -> float:
        shares = [
            (self._passed.get(cell, 0) + 1) / (self._tries.get(cell, 0) + 2) for cell in _cells(case, at)
        ]
        return sum(shares) / len(shares)


def _cells(case: Case, at: datetime) -> Iterator[Cell]:
    local = at.astimezone(case.zone)
    yield case.cluster, "weekday", local.weekday()
    yield case.cluster, "day of month", local.day
    yield case.cluster, "hour", local.hour


def counts(attempts_max: int, window: timedelta) -> Counts:
    return Counts(attempts_max, window)
