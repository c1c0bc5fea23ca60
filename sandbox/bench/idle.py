"""What schedules use when nothing is due: the price of standing by."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sandbox.bench.lives import BEGIN, SCHEDULED, SETTINGS
from sandbox.bench.meter import Cost, Meter
from sandbox.stack import Options, open_sandbox

RUNS_A_MONTH: Final = {
    "DueDispatch": 60 * 24 * 30,
    "ReconciliationSweep": 48 * 30,
    "PastDueSweep": 30,
    "RetryLearning": 30,
}
"""How often each schedule of the template wakes its function in thirty days."""


@dataclass(frozen=True, slots=True)
class Idle:
    """One function with nothing to do: what one run of it uses."""

    function: str
    cost: Cost
    runs_a_month: int


def stand_by() -> list[Idle]:
    """One run of each scheduled function on a stack without invoices that has stood for two months."""
    with open_sandbox(BEGIN, Options(settings=SETTINGS)) as sandbox:
        for day in range(6):  # lessons are made up for, a fortnight each night
            sandbox.driver.clock.move_to(BEGIN + timedelta(days=day), tick=False)
            sandbox.functions.invoke("RetryLearning", {})
        sandbox.driver.clock.move_to(BEGIN + timedelta(days=6), tick=False)
        meter = Meter(sandbox.deployment, sandbox.functions)
        sandbox.calls.guards.append(meter.measure)
        for function in SCHEDULED:
            sandbox.functions.invoke(function, {})
        return [Idle(name, meter.by_function[name], RUNS_A_MONTH[name]) for name in SCHEDULED]
