"""Which mails an invoice wants: finalized, failed, action required, reminders, card expiring, received.

Knows nothing of budgets.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from dunwell.domain.customers import (
    Customer,
    MessageKind,
    WantedMessage,
    card_expiring_key,
    invoice_finalized_key,
    mail_again_key,
    payment_failed_key,
    payment_received_key,
    promise_key,
    reminder_date,
    reminder_key,
)
from dunwell.domain.days import at_local, local_date
from dunwell.domain.invoices import Invoice, Status
from dunwell.domain.limits import CARD_EXPIRING_DAYS, PROMISE_BROKEN_AFTER
from dunwell.domain.ownership import observed
from dunwell.domain.payments import Attempt, Outcome
from dunwell.domain.policies import Settings


def wanted_messages(
    invoice: Invoice, attempts: Sequence[Attempt], customer: Customer, settings: Settings
) -> tuple[WantedMessage, ...]:
    """Every mail that an open invoice wants, sent or not, in the order in which they fall due.

    Those that were sent or skipped already are still in it: `decide_contact` knows the records.
    """
    found = [
        *_finalized(invoice, settings),
        *_again(invoice, settings),
        *_payment_failed(invoice, attempts, settings),
        *_reminders(invoice, customer, settings),
        *_card_expiring(invoice, customer, settings),
        *_promise_broken(invoice, attempts, settings),
    ]
    return tuple(sorted(found, key=lambda message: (message.not_before, message.key)))


def receipts(invoice: Invoice, attempts: Sequence[Attempt], settings: Settings) -> tuple[WantedMessage, ...]:
    """The mail that a closed invoice wants: thanks for a payment that failed at first, or came late.

    Whether anybody wrote to the customer about it, so that there is something to put an end to, is for
    `decide_contact` to see.
    """
    paid_at = invoice.paid_at
    if invoice.status is not Status.PAID or paid_at is None or not settings.messages.payment_received:
        return ()
    if invoice.received.amount == 0:
        return ()  # credited in full
    late = local_date(paid_at, settings.time_zone) > invoice.due_date(settings.time_zone)
    failed = any(attempt.counts and attempt.failed for attempt in attempts)
    if not (late or failed) or observed(invoice, settings) is not None:
        return ()
    return (
        WantedMessage(
            payment_received_key(invoice.id),
            MessageKind.PAYMENT_RECEIVED,
            invoice.id,
            paid_at,
            paid_at + _grace(settings),
        ),
    )


def confirmations(invoice: Invoice, settings: Settings) -> tuple[WantedMessage, ...]:
    """The mail that an invoice wants while everything else about it rests: that a promise was taken down."""
    promise = invoice.word.promise
    if promise is None or not settings.messages.promises:
        return ()
    kind = MessageKind.PROMISE_CONFIRMED
    key = promise_key(invoice.id, kind, len(invoice.word.promises))
    until = min(promise.made_at + _grace(settings), promise.ends_at)
    return (WantedMessage(key, kind, invoice.id, promise.made_at, until),)


def _promise_broken(
    invoice: Invoice, attempts: Sequence[Attempt], settings: Settings
) -> Iterator[WantedMessage]:
    """One mail for the last promise, once its day is over and the card was tried; where that failed, the
    mail about it says enough. Until then the invoice rests."""
    promise, kind = invoice.word.promise, MessageKind.PROMISE_BROKEN
    if promise is None or not settings.messages.promises:
        return
    if any(a.counts and a.failed and a.started_at >= promise.ends_at for a in attempts):
        return
    key = promise_key(invoice.id, kind, len(invoice.word.promises))
    begins = promise.resumes_at + (PROMISE_BROKEN_AFTER if invoice.charges_automatically else timedelta())
    yield WantedMessage(key, kind, invoice.id, begins, promise.ends_at + _grace(settings))


def _finalized(invoice: Invoice, settings: Settings) -> Iterator[WantedMessage]:
    wanted = settings.messages.invoice_finalized and not invoice.charges_automatically
    if wanted and invoice.finalized_at is not None:
        yield WantedMessage(
            invoice_finalized_key(invoice.id),
            MessageKind.INVOICE_FINALIZED,
            invoice.id,
            invoice.finalized_at,
            invoice.finalized_at + _grace(settings),
        )


def _again(invoice: Invoice, settings: Settings) -> Iterator[WantedMessage]:
    """The invoice once more, because the owner asked for it; each time is a message of its own."""
    at = invoice.mail_asked_at
    if at is not None:
        key = mail_again_key(invoice.id, at)
        yield WantedMessage(key, MessageKind.INVOICE_FINALIZED, invoice.id, at, at + _grace(settings))


def _payment_failed(
    invoice: Invoice, attempts: Sequence[Attempt], settings: Settings
) -> Iterator[WantedMessage]:
    """One mail for the last failed attempt; the payer's own tries cause none."""
    failed = [attempt for attempt in attempts if attempt.counts and attempt.failed]
    if not failed:
        yield from _never_reached_a_bank(invoice, attempts, settings)
        return
    last = max(failed, key=lambda attempt: (attempt.started_at, attempt.id))
    asked = last.outcome is Outcome.ACTION_REQUIRED
    yield from _about_a_failure(invoice, last.id, last.started_at, settings, asked=asked)


