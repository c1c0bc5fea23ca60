"""What planning costs: processor time of a plan, and what is remembered of a customer."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dunwell.adapters.codec import dumps
from dunwell.domain.smart_retries.model import SmartRetries

from sandbox.recovery.catalogue import load_world, policy_factory
from sandbox.recovery.driver import run

WORLD: Final = Path(__file__).parents[1] / "recovery" / "worlds" / "everything.py"


@dataclass(frozen=True, slots=True)
class Planned:
    """Plans that were made, microseconds of one (median and the 99th of a hundred), and the bytes in which a
    customer's history is stored, on average."""

    plans: int
    median_us: float
    p99_us: float
    bytes_per_customer: float


def plans(invoices: int) -> Planned:
    """Every plan that the benchmark's hardest world asks for."""
    took: list[float] = []
    held: dict[str, int] = {}
    original: Any = SmartRetries.choose

    def timed(self: SmartRetries, case: Any, room: Any, seed: str) -> Any:
        begun = time.thread_time()
        chosen = original(self, case, room, seed)
        took.append(1e6 * (time.thread_time() - begun))
        held[seed.partition("|")[0]] = len(dumps(case.history.own))
        return chosen

    SmartRetries.choose = timed  # type: ignore[method-assign]
    try:
        world = load_world(WORLD)(0, invoices)
        run(world, policy_factory("smart")(world.attempts_max, world.window))
    finally:
        SmartRetries.choose = original  # type: ignore[method-assign]
    took.sort()
    return Planned(
        len(took),
        statistics.median(took),
        took[int(0.99 * (len(took) - 1))],
        sum(held.values()) / len(held),
    )
