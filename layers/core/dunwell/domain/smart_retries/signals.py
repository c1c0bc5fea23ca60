"""Signals beside the code: what else was known when a payment failed, as words whose meaning is learnt by
counting causes behind them."""

from bisect import bisect_right
from datetime import datetime
from typing import Final

from dunwell.domain.money import Money
from dunwell.domain.payments import PaymentMethod
from dunwell.domain.smart_retries.causes import Cause

DEVICES: Final = (2, 4, 8)
"""Numbers of devices from which more of them mean something else."""

AMOUNTS: Final = (1_000, 3_000, 10_000, 50_000)
"""The same for amounts, minor units of whatever currency."""

EXPIRED: Final = "card expired"

USUAL_RATIOS: Final = {(EXPIRED, Cause.STALE): 4.0, (EXPIRED, Cause.DEAD): 2.0}
"""How many times likelier a signal is behind a cause than behind any, before anything is learnt; 1 for the
others."""


def signals_of(method: PaymentMethod | None, amount: Money, at: datetime) -> tuple[str, ...]:
    """What was known of a payment at a UTC instant; nothing is said of what was not told."""
    found = [f"amount {bisect_right(AMOUNTS, amount.amount)}"]
    if method is not None and method.exp_year and method.exp_month:
        is_over = (method.exp_year, method.exp_month) < (at.year, at.month)
        found.append(EXPIRED if is_over else "card valid")
    if method is not None and method.devices is not None:
        found.append(f"devices {bisect_right(DEVICES, method.devices)}")
    return tuple(found)
