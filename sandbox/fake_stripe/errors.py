"""Stripe's errors, as its API words them."""

from typing import Any


class StripeAPIError(Exception):
    """An error answer: HTTP status and the `error` object."""

    def __init__(self, status: int, kind: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **fields}}


def invalid(message: str, code: str | None = None, **fields: Any) -> StripeAPIError:
    """400: the request asks for what cannot be."""
    if code is not None:
        fields["code"] = code
    return StripeAPIError(400, "invalid_request_error", message, **fields)


def missing(kind: str, object_id: str) -> StripeAPIError:
    """404: no such object."""
    message = f"No such {kind}: '{object_id}'"
    return StripeAPIError(404, "invalid_request_error", message, code="resource_missing", param="id")


def card_error(charge: dict[str, Any], intent: dict[str, Any]) -> StripeAPIError:
    """402: the bank declined."""
    fields = {key: value for key, value in intent["last_payment_error"].items() if value is not None}
    for own in ("type", "charge"):
        fields.pop(own, None)
    message = fields.pop("message", "Your card was declined.")
    return StripeAPIError(
        402, "card_error", message, **fields, charge=charge["id"], payment_intent=dict(intent)
    )