def _about_a_failure(
    invoice: Invoice, attempt_id: str | None, since: datetime, settings: Settings, *, asked: bool
) -> Iterator[WantedMessage]:
    """One mail, whether the bank declined or asks the payer: its key is the same."""
    kind = MessageKind.PAYMENT_ACTION_REQUIRED if asked else MessageKind.PAYMENT_FAILED
    policy = settings.messages
    if policy.payment_action_required if asked else policy.payment_failed:
        key = payment_failed_key(invoice.id, attempt_id or "first")
        yield WantedMessage(key, kind, invoice.id, since, since + _grace(settings), attempt_id=attempt_id)


def _never_reached_a_bank(
    invoice: Invoice, attempts: Sequence[Attempt], settings: Settings
) -> Iterator[WantedMessage]:
    """The processor attempted the payment and found no method, or one that needs the payer at once: there
    is no failed charge to write about, and nobody but the customer can help."""
    asked = invoice.payment_action_required
    helpless = invoice.payment_method is None or asked
    if invoice.charges_automatically and invoice.attempted and helpless and not attempts:
        since = invoice.finalized_at or invoice.created_at
        yield from _about_a_failure(invoice, None, since, settings, asked=asked)


def _card_expiring(invoice: Invoice, customer: Customer, settings: Settings) -> Iterator[WantedMessage]:
    """One mail for a card that has so few days left, while there are any; it is looked for at each look, a
    week apart at most, so that no wish lies years ahead."""
    method, zone = invoice.payment_method, customer.zone(settings.time_zone)
    over = method.expires_on if method is not None else None
    if not (settings.messages.card_expiring and invoice.charges_automatically and method and over):
        return
    soon = at_local(over - timedelta(days=CARD_EXPIRING_DAYS), settings.messages.send_from_hour, zone)
    begins = max(soon, invoice.finalized_at or invoice.created_at)
    ends = at_local(over, 0, zone)
    if soon <= invoice.read_at and begins < ends:
        key = card_expiring_key(invoice.id, method.identity)
        yield WantedMessage(key, MessageKind.CARD_EXPIRING, invoice.id, begins, ends)


def _reminders(invoice: Invoice, customer: Customer, settings: Settings) -> Iterator[WantedMessage]:
    """One mail for each offset of the schedule whose day the invoice has lived to see.

    The day is counted from the due date (owner's zone) and begins at the send hour in the customer's
    zone. A reminder before the due date is of no use once that date has come, nor is one whose day lay
    within a promise.
    """
    policy = settings.messages
    if not policy.reminders or invoice.collection_method not in policy.reminder_collection_methods:
        return
    zone = customer.zone(settings.time_zone)
    due = invoice.due_date(settings.time_zone)
    born = local_date(invoice.finalized_at or invoice.created_at, zone)
    for offset in policy.reminder_offsets_days:
        day = reminder_date(due, offset)
        if day < born:
            continue
        begins = at_local(day, policy.send_from_hour, zone)
        if invoice.word.speaks_for(begins):
            continue
        last_day = reminder_date(day, policy.grace_days)
        if offset < 0:
            last_day = min(last_day, reminder_date(due, -1))
        yield WantedMessage(
            reminder_key(invoice.id, offset),
            MessageKind.REMINDER,
            invoice.id,
            begins,
            at_local(reminder_date(last_day, 1), 0, zone),
            offset_days=offset,
        )


def _grace(settings: Settings) -> timedelta:
    return timedelta(days=settings.messages.grace_days + 1)
