"""The due index at a size that no machine here holds: arrivals, shards and limits, minute by minute.

It knows the numbers of the template and of the code, and AWS's and Stripe's limits; nothing is measured.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dunwell.adapters.indexes import DUE_SHARDS
from dunwell.use_cases.dispatching import ENTRIES_MAX

SHARD_WRITES_A_SECOND: Final = 1_000
"""Writes that one partition of an index takes (AWS's guide on partition limits)."""

STRIPE_READS_A_SECOND: Final = 100
"""Requests to Stripe's live API (docs.stripe.com/rate-limits)."""

READS_OF_A_LOOK: Final = 3
"""Requests to Stripe for one piece of due work: the invoice, its payments, the charge."""

WORKERS: Final = 10
"""Concurrent invocations that the template gives the busiest queue, ten messages in each."""

WORK_S: Final = 0.9
"""Seconds of one piece of due work, most of it Stripe's answers: an assumption, as in `costs.py`."""

MINUTES_OF_A_DAY: Final = 1_440


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute: entries that are due and wait (`backlog`), and those that were worked on."""

    minute: int
    arrived: int
    worked: int
    backlog: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What one minute can take, by what stands in its way."""

    dispatched: int = ENTRIES_MAX
    index: int = DUE_SHARDS * SHARD_WRITES_A_SECOND * 60 // 2
    workers: int = int(WORKERS * 60 / WORK_S)
    processor: int = STRIPE_READS_A_SECOND * 60 // READS_OF_A_LOOK

    @property
    def least(self) -> int:
        return min(self.dispatched, self.index, self.workers, self.processor)

    @property
    def first_to_break(self) -> str:
        told = {
            "the dispatch's own bound for one run": self.dispatched,
            "writes to the index's partitions": self.index,
            "concurrent workers": self.workers,
            "Stripe's rate": self.processor,
        }
        return min(told, key=lambda name: told[name])


def day(arrivals: Iterator[int], limits: Limits) -> list[Minute]:
    """A day of arrivals, each minute's work bounded by what is least."""
    found: list[Minute] = []
    backlog = 0
    for minute, arrived in zip(range(MINUTES_OF_A_DAY), arrivals, strict=False):
        worked = min(backlog + arrived, limits.least)
        backlog += arrived - worked
        found.append(Minute(minute, arrived, worked, backlog))
    return found


def of_a_book(open_invoices: int) -> Iterator[int]:
    """Due entries a minute of a book of open invoices: each is looked at once a week, at its own minute; one
    in fourteen is due a mail, a fifth of those at nine o'clock, when the mails of one country may leave."""
    looks = open_invoices / 7 / MINUTES_OF_A_DAY
    reminders = open_invoices / 14
    for minute in range(MINUTES_OF_A_DAY):
        nine = (
            reminders / 5 / 60 if 9 * 60 <= minute < 10 * 60 else reminders * 4 / 5 / (MINUTES_OF_A_DAY - 60)
        )
        yield int(looks + nine)
