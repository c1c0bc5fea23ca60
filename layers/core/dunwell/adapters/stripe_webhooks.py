"""`WebhookReader` for Stripe: verifies the signature with the SDK, reads the event by shape."""

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import stripe

from dunwell.adapters.stripe_events import heard_from
from dunwell.adapters.stripe_json import Json, text
from dunwell.errors import WebhookRefusedError
from dunwell.heard_events import HeardEvent

BODY_MAX: Final = 1_048_576
"""Bytes of a webhook's body."""

TOLERANCE_S: Final = 300
"""How old, or how far ahead, a signature's time may be, in seconds."""

_EVENT_ID: Final = re.compile(r"[A-Za-z0-9_\-]{1,200}")
_TYPE: Final = re.compile(r"[A-Za-z0-9_.\[\]\-]{1,200}")
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
        return heard_from(event, payload)

    def _verify(self, payload: str, signature: str | None) -> None:
        if not signature or not signature.isascii():
            raise WebhookRefusedError(400, "no Stripe-Signature header: send Stripe's webhooks here")
        signed_at = _SIGNED_AT.search(signature)
        now_s = time.time()  # nosemgrep: the-clock-is-a-port # the SDK measures a signature's age by it too
        if signed_at is None or int(signed_at[1]) > now_s + TOLERANCE_S:
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
