"""What planning costs: processor time of this process, which a busy machine hardly stretches."""

import subprocess
import sys
import time
from datetime import timedelta
from statistics import median

import pytest
from dunwell.domain.smart_retries.model import SmartRetries

from tests.domain.smart_retries.build_cases import case, paid_monthly, room
from tests.test_tidy import CORE

PLAN_MAX_MS = 50.0
"""99 of 100 plans take no longer."""

IMPORT_MAX_MS = 60.0
"""What it adds to the import of a function that plans."""

CASES = [
    case(),
    case(code="do_not_honor"),
    case(1, 3, 5, 7, code="do_not_honor"),
    case(own=paid_monthly(10)),
    case(2, code="issuer_not_available"),
    case(code="do_not_honor", advice="26"),
]

IMPORT = """
import time, zoneinfo, hashlib, zlib, dunwell.domain.retries, dunwell.domain.payment_records
begun = time.process_time()
import dunwell.domain.smart_retries.advice
print(1000 * (time.process_time() - begun))
"""


@pytest.mark.parametrize("days", [14, 60])
def test_a_plan_is_made_in_time(days):
    """A hundred in turn, in a window of two weeks and of two months."""
    took = []
    for number in range(102):
        made = CASES[number % len(CASES)]
        opens = (made.declines[-1].at - made.declines[0].at) / timedelta(days=1) + 0.05
        begun = time.thread_time()
        SmartRetries().choose(made, room(days=days, opens=opens), f"in_{number}|1")
        took.append(1000 * (time.thread_time() - begun))
    assert sorted(took)[100] <= PLAN_MAX_MS


def test_planning_adds_little_to_a_cold_start():
    """Beyond what every function's domain imports; the median of five processes."""
    took = []
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", IMPORT],
            env={"PYTHONPATH": str(CORE.parent)},
            capture_output=True,
            text=True,
            check=True,
        )
        took.append(float(done.stdout))
    assert median(took) <= IMPORT_MAX_MS


@pytest.mark.parametrize(
    "function", ["webhook_intake", "due_dispatch", "email_feedback", "reminder_dispatch", "past_due_sweep"]
)
def test_who_does_not_plan_loads_nothing_of_it(function):
    """Not a module."""
    code = (
        f"import sys, dunwell.use_cases.{function}\n"
        "sys.exit(any(name.startswith('dunwell.domain.smart_retries.') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(CORE.parent)}, check=False)
    assert done.returncode == 0
