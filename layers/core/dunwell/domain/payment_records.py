"""What is kept of each attempt that came to an end, to learn from: one record, written with its outcome."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from dunwell.domain.history import Group, History, PastAttempt, group_of
from dunwell.domain.invoices import Invoice
from dunwell.domain.money import Money
from dunwell.domain.payments import Attempt, Failure, Foresight, Origin, Outcome, PaymentMethod

OWN_MAX: Final = 60
"""A customer's attempts that are remembered: five years of monthly payments."""

ENDED: Final = frozenset({Outcome.SUCCEEDED, Outcome.DECLINED})


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """One attempt with its outcome, and the signals that were there when it was made.

    `number` counts the attempts on the invoice before it. `zone` is the customer's IANA zone; `method`
    what was charged, as far as it was known; `foresight` what was told of the time before.
    """

    id: str
    customer_id: str
    invoice_id: str
    at: datetime
    succeeded: bool
    number: int
    zone: str
    amount: Money
    failure: Failure | None = None
    method: PaymentMethod | None = None
    origin: Origin = Origin.DUNWELL
    foresight: Foresight | None = None

    @property
    def is_first(self) -> bool:
        """Whether it opened the invoice's pursuit, or ended it before it began."""
        return self.number == 0

    @property
    def group(self) -> Group:
        return group_of(self.method) if self.method else Group()

    @property
    def past(self) -> PastAttempt:
        """What a customer's history keeps of it."""
        code = self.failure.classified_on if self.failure else None
        return PastAttempt(self.at, self.succeeded, code, self.invoice_id)


def new_records(
    invoice: Invoice, attempts: Collection[Attempt], known: Collection[Attempt], zone: str
) -> list[PaymentRecord]:
    """The records of attempts that ended and had not in `known`, those stored before. The payer's own are
    kept only where they succeeded: a mistyped number tells nothing of an account."""
    ended = {attempt.id for attempt in known if attempt.outcome in ENDED}
    made = sorted((a for a in attempts if a.charged), key=lambda attempt: (attempt.started_at, attempt.id))
    method = invoice.payment_method
    return [
        PaymentRecord(
            f"{invoice.id}#{attempt.id}",
            invoice.customer_id,
            invoice.id,
            attempt.started_at,
            attempt.outcome is Outcome.SUCCEEDED,
            number,
            zone,
            attempt.amount,
            attempt.failure,
            replace(method, attempted_at=()) if method and attempt.tried(method) else None,
            attempt.origin,
            attempt.foresight,
        )
        for number, attempt in enumerate(made)
        if attempt.id not in ended and _is_kept(attempt)
    ]


def _is_kept(attempt: Attempt) -> bool:
    return attempt.outcome in ENDED and (attempt.origin is not Origin.PAYER or not attempt.failed)


def recalled(
    own: Sequence[PaymentRecord], issuer: Iterable[PaymentRecord], group: Group, before: datetime
) -> History:
    """A customer's history as a decision reads it: what came before an instant, oldest first, and what
    happened to other cards of the issuer about then."""
    mine = [record.past for record in own if record.at < before][-OWN_MAX:]
    others = {record.id: record.past for record in issuer}
    for record in own:
        others.pop(record.id, None)
    return History(tuple(mine), tuple(others.values()), group)
