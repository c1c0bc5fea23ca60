"""Which mails an invoice wants: finalized, payment failed, reminders. Knows nothing of budgets."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from dunwell.domain.customers import (
    Customer,
    MessageKind,
    WantedMessage,
    invoice_finalized_key,
    payment_failed_key,
    reminder_date,
    reminder_key,
)
from dunwell.domain.days import at_local, local_date
from dunwell.domain.invoices import Invoice
from dunwell.domain.payments import Attempt
from dunwell.domain.policies import Settings


def wanted_messages(
    invoice: Invoice, attempts: Sequence[Attempt], customer: Customer, settings: Settings
) -> tuple[WantedMessage, ...]:
    """Every mail that an open invoice wants, sent or not, in the order in which they fall due.

    Those that were sent or skipped already are still in it: `decide_contact` knows the records.
    """
    found = [
        *_finalized(invoice, settings),
        *_payment_failed(invoice, attempts, settings),
        *_reminders(invoice, customer, settings),
    ]
    return tuple(sorted(found, key=lambda message: (message.not_before, message.key)))


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


def _payment_failed(
    invoice: Invoice, attempts: Sequence[Attempt], settings: Settings
) -> Iterator[WantedMessage]:
    """One mail for the last failed attempt; the payer's own tries cause none."""
    failed = [attempt for attempt in attempts if attempt.counts and attempt.failed]
    if not settings.messages.payment_failed:
        return
    if not failed:
        yield from _never_reached_a_bank(invoice, attempts, settings)
        return
    last = max(failed, key=lambda attempt: (attempt.started_at, attempt.id))
    yield WantedMessage(
        payment_failed_key(invoice.id, last.id),
        MessageKind.PAYMENT_FAILED,
        invoice.id,
        last.started_at,
        last.started_at + _grace(settings),
        attempt_id=last.id,
    )


def _never_reached_a_bank(
    invoice: Invoice, attempts: Sequence[Attempt], settings: Settings
) -> Iterator[WantedMessage]:
    """The processor attempted the payment and found no method, or one that needs the payer at once: there
    is no failed charge to write about, and nobody but the customer can help."""
    helpless = invoice.payment_method is None or invoice.payment_action_required
    if invoice.charges_automatically and invoice.attempted and helpless and not attempts:
        since = invoice.finalized_at or invoice.created_at
        yield WantedMessage(
            payment_failed_key(invoice.id, "first"),
            MessageKind.PAYMENT_FAILED,
            invoice.id,
            since,
            since + _grace(settings),
        )


def _reminders(invoice: Invoice, customer: Customer, settings: Settings) -> Iterator[WantedMessage]:
    """One mail for each offset of the schedule whose day the invoice has lived to see.

    The day is counted from the due date (owner's zone) and begins at the send hour in the customer's
    zone. A reminder before the due date is of no use once that date has come.
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
        last_day = reminder_date(day, policy.grace_days)
        if offset < 0:
            last_day = min(last_day, reminder_date(due, -1))
        yield WantedMessage(
            reminder_key(invoice.id, offset),
            MessageKind.REMINDER,
            invoice.id,
            at_local(day, policy.send_from_hour, zone),
            at_local(reminder_date(last_day, 1), 0, zone),
            offset_days=offset,
        )


def _grace(settings: Settings) -> timedelta:
    return timedelta(days=settings.messages.grace_days + 1)
