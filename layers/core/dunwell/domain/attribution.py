"""Whose attempt a charge is: joins Dunwell's own attempt records with the processor's charges.

The processor's list of charges is the truth about what was tried; our records are the truth about
who asked for it. A pure function of both, so the order in which events were heard does not matter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dunwell.domain.limits import IDEMPOTENCY_KEY_MAX_AGE
from dunwell.domain.money import Money
from dunwell.domain.payments import Attempt, Failure, Origin, Outcome, PaymentMethod

CLOCK_SKEW = timedelta(seconds=5)
"""A charge's `created` has whole seconds, and the processor's clock is not ours."""

CALL_LONGEST = timedelta(minutes=2)
"""A charge that one of our calls made was created at most this long after the call began."""

NOTHING_CHARGED = Failure(code="nothing_charged")
"""The failure of an attempt that was written, but of which the processor lists no charge."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge as the processor lists it: an attempt by anyone. `created_at` has whole seconds (UTC)."""

    id: str
    created_at: datetime
    outcome: Outcome
    amount: Money
    failure: Failure | None = None
    method: PaymentMethod | None = None


def attribute(
    own: Iterable[Attempt],
    charges: Iterable[Charge],
    processor_attempt_count: int,
    now: datetime,
    *,
    chargeable: bool,
    processor_charges: bool = True,
) -> tuple[Attempt, ...]:
    """All attempts on an invoice, oldest first: ours with their charges' outcomes, and foreign ones.

    `processor_attempt_count` is the processor's own count. It counts the first attempt, whoever made
    it, and its engine's retries; so that many of the foreign charges are the processor's (one less
    when the first attempt was ours), the earliest ones, and the rest are the payer's. Where it never
    charges by itself (`processor_charges` False: the customer pays the invoice) they all are the payer's.

    While the invoice is `chargeable` (open, nothing processing) an unknown outcome is proven by sending
    its key again; once it is not, or the key is too old, by the charge made while the call ran. No
    such charge on an invoice that cannot be charged any more means that the call did nothing.
    """
    unclaimed = {charge.id: charge for charge in sorted(charges, key=_when)}
    mine: list[Attempt] = []
    for attempt in sorted(own, key=lambda a: a.number or 0):
        charge = _charge_of(attempt, unclaimed.values(), now, chargeable=chargeable)
        if charge is not None:
            del unclaimed[charge.id]
            mine.append(_with_charge(attempt, charge))
        elif attempt.outcome is Outcome.UNKNOWN and not chargeable and _call_is_over(attempt, now):
            mine.append(replace(attempt, outcome=Outcome.DECLINED, charged=False, failure=NOTHING_CHARGED))
        else:
            mine.append(attempt)
    by_processor = _by_processor(mine, list(unclaimed.values()), processor_attempt_count)
    foreign = _foreign(list(unclaimed.values()), by_processor if processor_charges else 0)
    return tuple(sorted([*mine, *foreign], key=lambda a: (a.started_at, a.id)))


def _charge_of(
    attempt: Attempt, charges: Iterable[Charge], now: datetime, *, chargeable: bool
) -> Charge | None:
    """The charge that an attempt made: by its id; else, once its outcome is known or can no longer be
    proven by its key, the first one made while our call ran that does not contradict it, before others
    one over the amount that was asked for."""
    if attempt.charge_id is not None:
        return next((charge for charge in charges if charge.id == attempt.charge_id), None)
    if not attempt.charged:
        return None
    unproven = attempt.outcome is Outcome.UNKNOWN
    key_proves = chargeable and now - attempt.started_at <= IDEMPOTENCY_KEY_MAX_AGE
    if unproven and (key_proves or not _call_is_over(attempt, now)):
        return None
    fits = [
        charge
        for charge in charges
        if _made_by_a_call(attempt, charge) and (unproven or _agree(attempt.outcome, charge.outcome))
    ]
    return next((charge for charge in fits if charge.amount == attempt.amount), next(iter(fits), None))


def _made_by_a_call(attempt: Attempt, charge: Charge) -> bool:
    """Whether the charge was made while the first call ran, or the last one that asked again."""
    return any(
        called_at - CLOCK_SKEW <= charge.created_at <= called_at + CALL_LONGEST
        for called_at in (attempt.started_at, attempt.last_asked_at)
    )


def _call_is_over(attempt: Attempt, now: datetime) -> bool:
    return now - attempt.last_asked_at > CALL_LONGEST


def _agree(told: Outcome, listed: Outcome) -> bool:
    """Whether what the call was told fits what the list says now (processing ends either way)."""
    failures = {Outcome.DECLINED, Outcome.ACTION_REQUIRED}
    return told is listed or told is Outcome.PROCESSING or {told, listed} <= failures


def _with_charge(attempt: Attempt, charge: Charge) -> Attempt:
    needs_payer = attempt.outcome is Outcome.ACTION_REQUIRED and charge.outcome is Outcome.DECLINED
    return replace(
        attempt,
        charge_id=charge.id,
        outcome=attempt.outcome if needs_payer else charge.outcome,
        failure=charge.failure or (attempt.failure if charge.outcome is not Outcome.SUCCEEDED else None),
        method=charge.method.identity if charge.method else attempt.method,
        method_id=charge.method.id if charge.method else attempt.method_id,
        method_kind=charge.method.kind if charge.method else attempt.method_kind,
    )


def _by_processor(mine: Sequence[Attempt], charges: Sequence[Charge], processor_attempt_count: int) -> int:
    """How many of the foreign charges, the earliest ones, the processor made by itself."""
    charged = [attempt for attempt in mine if attempt.charged]
    first_is_ours = bool(charged) and (not charges or charged[0].started_at < charges[0].created_at)
    return max(0 if first_is_ours else 1, processor_attempt_count - first_is_ours)


def _foreign(charges: Sequence[Charge], by_processor: int) -> list[Attempt]:
    return [
        Attempt(
            id=charge.id,
            origin=Origin.PROCESSOR if index < by_processor else Origin.PAYER,
            started_at=charge.created_at,
            outcome=charge.outcome,
            amount=charge.amount,
            failure=charge.failure,
            method=charge.method.identity if charge.method else None,
            method_id=charge.method.id if charge.method else None,
            method_kind=charge.method.kind if charge.method else "card",
            charge_id=charge.id,
        )
        for index, charge in enumerate(charges)
    ]


def _when(charge: Charge) -> tuple[datetime, str]:
    return charge.created_at, charge.id
