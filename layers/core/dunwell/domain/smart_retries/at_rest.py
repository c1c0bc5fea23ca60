"""Invoices at rest: what became of those whose window is over, as it is learnt from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import Final

from dunwell.domain.limits import RETRY_GAP_MIN
from dunwell.domain.payment_records import PaymentRecord, recalled
from dunwell.domain.payments import Considered, Origin
from dunwell.domain.policies import RetryKind, RetryPolicy
from dunwell.domain.smart_retries.advice import room_of
from dunwell.domain.smart_retries.model import Room
from dunwell.domain.smart_retries.posterior import Case, Decline
from dunwell.domain.smart_retries.signals import signals_of

REST: Final = timedelta(days=2)
"""After its window an invoice is left so long before anything is concluded from it: late retries and news."""


@dataclass(frozen=True, slots=True)
class AtRest:
    """An invoice whose window is over. `considered` are the times that were weighed for its first retry, the
    one that was taken first (empty where no model chose it), and `room` is what the policy allowed."""

    invoice_id: str
    case: Case
    room: Room
    considered: tuple[Considered, ...] = ()


def at_rest(
    invoice_id: str, own: Sequence[PaymentRecord], issuer: Iterable[PaymentRecord], policy: RetryPolicy
) -> AtRest | None:
    """What became of an invoice whose first attempt failed, None where it did not. `own` are all records
    of its customer, oldest first. It ends where the payer paid, or another card was tried: that says nothing
    of retries on this one."""
    made = [record for record in own if record.invoice_id == invoice_id]
    if not made or made[0].succeeded:
        return None
    first = made[0]
    made = list(takewhile(lambda record: _is_ours(record, first), made))
    declines = tuple(Decline(record.at, record.failure) for record in made if not record.succeeded)
    paid_at = next((record.at for record in made if record.succeeded), None)
    history = recalled(own, issuer, first.group, first.at)
    signals = signals_of(first.method, first.amount, first.at)
    case = Case(declines, history, first.zone, paid_at, signals)
    return AtRest(invoice_id, case, room_of(policy, [first.at], first.at), _considered(made[1:]))


def at_rest_after(policy: RetryPolicy) -> timedelta:
    """How long after its first failure an invoice is at rest under a policy: its longest course is over."""
    days = sum(policy.days_after_previous) if policy.kind is RetryKind.CUSTOM else policy.window_days
    return timedelta(days=days) + REST


def _considered(retries: Sequence[PaymentRecord]) -> tuple[Considered, ...]:
    """What was weighed for the first retry, nothing where it was made at another time than was drawn: a rule
    or an outage moved it."""
    foresight = retries[0].foresight if retries else None
    weighed = foresight.considered if foresight else ()
    return weighed if weighed and abs(retries[0].at - weighed[0].at) <= RETRY_GAP_MIN else ()


def _is_ours(record: PaymentRecord, first: PaymentRecord) -> bool:
    if record.origin is Origin.PAYER:
        return False
    methods = record.method, first.method
    return methods[0] is None or methods[1] is None or methods[0].identity == methods[1].identity
