"""All that `dunwell bench` measures, as plain data: what the table, the JSON and the page are made of."""

import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from sandbox.bench.agenda import Limits, day, of_a_book
from sandbox.bench.cold import packages, starts
from sandbox.bench.costs import PRICED_ON, PRICES, REGION_PRICED, month
from sandbox.bench.growth import due_work
from sandbox.bench.idle import stand_by
from sandbox.bench.kinds import kinds
from sandbox.bench.lives import LIVES, Lived, live
from sandbox.bench.meter import Cost
from sandbox.bench.planner import plans
from sandbox.bench.throughput import drain
from sandbox.bench.warm import warm
from sandbox.simulation.shards import current_commit

Json = dict[str, Any]

BOOKS: Final = (1_000, 100_000, 10_000_000)
"""Invoices a month whose cost is told."""

OPEN_BOOKS: Final = (1_000_000, 100_000_000)
"""Open invoices whose agenda is played."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    name: str
    rounds: int
    books: tuple[int, ...]
    due: int
    webhooks: int
    planned: int


QUICK: Final = Size("quick", 3, (100, 1_000), 20, 200, 40)
FULL: Final = Size("full", 7, (1_000, 10_000, 100_000), 100, 10_000, 300)


def measure(size: Size, done: Callable[[str], None]) -> Json:
    """Measures everything; `done` is told of each part that begins."""
    return {
        "size": size.name,
        "commit": current_commit(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        **_counted(size, done),
        **_timed(size, done),
        "prices": {"on": PRICED_ON, "region": REGION_PRICED, "dollars": dict(PRICES)},
        "agenda": [_agenda(invoices) for invoices in OPEN_BOOKS],
    }


def _counted(size: Size, done: Callable[[str], None]) -> Json:
    """What is the same on every machine."""
    done("lives of invoices")
    lives = [live(one) for one in LIVES]
    done("kinds of events")
    heard = kinds()
    done("standing by")
    idle = stand_by()
    done("growing books")
    grown = [due_work(invoices, size.due) for invoices in size.books]
    return {
        "lives": [_life(one) for one in lives],
        "kinds": [{"name": one.name, "heard": one.heard, **_cost(one.cost)} for one in heard],
        "idle": [
            {"function": one.function, "runs_a_month": one.runs_a_month, **_cost(one.cost)} for one in idle
        ],
        "growth": [{"invoices": one.invoices, "due": size.due, **_cost(one.cost)} for one in grown],
        "months": [asdict(month(invoices, lives, idle)) for invoices in BOOKS],
    }


def _timed(size: Size, done: Callable[[str], None]) -> Json:
    """What a machine's moods move; and whether a full queue loses anything."""
    done("cold starts")
    started = starts(size.rounds)
    done("warm handlers")
    warmed = warm(size.rounds)
    done("plans")
    planned = plans(size.planned)
    done("a full queue")
    return {
        "cold": {
            "floor_seconds": started.floor,
            "starts": [{**asdict(one), "goal": one.goal} for one in started.functions],
            "uncompiled": asdict(started.uncompiled),
        },
        "warm": [{**asdict(one), "ratio": one.ratio} for one in warmed],
        "packages": [asdict(one) for one in packages()],
        "plans": asdict(planned),
        "throughput": asdict(drain(size.webhooks)),
    }


def _life(lived: Lived) -> Json:
    return {
        "name": lived.name,
        "processor": lived.processor,
        "stored": lived.stored,
        "total": _cost(lived.total),
        "by_function": {name: _cost(cost) for name, cost in lived.by_function.items()},
    }


def _agenda(open_invoices: int) -> Json:
    limits = Limits()
    minutes = list(day(of_a_book(open_invoices), limits))
    return {
        "open_invoices": open_invoices,
        "limits": asdict(limits),
        "first_to_break": limits.first_to_break,
        "arrived": sum(one.arrived for one in minutes),
        "worked": sum(one.worked for one in minutes),
        "backlog_max": max(one.backlog for one in minutes),
        "backlog_end": minutes[-1].backlog,
    }


def _cost(cost: Cost) -> Json:
    return {
        **asdict(cost),
        "calls": dict(sorted(cost.calls.items())),
        "once": dict(sorted(cost.once.items())),
        "requests": cost.requests,
        "least_requests": cost.least_requests,
    }
