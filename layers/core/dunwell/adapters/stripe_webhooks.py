"""`WebhookReader` for Stripe: verifies the signature with the SDK, reads the event by shape."""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import stripe

from dunwell.adapters.stripe_shapes import Json, child, id_of, instant, listed, text
from dunwell.ports import WebhookRefusedError
from dunwell.records import HeardEvent

BODY_MAX: Final = 1_048_576
"""Bytes of a webhook's body."""

TOLERANCE_S: Final = 300
"""How old, or how far ahead, a signature's time may be, in seconds."""

_EVENT_ID: Final = re.compile(r"[A-Za-z0-9_\-]{1,200}")
_TYPE: Final = re.compile(r"[A-Za-z0-9_.\[\]\-]{1,200}")
_WORD: Final = re.compile(r"[ -~]{1,255}")
"""What is kept with an event: its row has room for words, and the log and the tables for characters."""

_BARE_OBJECTS: Final = frozenset(
    "charge credit_note customer invoice list payment_intent payment_method subscription".split()
)
"""What is posted by mistake in place of an event; nothing else of a refused body is ever quoted."""

_SIGNED_AT: Final = re.compile(r"(?:^|,)\s*t=(\d{1,12})(?:,|$)")


@dataclass(frozen=True, slots=True)
class StripeWebhookReader:
    """`secrets` gives the endpoint's signing secrets (several while they are rotated; asked with True it
    reads them anew). `account` is the owner's, None when only the platform's own events come.
    `livemode` is what events must say, None for either."""

    secrets: Callable[[bool], Sequence[str]]
    account: str | None = None
    livemode: bool | None = None

    def read(self, body: bytes, signature: str | None) -> HeardEvent:
        """See `WebhookReader`. Statuses: 413 too large, 400 everything else; a reason never quotes."""
        if len(body) > BODY_MAX:
            raise WebhookRefusedError(413, f"the body is over {BODY_MAX} bytes")
        payload = _decoded(body)
        self._verify(payload, signature)
        event = _event(payload)
        self._check_origin(event)
        return _heard(event, payload)

    def _verify(self, payload: str, signature: str | None) -> None:
        if not signature or not signature.isascii():
            raise WebhookRefusedError(400, "no Stripe-Signature header: send Stripe's webhooks here")
        signed_at = _SIGNED_AT.search(signature)
        if signed_at is None or int(signed_at[1]) > time.time() + TOLERANCE_S:
            raise WebhookRefusedError(400, "the signature's time is absent or in the future")
        if not (self._fits(payload, signature, renew=False) or self._fits(payload, signature, renew=True)):
            raise WebhookRefusedError(400, "no signature fits: check the endpoint's signing secret")

    def _fits(self, payload: str, signature: str, *, renew: bool) -> bool:
        for secret in self.secrets(renew):
            try:
                stripe.WebhookSignature.verify_header(payload, signature, secret, tolerance=TOLERANCE_S)
            except stripe.SignatureVerificationError:
                continue
            return True
        return False

    def _check_origin(self, event: Json) -> None:
        account = text(event.get("account")) or text(event.get("context"))
        if account is not None and account != self.account:
            raise WebhookRefusedError(400, "an event of another account")
        if self.livemode is not None and event.get("livemode") is not self.livemode:
            raise WebhookRefusedError(400, f"livemode is not {str(self.livemode).lower()}")


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WebhookRefusedError(400, "the body is not UTF-8") from error


def _event(payload: str) -> dict[str, Any]:
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise WebhookRefusedError(400, "the body is not JSON") from error
    if not isinstance(event, dict):
        raise WebhookRefusedError(400, "the body is no JSON object")
    named = event.get("object")
    if named not in ("event", "v2.core.event"):
        told = named if isinstance(named, str) and named in _BARE_OBJECTS else "nothing of use"
        raise WebhookRefusedError(400, f"not an event: `object` says {told}")
    if not isinstance(event.get("id"), str) or not _EVENT_ID.fullmatch(event["id"]):
        raise WebhookRefusedError(400, "the event has no usable `id`")
    if not isinstance(event.get("type"), str) or not _TYPE.fullmatch(event["type"]):
        raise WebhookRefusedError(400, "the event has no usable `type`")
    return event


def _heard(event: Json, payload: str) -> HeardEvent:
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
