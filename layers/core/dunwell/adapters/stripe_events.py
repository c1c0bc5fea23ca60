"""Stripe's events read by shape, whatever the API version: whom each of them concerns.

They come as webhooks, or are listed by the API where a webhook never came.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from dunwell.adapters.stripe_json import Json, child, id_of, instant, listed
from dunwell.heard_events import HeardEvent

_WORD: Final = re.compile(r"[ -~]{1,255}")
"""What is kept with an event: its row has room for words, and the log and the tables for characters."""


def heard_from(event: Json, payload: str) -> HeardEvent:
    """Whom the event concerns. A thin event (`related_object`) names it without telling anything."""
    related = child(event, "related_object")
    subject = child(event, "data", "object") or {**related, "object": related.get("type")}
    before = child(event, "data", "previous_attributes")
    request = event.get("request")
    kind = _word(subject.get("object")) or ""
    return HeardEvent(
        id=event["id"],
        type=event["type"].removeprefix("v1."),
        created_at=_created_at(event.get("created")),
        object_type=kind or None,
        object_id=id_of(subject),
        invoice_id=id_of(subject) if kind == "invoice" else id_of(subject.get("invoice")),
        payment_intent_id=id_of(subject)
        if kind == "payment_intent"
        else id_of(subject.get("payment_intent")),
        customer_id=id_of(subject) if kind == "customer" else _customer_id(subject, before),
        charge_id=_charge_id(kind, subject),
        idempotency_key=_word(child(request).get("idempotency_key")),
        api_version=_word(event.get("api_version")),
        body=payload,
    )


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def _created_at(value: object) -> datetime:
    """Unix seconds in snapshot events, ISO 8601 in thin ones; else the epoch: nothing rests on it."""
    if isinstance(value, str):
        try:
            told = datetime.fromisoformat(value)
        except ValueError:
            return datetime.fromtimestamp(0, UTC)
        return told if told.tzinfo else told.replace(tzinfo=UTC)
    return instant(value) or datetime.fromtimestamp(0, UTC)


def _customer_id(subject: Json, before: Mapping[str, Any]) -> str | None:
    """The customer, or for a detached payment method the one it had."""
    return id_of(subject.get("customer")) or id_of(before.get("customer"))


def _charge_id(kind: str, subject: Json) -> str | None:
    if kind == "charge":
        return id_of(subject)
    if kind != "payment_intent":
        return None
    embedded = next(listed(subject.get("charges")), {})
    return (
        id_of(subject.get("latest_charge"))
        or id_of(child(subject, "last_payment_error").get("charge"))
        or id_of(embedded)
    )
