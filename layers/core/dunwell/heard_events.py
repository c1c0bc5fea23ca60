"""Webhook events as they are stored. Knows nothing of invoices: it is loaded where the processor waits."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class HeardEvent:
    """A verified webhook event, and whom it concerns, read by shape (any API version).

    `invoice_id`, `payment_intent_id`, `customer_id` and `charge_id` are None where its object names
    none. `idempotency_key` is that of the request that caused it. `body` is its JSON as received, None
    where it was too large to keep. It is a hint that something changed, never the truth about what.
    """

    id: str
    type: str
    created_at: datetime
    object_type: str | None = None
    object_id: str | None = None
    invoice_id: str | None = None
    payment_intent_id: str | None = None
    customer_id: str | None = None
    charge_id: str | None = None
    idempotency_key: str | None = None
    api_version: str | None = None
    body: str | None = None


class EventState(StrEnum):
    STORED = "stored"
    APPLIED = "applied"
    IGNORED = "ignored"
