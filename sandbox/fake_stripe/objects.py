"""Stripe's objects as plain JSON in the newest version's shape: how each looks when it is new."""

from datetime import datetime
from typing import Any

Json = dict[str, Any]

API_VERSION = "2026-10-28.endive"
"""The version that the pinned SDK speaks."""


def new_customer(customer_id: str, created: int, **fields: Any) -> Json:
    return {
        "id": customer_id,
        "object": "customer",
        "address": None,
        "created": created,
        "default_source": None,
        "email": None,
        "invoice_settings": {"default_payment_method": None},
        "livemode": False,
        "metadata": {},
        "name": None,
        "preferred_locales": [],
        **fields,
    }


def new_method(method_id: str, created: int, kind: str, customer: str | None, **details: Any) -> Json:
    defaults: Json = {"fingerprint": f"fp_{method_id}", "country": "DE", "last4": "4242"}
    if kind == "card":
        defaults |= {"brand": "visa", "funding": "credit", "exp_month": 12, "exp_year": 2030, "iin": "424242"}
    return {
        "id": method_id,
        "object": "payment_method",
        "type": kind,
        kind: defaults | details,
        "created": created,
        "customer": customer,
        "livemode": False,
        "metadata": {},
    }


def new_invoice(
    invoice_id: str, created: int, customer: Json, amount: int, currency: str, **fields: Any
) -> Json:
    """A draft."""
    return {
        "id": invoice_id,
        "object": "invoice",
        **_amounts(amount),
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "created": created,
        "currency": currency,
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "default_payment_method": None,
        "default_source": None,
        "due_date": None,
        "hosted_invoice_url": None,
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": None,
        "parent": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        **fields,
    }


def _amounts(amount: int) -> Json:
    """An invoice's amounts as long as nothing of it is paid or credited."""
    return {
        "amount_due": amount,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": amount,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "total": amount,
    }


def new_intent(intent_id: str, created: int, invoice: Json, amount: int) -> Json:
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_received": 0,
        "created": created,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "payment_method": None,
        "status": "requires_payment_method",
    }


def new_invoice_payment(
    payment_id: str, created: int, invoice: Json, intent: Json, *, is_default: bool
) -> Json:
    return {
        "id": payment_id,
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": intent["amount"],
        "created": created,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": is_default,
        "livemode": False,
        "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }


def new_charge(charge_id: str, created: int, intent: Json, method: Json, amount: int) -> Json:
    kind = method["type"]
    return {
        "id": charge_id,
        "object": "charge",
        "amount": amount,
        "amount_refunded": 0,
        "created": created,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"type": kind, kind: dict(method[kind])},
        "refunded": False,
        "status": "succeeded",
    }


def new_credit_note(note_id: str, created: int, invoice: Json, amount: int) -> Json:
    return {
        "id": note_id,
        "object": "credit_note",
        "amount": amount,
        "created": created,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "invoice": invoice["id"],
        "livemode": False,
        "status": "issued",
        "type": "pre_payment",
    }


def new_dispute(dispute_id: str, created: int, charge: Json) -> Json:
    return {
        "id": dispute_id,
        "object": "dispute",
        "amount": charge["amount"],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "livemode": False,
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }


def seconds(instant: datetime) -> int:
    """Stripe's time: whole seconds since the epoch."""
    return int(instant.timestamp())
