"""What was recovered: what has become of each invoice whose payment failed, and what it counts for.

Amounts are in minor units of one currency. What failed is recovered (paid since), open,
uncollectible, or the rest: credited, or the invoice was voided.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

from dunwell.domain.customers import Feedback, MessageRecord, MessageState
from dunwell.domain.days import local_date
from dunwell.domain.holdout import is_held_out
from dunwell.domain.invoices import Invoice, Status
from dunwell.domain.ownership import observed
from dunwell.domain.payments import Attempt, Origin, Outcome
from dunwell.domain.policies import RetryKind, Settings

BUCKETS: Final = 100
"""Customers are spread over so many by a hash of their id; between buckets chance is told from effect."""

SMART_ARM: Final = "smart"
HOLDOUT_ARM: Final = "holdout"

Counts = Mapping[str, Mapping[str, int]]
"""Numbers by their names, by section; what is no number of things is minor units (names in `amount`)."""


class Result(StrEnum):
    """What has become of an invoice whose payment failed. `CREDITED` is what was credited or voided."""

    RECOVERED = "recovered"
    OPEN = "open"
    UNCOLLECTIBLE = "uncollectible"
    CREDITED = "credited"


@dataclass(frozen=True, slots=True)
class Retry:
    """A retry of Dunwell's that ended: the `number`-th payment attempt, its weekday (Monday is 0) and hour in
    the customer's zone, and whether it was paid."""

    number: int
    weekday: int
    hour: int
    paid: bool


@dataclass(frozen=True, slots=True)
class Recovery:
    """An invoice whose payment failed. Fixed when it was first seen: the day of the first failure in the
    owner's zone, what was paid before it, and by what it was pursued: `automation` is an automation's name,
    `arm` its arm of the comparison with even retries and how many of a hundred customers were held out then,
    as `smart.5`; None where nothing is compared."""

    failed_on: date
    paid_before: int
    automation: str
    policy: str
    bucket: int
    arm: str | None
    currency: str
    amount: int
    failure: str = ""
    """The id of the first attempt that failed."""
    code: str = "unknown"
    result: Result = Result.OPEN
    recovered: int = 0
    open: int = 0
    uncollectible: int = 0
    recovered_by: str | None = None
    days: int | None = None
    retries: tuple[Retry, ...] = ()
    counts: bool = True
    """False once what had failed turned out to be the payer's own try, which is not counted."""

    @property
    def rest(self) -> int:
        return self.amount - self.recovered - self.open - self.uncollectible


@dataclass(frozen=True, slots=True)
class Tally:
    """What one thing counts for, and on which day."""

    day: date
    counts: Counts = field(default_factory=dict)


def recovery_of(
    before: Recovery | None, invoice: Invoice, attempts: Sequence[Attempt], settings: Settings, zone: str
) -> Recovery | None:
    """What has become of an invoice by now, None while no payment of it failed. `zone` is the customer's."""
    made = sorted((a for a in attempts if a.counts), key=lambda one: (one.started_at, one.id))
    failed = next((a for a in made if a.outcome is Outcome.DECLINED), None)
    if failed is None:
        return replace(before, counts=False) if before is not None else None
    begun = _begun(before, failed, invoice, settings)
    amount, remaining = failed.amount.amount, invoice.amount_remaining.amount
    recovered = max(0, min(amount, invoice.received.amount - begun.paid_before))
    result = _result(invoice, recovered)
    paid_at = invoice.paid_at if result is Result.RECOVERED else None
    left = min(remaining, amount - recovered)
    return replace(
        begun,
        amount=amount,
        code=(failed.failure.classified_on if failed.failure else None) or "unknown",
        result=result,
        recovered=recovered,
        open=left if result is Result.OPEN else 0,
        uncollectible=left if result is Result.UNCOLLECTIBLE else 0,
        recovered_by=_by_whom(attempts) if result is Result.RECOVERED else None,
        days=max(0, (paid_at - failed.started_at).days) if paid_at is not None else None,
        retries=tuple(_retries(made, zone)),
        counts=True,
    )


def tally_of(recovery: Recovery) -> Tally:
    """What it counts for."""
    if not recovery.counts:
        return Tally(recovery.failed_on)
    whole: dict[str, int] = {
        "failed": 1,
        "failed_amount": recovery.amount,
        recovery.result: 1,
        "recovered_amount": recovery.recovered,
        "open_amount": recovery.open,
        "uncollectible_amount": recovery.uncollectible,
        "credited_amount": recovery.rest,
    }
    money = recovery.currency
    sections: dict[str, Mapping[str, int]] = {
        f"{money}#total": whole,
        f"{money}#code": _under(recovery.code, whole),
        f"{money}#automation": _under(recovery.automation, whole),
        f"{money}#policy": _under(recovery.policy, whole),
    }
    if recovery.recovered_by is not None:
        by = {"recovered": 1, "recovered_amount": recovery.recovered}
        sections[f"{money}#by"] = _under(recovery.recovered_by, by)
    if recovery.days is not None:
        sections[f"{money}#days"] = {
            f"{recovery.days}|recovered": 1,
            f"{recovery.days}|recovered_amount": recovery.recovered,
        }
    if recovery.arm is not None:
        sections[f"{money}#arm.{recovery.arm}"] = _under(f"{recovery.bucket}", whole)
    if recovery.retries:
        sections["retries#number"] = Counter(
            name for one in recovery.retries for name in _tried(f"{one.number}", one.paid)
        )
        sections["retries#hour"] = Counter(
            name for one in recovery.retries for name in _tried(f"{one.weekday}.{one.hour}", one.paid)
        )
    return Tally(recovery.failed_on, {name: _without_zeros(counts) for name, counts in sections.items()})


