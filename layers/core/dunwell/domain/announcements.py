"""What other systems are told of an invoice: each change of its state once, numbered in their order.

They are derived from two states of the facts, like everything else: what is announced with a write is what
was not so before it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zlib import crc32

from dunwell.domain.customers import Feedback, MessageKind, MessageRecord, MessageState
from dunwell.domain.days import at_local
from dunwell.domain.invoices import Invoice, Status
from dunwell.domain.payments import Attempt, Origin, Outcome, attempt_count

WILL_BE_DUE_DAYS: Final = 3
"""So many days before its due date an invoice is announced as one that will be due."""

SPREAD: Final = timedelta(hours=6)
"""What becomes due on a day is announced within so long of midnight, each invoice at a moment of its own."""

HORIZON: Final = timedelta(days=7)
"""What came about longer ago, and is heard of only now, is no news: after an installation, or an upgrade."""

FAILURES_MAX: Final = 20
"""So many failures are told with one write at most, the last ones."""

Detail = str | int | bool | None


class EventType(StrEnum):
    """What may be announced, by Stripe's name where Stripe has one."""

    PAYMENT_FAILED = "invoice.payment_failed"
    PAYMENT_ACTION_REQUIRED = "invoice.payment_action_required"
    PAID = "invoice.paid"
    VOIDED = "invoice.voided"
    MARKED_UNCOLLECTIBLE = "invoice.marked_uncollectible"
    WILL_BE_DUE = "invoice.will_be_due"
    OVERDUE = "invoice.overdue"
    PROMISE_MADE = "invoice.promise_made"
    PROMISE_BROKEN = "invoice.promise_broken"
    DISPUTED = "invoice.disputed"
    REMINDER_SENT = "invoice.reminder_sent"
    MESSAGE_BOUNCED = "invoice.message_bounced"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One change: its type, and what belongs to it alone (`details`)."""

    type: EventType
    details: Mapping[str, Detail] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Announced:
    """How much was announced of an invoice so far (`count`, the last one's number), and which of those
    occasions that no fact remembers (`occasions`, sorted)."""

    count: int = 0
    occasions: tuple[str, ...] = ()

    def plus(self, count: int, occasions: Iterable[str]) -> "Announced":
        """With so many more, on such occasions among them."""
        return Announced(self.count + count, tuple(sorted({*self.occasions, *occasions})))


def news(
    before: tuple[Invoice, Sequence[Attempt]] | None,
    invoice: Invoice,
    attempts: Sequence[Attempt],
    announced: Announced,
    owner_zone: str,
    now: datetime,
) -> tuple[list[Announcement], Announced]:
    """What is to be announced of an invoice as it is now (UTC), in the order in which it came about, and what
    has been announced then. `before` is what was stored, None for an invoice that is heard of first: of its
    failures only the last one is told, and nothing that is older than `HORIZON`."""
    known = before[0] if before is not None else None
    failed = list(_attempts_ended(before[1] if before is not None else (), attempts))
    told = [one for one in failed if before is not None or now - one[0] <= HORIZON]
    found = [one for _, one in told[-FAILURES_MAX if before is not None else -1 :]]
    found += _said(known, invoice)
    fresh = [one for one in _occasions(invoice, owner_zone, now) if one[1] not in announced.occasions]
    found += [one for at, _, one in fresh if now - at <= HORIZON]
    closed_at = invoice.paid_at or invoice.finalized_at or invoice.created_at
    if before is not None or now - closed_at <= HORIZON:
        found += _closed(known, invoice, attempts)
    return found, announced.plus(len(found), [name for _, name, _ in fresh])


def next_occasion_at(invoice: Invoice, owner_zone: str, now: datetime) -> datetime | None:
    """When something is next to be announced of an open invoice that nobody would look at for it (UTC)."""
    return min((at for at, _ in _dates(invoice, owner_zone) if at > now), default=None)


def _attempts_ended(
    before: Sequence[Attempt], attempts: Sequence[Attempt]
) -> Iterator[tuple[datetime, Announcement]]:
    """The attempts that have failed since, and when they were made; not the payer's own, which are no failure
    of the pursuit."""
    known = {(name, one.outcome) for one in before if one.counts for name in (one.id, one.charge_id)}
    made = sorted((one for one in attempts if one.counts), key=lambda one: (one.started_at, one.id))
    for number, attempt in enumerate(made, start=1):
        names = {(attempt.id, attempt.outcome), (attempt.charge_id or attempt.id, attempt.outcome)}
        if not attempt.failed or names & known:
            continue
        required = attempt.outcome is Outcome.ACTION_REQUIRED
        kind = EventType.PAYMENT_ACTION_REQUIRED if required else EventType.PAYMENT_FAILED
        details: dict[str, Detail] = {
            "attempt_count": number,
            "attempt_id": attempt.id,
            "attempted_at": attempt.started_at.isoformat(),
            "attempted_by": attempt.origin.value,
            "decline_code": attempt.failure.classified_on if attempt.failure is not None else None,
        }
        yield attempt.started_at, Announcement(kind, details)


def _said(before: Invoice | None, invoice: Invoice) -> Iterator[Announcement]:
    """What the payer has said since."""
    known = before.word if before is not None else None
    for promise in invoice.word.promises[len(known.promises) if known is not None else 0 :]:
        yield Announcement(EventType.PROMISE_MADE, {"by_date": promise.by_date.isoformat()})
    dispute = invoice.word.dispute
    if dispute is not None and dispute != (known.dispute if known is not None else None):
        yield Announcement(EventType.DISPUTED, {"complaint": dispute.complaint.value})


def _occasions(
    invoice: Invoice, owner_zone: str, now: datetime
) -> Iterator[tuple[datetime, str, Announcement]]:
    """What has come about by time alone: since when, by a name that tells it from the next of its kind. While
    a payment is processing no promise is broken."""
    if not invoice.is_open:
        return
    due = invoice.due_date(owner_zone)
    for at, kind in _dates(invoice, owner_zone):
        if at <= now and not (kind is EventType.WILL_BE_DUE and now >= at_local(due, 0, owner_zone)):
            name = f"{kind.name.lower()} {invoice.due_at:%Y-%m-%d %H:%M}"
            yield at, name, Announcement(kind, {"due_date": due.isoformat()})
    for number, promise in enumerate(invoice.word.promises, start=1):
        if promise.ends_at <= now and not invoice.payment_processing:
            told = {"by_date": promise.by_date.isoformat()}
            yield promise.ends_at, f"promise_broken {number}", Announcement(EventType.PROMISE_BROKEN, told)


def _dates(invoice: Invoice, owner_zone: str) -> Iterator[tuple[datetime, EventType]]:
    """When an invoice that the customer pays is announced: days before its due date, and the day after it."""
    if not invoice.is_open or invoice.due_at is None:
        return
    spread = SPREAD * (crc32(invoice.id.encode()) % 1_000) / 1_000
    due = invoice.due_date(owner_zone)
    for days, kind in ((-WILL_BE_DUE_DAYS, EventType.WILL_BE_DUE), (1, EventType.OVERDUE)):
        yield at_local(due + timedelta(days=days), 0, owner_zone) + spread, kind


def _closed(before: Invoice | None, invoice: Invoice, attempts: Sequence[Attempt]) -> Iterator[Announcement]:
    """That it was paid, voided or marked uncollectible since."""
    if before is not None and before.status is invoice.status:
        return
    if invoice.status is Status.PAID:
        paid = [one for one in attempts if one.outcome is Outcome.SUCCEEDED]
        last = max(paid, key=lambda one: (one.started_at, one.id), default=None)
        retried = last is not None and last.origin is Origin.DUNWELL and attempt_count(attempts) > 1
        details: dict[str, Detail] = {
            "paid_at": invoice.paid_at.isoformat() if invoice.paid_at is not None else None,
            "paid_by": last.origin.value if last is not None else None,
            "recovered_by_retry": retried,
        }
        yield Announcement(EventType.PAID, details)
    elif invoice.status is Status.VOID:
        yield Announcement(EventType.VOIDED)
    elif invoice.status is Status.UNCOLLECTIBLE:
        yield Announcement(EventType.MARKED_UNCOLLECTIBLE)


def news_of_mail(record: MessageRecord) -> Iterator[tuple[str, str, Announcement]]:
    """What a mail's record has to be announced on the invoices that it tells of: (the occasion, the invoice,
    what is announced). A reminder that was sent; a mail that came back."""
    for message in record.messages:
        told = {"kind": message.kind.value, "offset_days": message.offset_days}
        name = message.key.split(":", 1)[1]
        if record.state is MessageState.SENT and message.kind is MessageKind.REMINDER:
            occasion = f"sent {name}"
            yield occasion, message.invoice_id, Announcement(EventType.REMINDER_SENT, told)
        if record.feedback in (Feedback.BOUNCED, Feedback.COMPLAINED):
            occasion = f"{record.feedback} {name}"
            details = {**told, "feedback": record.feedback.value}
            yield occasion, message.invoice_id, Announcement(EventType.MESSAGE_BOUNCED, details)
