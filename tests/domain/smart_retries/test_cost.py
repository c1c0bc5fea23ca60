"""What planning costs: processor time of a process of its own, that nothing traces."""

import subprocess
import sys
from statistics import median

import pytest

from tests.test_tidy import CORE, ROOT

PLAN_MAX_MS = 50.0
"""99 of 100 plans take no longer."""

IMPORT_MAX_MS = 60.0
"""What loading the model takes: with the function, or with its first decision on an invoice that failed."""

PLANS = """
import time
from datetime import timedelta
from dunwell.domain.smart_retries.model import SmartRetries
from tests.domain.smart_retries.build_cases import case, paid_monthly, room
cases = [
    case(),
    case(code="do_not_honor"),
    case(1, 3, 5, 7, code="do_not_honor"),
    case(own=paid_monthly(10)),
    case(2, code="issuer_not_available"),
    case(code="do_not_honor", advice="26"),
]
for number in range(102):
    made = cases[number % len(cases)]
    opens = (made.declines[-1].at - made.declines[0].at) / timedelta(days=1) + 0.05
    begun = time.thread_time()
    SmartRetries().choose(made, room(opens=opens), f"in_{number}|1")
    print(1000 * (time.thread_time() - begun))
"""

IMPORT = """
import time, zoneinfo, hashlib, zlib, dunwell.domain.retries, dunwell.domain.payment_records
begun = time.process_time()
import dunwell.domain.smart_retries.advice
print(1000 * (time.process_time() - begun))
"""


def printed(code):
    """The words that a process of its own prints."""
    env = {"PYTHONPATH": f"{CORE.parent}:{ROOT}"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_plan_is_made_in_time():
    """A hundred in turn over two weeks, the first one cold."""
    took = sorted(map(float, printed(PLANS)))
    assert len(took) == 102
    assert took[100] <= PLAN_MAX_MS


def test_the_model_is_loaded_in_time():
    """Beyond what every function's domain imports; the median of five processes."""
    took = [printed(IMPORT) for _ in range(5)]
    assert median(float(milliseconds) for (milliseconds,) in took) <= IMPORT_MAX_MS


ADVICE = """
import sys
from dunwell.domain.policies import RetryPolicy
from dunwell.use_cases.advice import Advice
from sandbox.memory.payments import MemoryLessons, MemoryPayments
from tests.build import attempt, customer, day, invoice, settings
chosen, advice = settings(retry=RetryPolicy(holdout_percent=0)), Advice(MemoryPayments(), MemoryLessons)
for attempts in ([], [attempt(day(0))]):
    print(advice.on(invoice(), attempts, customer(), chosen).name)
    print("dunwell.domain.smart_retries.model" in sys.modules)
"""


def test_the_model_is_loaded_for_an_invoice_that_failed():
    """Most never do, and a function that hears of them goes without it."""
    assert printed(ADVICE) == ["even", "False", "smart", "True"]


@pytest.mark.parametrize(
    "function", ["webhook_intake", "due_dispatch", "email_feedback", "reminder_dispatch", "past_due_sweep"]
)
def test_who_does_not_plan_loads_nothing_of_it(function):
    """Not a module."""
    loaded = printed(f"import sys, dunwell.use_cases.{function}\nprint(*sys.modules)")
    assert not any(name.startswith("dunwell.domain.smart_retries.") for name in loaded)