def tally_of_mail(record: MessageRecord, zone: str) -> Tally:
    """What a mail counts for, on the day of its record in the owner's zone: nothing before it was sent, nor
    when the mail service took it and then did not send it."""
    if record.state is not MessageState.SENT:
        return Tally(local_date(record.at, zone))
    counts = {f"{record.kind}|sent": 1}
    if record.feedback in (Feedback.DELIVERED, Feedback.BOUNCED, Feedback.COMPLAINED):
        counts[f"{record.kind}|{record.feedback}"] = 1
    return Tally(local_date(record.at, zone), {"mails#kind": counts})


def changes(before: Tally | None, after: Tally | None) -> dict[tuple[date, str], dict[str, int]]:
    """By day and section what must be added to the sums where one tally replaces another."""
    found: dict[tuple[date, str], Counter[str]] = {}
    for sign, tally in ((-1, before), (1, after)):
        if tally is not None:
            for section, counts in tally.counts.items():
                into = found.setdefault((tally.day, section), Counter())
                for name, number in counts.items():
                    into[name] += sign * number
    changed = {key: {name: n for name, n in counts.items() if n} for key, counts in found.items()}
    return {key: counts for key, counts in changed.items() if counts}


def _begun(before: Recovery | None, failed: Attempt, invoice: Invoice, settings: Settings) -> Recovery:
    """What is fixed: by what it is pursued when it is first seen; and by the first failure, should an earlier
    one be heard of later, its day and what was paid before it."""
    if before is not None and before.failure == failed.id:
        return before
    watched = observed(invoice, settings) is not None
    compared = settings.retry.kind is RetryKind.SMART and settings.retry.holdout_percent and not watched
    held_out = is_held_out(invoice.customer_id, settings.retry.holdout_percent)
    arm = f"{HOLDOUT_ARM if held_out else SMART_ARM}.{settings.retry.holdout_percent}"
    first = before or Recovery(
        failed_on=local_date(failed.started_at, settings.time_zone),
        paid_before=0,
        automation=settings.applied.name if settings.applied else "",
        policy="observed" if watched else settings.retry.kind.value,
        bucket=crc32(invoice.customer_id.encode()) % BUCKETS,
        arm=arm if compared else None,
        currency=failed.amount.currency,
        amount=failed.amount.amount,
    )
    return replace(
        first,
        failure=failed.id,
        failed_on=local_date(failed.started_at, settings.time_zone),
        paid_before=max(0, invoice.amount_due.amount - failed.amount.amount),
    )


def _result(invoice: Invoice, recovered: int) -> Result:
    if invoice.status is Status.PAID:
        return Result.RECOVERED if recovered else Result.CREDITED
    if invoice.status is Status.UNCOLLECTIBLE:
        return Result.UNCOLLECTIBLE
    return Result.OPEN if invoice.is_open else Result.CREDITED


def _by_whom(attempts: Sequence[Attempt]) -> str:
    """Who made the payment that ended it: we, the processor's engine, the payer; or it was made elsewhere."""
    paid = max(
        (a for a in attempts if a.outcome is Outcome.SUCCEEDED), key=lambda one: one.started_at, default=None
    )
    return paid.origin.value if paid is not None else "elsewhere"


def _retries(made: Sequence[Attempt], zone: str) -> Iterator[Retry]:
    for number, one in enumerate(made, start=1):
        if one.origin is Origin.DUNWELL and one.outcome in (Outcome.SUCCEEDED, Outcome.DECLINED):
            local = one.started_at.astimezone(ZoneInfo(zone))
            yield Retry(number, local.weekday(), local.hour, one.outcome is Outcome.SUCCEEDED)


def _tried(what: str, paid: bool) -> Iterator[str]:  # noqa: FBT001 - of a retry
    yield f"{what}|tried"
    if paid:
        yield f"{what}|paid"


def _under(what: str, counts: Mapping[str, int]) -> Mapping[str, int]:
    return {f"{what}|{name}": number for name, number in counts.items()}


def _without_zeros(counts: Mapping[str, int]) -> Mapping[str, int]:
    return {name: number for name, number in counts.items() if number}
