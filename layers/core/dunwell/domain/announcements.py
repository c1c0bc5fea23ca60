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
    failures only the last one is told."""
    found = list(_attempts_ended(before[1] if before else (), attempts))
    found = found if before is not None else found[-1:]
    found += _said(before[0] if before else None, invoice)
    occasions = dict(_occasions(invoice, owner_zone, now))
    fresh = {name: one for name, one in occasions.items() if name not in announced.occasions}
    found += fresh.values()
    found += _closed(before[0] if before else None, invoice, attempts)
    return found, announced.plus(len(found), fresh)


def next_occasion_at(invoice: Invoice, owner_zone: str, now: datetime) -> datetime | None:
    """When something is next to be announced of an open invoice that nobody would look at for it (UTC)."""
    return min((at for at, _ in _dates(invoice, owner_zone) if at > now), default=None)


def _attempts_ended(before: Sequence[Attempt], attempts: Sequence[Attempt]) -> Iterator[Announcement]:
    """The attempts that have failed since, but the payer's own, which are no failure of the pursuit."""
    known = {(name, one.outcome) for one in before if one.counts for name in (one.id, one.charge_id)}
    made = sorted((one for one in attempts if one.counts), key=lambda one: (one.started_at, one.id))
    for number, attempt in enumerate(made, start=1):
        names = {(attempt.id, attempt.outcome), (attempt.charge_id or attempt.id, attempt.outcome)}
        if not attempt.failed or names & known:
            continue
        required = attempt.outcome is Outcome.ACTION_REQUIRED
        yield Announcement(
            EventType.PAYMENT_ACTION_REQUIRED if required else EventType.PAYMENT_FAILED,
            {
                "attempt_id": attempt.id,
                "attempt_number": number,
                "attempted_at": attempt.started_at.isoformat(),
                "attempted_by": attempt.origin.value,
                "decline_code": attempt.failure.classified_on if attempt.failure is not None else None,
            },
        )


def _said(before: Invoice | None, invoice: Invoice) -> Iterator[Announcement]:
    """What the payer has said since."""
    known = before.word if before is not None else None
    for promise in invoice.word.promises[len(known.promises) if known is not None else 0 :]:
        yield Announcement(EventType.PROMISE_MADE, {"by_date": promise.by_date.isoformat()})
    dispute = invoice.word.dispute
    if dispute is not None and dispute != (known.dispute if known is not None else None):
        yield Announcement(EventType.DISPUTED, {"complaint": dispute.complaint.value})


def _occasions(invoice: Invoice, owner_zone: str, now: datetime) -> Iterator[tuple[str, Announcement]]:
    """What has come about by time alone, by a name that tells it from the next of its kind."""
    if not invoice.is_open:
        return
    due = invoice.due_date(owner_zone)
    for at, kind in _dates(invoice, owner_zone):
        if at <= now and not (kind is EventType.WILL_BE_DUE and now >= at_local(due, 0, owner_zone)):
            yield f"{kind.name.lower()} {due}", Announcement(kind, {"due_date": due.isoformat()})
    for number, promise in enumerate(invoice.word.promises, start=1):
        if promise.ends_at <= now:
            told = {"by_date": promise.by_date.isoformat()}
            yield f"promise_broken {number}", Announcement(EventType.PROMISE_BROKEN, told)


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
        told = {"message": message.key, "kind": message.kind.value, "offset_days": message.offset_days}
        if record.state is MessageState.SENT and message.kind is MessageKind.REMINDER:
            occasion = f"sent {message.key}"
            yield occasion, message.invoice_id, Announcement(EventType.REMINDER_SENT, told)
        if record.feedback in (Feedback.BOUNCED, Feedback.COMPLAINED):
            occasion = f"{record.feedback} {message.key}"
            details = {**told, "feedback": record.feedback.value}
            yield occasion, message.invoice_id, Announcement(EventType.MESSAGE_BOUNCED, details)
