"""What is published of an invoice: announcements with the invoice's state as it is when they are made."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dunwell.domain.announcements import Announced, Announcement
from dunwell.domain.invoices import Invoice
from dunwell.domain.payments import Attempt, attempt_count
from dunwell.records import PublishedEvent


def published(
    news: Iterable[Announcement],
    announced: Announced,
    invoice: Invoice,
    attempts: Iterable[Attempt],
    next_payment_attempt: datetime | None,
    at: datetime,
) -> tuple[PublishedEvent, ...]:
    """The events that announcements are published as, numbered up to what is `announced` with them."""
    told = list(news)
    state = state_of(invoice, attempts, next_payment_attempt)
    first = announced.count - len(told) + 1
    return tuple(
        PublishedEvent(invoice.id, number, one.type, at, {**state, **one.details})
        for number, one in enumerate(told, start=first)
    )


def state_of(
    invoice: Invoice, attempts: Iterable[Attempt], next_payment_attempt: datetime | None
) -> dict[str, Any]:
    """What every event says of its invoice: amounts in minor units, instants in ISO 8601 (UTC)."""
    return {
        "invoice_id": invoice.id,
        "invoice_number": invoice.number,
        "customer_id": invoice.customer_id,
        "status": invoice.status.value,
        "collection_method": invoice.collection_method.value,
        "currency": invoice.amount_due.currency,
        "amount_due": invoice.amount_due.amount,
        "amount_paid": invoice.amount_paid.amount,
        "amount_remaining": invoice.amount_remaining.amount,
        "attempt_count": attempt_count(attempts),
        "next_payment_attempt": (
            next_payment_attempt.isoformat() if next_payment_attempt is not None else None
        ),
    }
