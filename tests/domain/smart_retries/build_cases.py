"""Cases of failed payments for the tests of Smart Retries: a customer in Berlin, in March 2026."""

from datetime import timedelta

from dunwell.domain.history import Group, History, PastAttempt
from dunwell.domain.payments import Failure
from dunwell.domain.smart_retries.futures import Futures
from dunwell.domain.smart_retries.model import Room
from dunwell.domain.smart_retries.posterior import Belief, Case, Decline

from tests.build import DAY_0, day

BERLIN = "Europe/Berlin"
MONDAY = 739_677.0
"""Monday, 2 March 2026, as a local day."""

GROUP = Group("411111", "DE", "visa", "debit")


def failure(code="insufficient_funds", advice=None):
    return Failure(decline_code=code, network_advice_code=advice)


def case(
    *days, code="insufficient_funds", advice=None, own=(), issuer=(), paid_on=None, signals=(), group=GROUP
):
    """Declined on day 0 and on each of `days`; all with the same code."""
    declines = tuple(Decline(day(n), failure(code, advice)) for n in (0, *days))
    history = History(tuple(own), tuple(issuer), group)
    return Case(declines, history, BERLIN, day(paid_on) if paid_on is not None else None, signals)


def paid_monthly(on=1, months=12, hour=9):
    """Attempts of a year: paid on this day of each month, declined four days before it."""
    found = []
    for month in range(months):
        year, number = 2025 + (month + 2) // 12, (month + 2) % 12 + 1
        good = DAY_0.replace(year=year, month=number, day=on, hour=hour)
        found += [PastAttempt(good - timedelta(days=4), False, "insufficient_funds"), PastAttempt(good, True)]
    return tuple(sorted((past for past in found if past.at < DAY_0), key=lambda past: past.at))


def room(retries=8, days=14, opens=0.05):
    return Room(day(opens), day(days), retries)


def futures_of(curve, instants, effects=None, **fields):
    """What may happen at times after MONDAY, under one assumption."""
    belief = Belief((curve,), (1.0,), MONDAY, MONDAY, **fields)
    return Futures(belief, [MONDAY + at for at in instants], effects or [1.0] * len(instants))
