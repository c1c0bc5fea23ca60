"""An invoice's recorded past, to be decided again with other settings: as it stood after each failure, and
what was then done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from dunwell.domain.invoices import Invoice, Status
from dunwell.domain.limits import RETRY_GAP_MIN
from dunwell.domain.money import Money
from dunwell.domain.outlook import Standing
from dunwell.domain.payers_word import PayersWord
from dunwell.domain.payments import Attempt, Considered, Origin, Outcome, PaymentMethod


@dataclass(frozen=True, slots=True)
class Course:
    """What became of an invoice whose first attempt on `method` failed: the attempts on that card or account,
    oldest first, and the instant (UTC) at which another payment or another card put an end to them, None
    where none did."""

    invoice: Invoice
    method: PaymentMethod
    made: tuple[Attempt, ...]
    ended_at: datetime | None = None

    @property
    def failures(self) -> tuple[Attempt, ...]:
        return tuple(attempt for attempt in self.made if attempt.failed)

    @property
    def recovered_at(self) -> datetime | None:
        """When a retry collected it (UTC), None where none did."""
        return next((one.started_at for one in self.made if one.outcome is Outcome.SUCCEEDED), None)

    @property
    def over_at(self) -> datetime | None:
        """When a retry, another payment or another card put an end to it (UTC), None where nothing did."""
        return self.recovered_at or self.ended_at

    def standing(self, number: int) -> Standing:
        """The invoice as it was right after the failure of that number (from 0), with the attempts so far."""
        made = self.made[: number + 1]
        return Standing(_as_of(self.invoice, self.method, made), made)

    def chosen(self, number: int) -> tuple[Considered, ...]:
        """The retry that followed on that failure, first, and what else it was drawn from; empty where none
        followed, or where it was moved from the time that was drawn, so that nobody knows its propensity."""
        if number + 1 >= len(self.made):
            return ()
        attempt = self.made[number + 1]
        weighed = attempt.foresight.considered if attempt.foresight is not None else ()
        if not weighed:
            return (Considered(attempt.started_at, 0.0, 1.0),)
        return weighed if is_same_time(weighed[0].at, attempt.started_at) else ()


def course_of(invoice: Invoice, attempts: Sequence[Attempt], method: PaymentMethod) -> Course | None:
    """The course of an invoice that is charged automatically; None where its first attempt did not fail."""
    made = sorted((one for one in attempts if one.charged), key=lambda one: (one.started_at, one.id))
    counted = [one for one in made if one.counts]
    if not (invoice.charges_automatically and counted and counted[0].failed):
        return None
    first = counted[0]
    others = (one for one in made if one.started_at > first.started_at and _is_anothers(one, first))
    ended = next((one.started_at for one in others), None)
    kept = _until_paid([one for one in counted if ended is None or one.started_at < ended])
    paid = kept[-1].outcome is Outcome.SUCCEEDED
    return Course(invoice, method, kept, ended if ended is not None or paid else invoice.paid_at)


def _is_anothers(attempt: Attempt, first: Attempt) -> bool:
    """Whether an attempt ends the course: the payer paid, or another card or account was tried."""
    if attempt.origin is Origin.PAYER:
        return attempt.outcome is Outcome.SUCCEEDED
    return None not in (attempt.method, first.method) and attempt.method != first.method


def _until_paid(made: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """The attempts up to the first that succeeded, or before the first of which nobody knows the end."""
    failed = tuple(takewhile(lambda one: one.failed, made))
    following = made[len(failed)] if len(failed) < len(made) else None
    paid = following is not None and following.outcome is Outcome.SUCCEEDED
    return (*failed, following) if paid and following is not None else failed


def _as_of(invoice: Invoice, method: PaymentMethod, made: Sequence[Attempt]) -> Invoice:
    """The invoice as it was after some attempts, as far as that was kept. Its metadata is what it is now; one
    that is closed counts as ours, because the processor ends `auto_advance` then."""
    last = made[-1]
    due = last.amount
    return replace(
        invoice,
        status=Status.OPEN,
        amount_due=due,
        amount_paid=Money(0, due.currency),
        amount_remaining=due,
        read_at=last.started_at,
        auto_advance=invoice.auto_advance or not invoice.is_open,
        attempted=True,
        processor_next_attempt_at=None,
        payment_processing=False,
        payment_action_required=last.outcome is Outcome.ACTION_REQUIRED,
        payment_method=replace(method, attempted_at=tuple(one.started_at for one in made)),
        planned_retry=None,
        paid_at=None,
        word=PayersWord(),
        mail_asked_at=None,
        at_rest_since=None,
        rest_ended_at=None,
    )


def is_same_time(one: datetime, other: datetime) -> bool:
    """Whether two retries are the same one, made a little earlier or later."""
    return abs(one - other) <= RETRY_GAP_MIN


def weight_of(taken: datetime, logged: float, others: Sequence[Considered]) -> float:
    """How much likelier another policy was to choose a time than the one that did, with its propensity."""
    return sum(one.propensity for one in others if is_same_time(one.at, taken)) / logged
