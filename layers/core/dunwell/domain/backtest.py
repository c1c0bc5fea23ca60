"""An invoice's recorded past, to be decided again with other settings: as it stood after each failure, and
what was then done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from dunwell.domain.exceptions import without_exceptions
from dunwell.domain.invoices import Invoice, Status
from dunwell.domain.limits import RETRY_GAP_MIN
from dunwell.domain.money import Money
from dunwell.domain.outlook import Standing
from dunwell.domain.payers_word import PayersWord
from dunwell.domain.payments import Attempt, Considered, Origin, Outcome, PaymentMethod


@dataclass(frozen=True, slots=True)
class Closing:
    """How an invoice was closed, as the decisions on it tell: when (UTC), and whether by us, who gave up."""

    at: datetime | None = None
    by_us: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """What became of an invoice whose first attempt on `method` failed: the attempts on that card or account,
    oldest first, and the instant (UTC) at which something else than a retry or ourselves put an end to them:
    another payment, another card, somebody's hand; None where nothing did. `planned` is the retry that this
    forestalled, first, and what else it was drawn from; empty where none was."""

    invoice: Invoice
    method: PaymentMethod
    made: tuple[Attempt, ...]
    ended_at: datetime | None = None
    planned: tuple[Considered, ...] = ()

    @property
    def failures(self) -> tuple[Attempt, ...]:
        return tuple(attempt for attempt in self.made if attempt.failed)

    @property
    def recovered_at(self) -> datetime | None:
        """When a retry collected it (UTC), None where none did."""
        return next((one.started_at for one in self.made if one.outcome is Outcome.SUCCEEDED), None)

    @property
    def over_at(self) -> datetime | None:
        """When a retry or something else put an end to it (UTC), None where nothing did."""
        return self.recovered_at or self.ended_at

    def standing(self, number: int) -> Standing:
        """The invoice as it was right after the failure of that number (from 0), with the attempts so far."""
        made = self.made[: number + 1]
        return Standing(_as_of(self.invoice, self.method, made), made)

    def chosen(self, number: int) -> tuple[Considered, ...]:
        """The retry that was chosen after that failure, first, and what else it was drawn from. Empty where
        none was, and where nobody knows how likely it was: somebody asked for it, or it was moved from the
        time that was drawn."""
        if number + 1 >= len(self.made):
            return self.planned
        attempt = self.made[number + 1]
        weighed = attempt.foresight.considered if attempt.foresight is not None else ()
        if not weighed:
            asked = any(is_same_time(at, attempt.started_at) for at in _asked_times(self.invoice))
            return () if asked else (Considered(attempt.started_at, 0.0, 1.0),)
        return weighed if is_drawn(weighed, attempt.started_at) else ()


def course_of(
    invoice: Invoice, attempts: Sequence[Attempt], method: PaymentMethod, closing: Closing
) -> Course | None:
    """The course of an invoice that is charged automatically; None where its first attempt did not fail."""
    made = sorted((one for one in attempts if one.charged), key=lambda one: (one.started_at, one.id))
    counted = [one for one in made if one.counts]
    if not (invoice.charges_automatically and counted and counted[0].failed):
        return None
    first = counted[0]
    others = (one for one in made if one.started_at > first.started_at and _is_anothers(one, first))
    ended = next((one.started_at for one in others), None)
    kept = _until_paid([one for one in counted if ended is None or one.started_at < ended])
    if kept[-1].outcome is Outcome.SUCCEEDED:
        return Course(invoice, method, kept)
    if ended is None and not closing.by_us:
        ended = invoice.paid_at or closing.at
    return Course(invoice, method, kept, ended)


def is_same_time(one: datetime, other: datetime) -> bool:
    """Whether two retries are the same one, made a little earlier or later."""
    return abs(one - other) <= RETRY_GAP_MIN


def is_drawn(weighed: Sequence[Considered], at: datetime) -> bool:
    """Whether a retry is the time that was drawn first among some, with a propensity that is told."""
    return is_same_time(weighed[0].at, at) and weighed[0].propensity > 0


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


def _asked_times(invoice: Invoice) -> list[datetime]:
    """The times of retries that the payer or the owner asked for, or at which a rest ended."""
    word = invoice.word
    asked = (word.retry_asked_at, word.picked.at if word.picked is not None else None, invoice.rest_ended_at)
    return [at for at in asked if at is not None] + [promise.resumes_at for promise in word.promises]


def _as_of(invoice: Invoice, method: PaymentMethod, made: Sequence[Attempt]) -> Invoice:
    """The invoice as it was after some attempts, as far as that was kept, without exceptions of its own. Its
    metadata is what it is now; one that is closed counts as ours, because the processor ends `auto_advance`
    then."""
    last = made[-1]
    left, due = last.amount, max(invoice.amount_due.amount, last.amount.amount)
    return replace(
        invoice,
        status=Status.OPEN,
        amount_due=Money(due, left.currency),
        amount_paid=Money(due - left.amount, left.currency),
        amount_remaining=left,
        read_at=last.started_at,
        auto_advance=invoice.auto_advance or not invoice.is_open,
        attempted=True,
        processor_next_attempt_at=None,
        payment_processing=False,
        payment_action_required=last.outcome is Outcome.ACTION_REQUIRED,
        payment_method=replace(method, attempted_at=tuple(one.started_at for one in made)),
        metadata=without_exceptions(invoice.metadata),
        planned_retry=None,
        paid_at=None,
        word=PayersWord(),
        mail_asked_at=None,
        at_rest_since=None,
        rest_ended_at=None,
    )
