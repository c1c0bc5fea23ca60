"""Stripe's JSON read by shape, whatever the API version: objects become the domain's values.

Nothing here trusts a field to be there. What cannot be read at all raises `UnreadableObjectError`.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from dunwell.adapters.stripe_json import Json, child, id_of, instant, listed, text, whole
from dunwell.domain.attribution import Charge
from dunwell.domain.invoices import CollectionMethod, Invoice, Status
from dunwell.domain.money import Money
from dunwell.domain.payments import Failure, Outcome, PaymentMethod
from dunwell.errors import ObjectMissingError
from dunwell.records import Glance, glance_at

DEVICES_KEY: Final = "devices_24h"
"""Payment method metadata that tells how many distinct devices presented it within 24 hours: a whole number,
kept up by the owner's own systems."""


class UnreadableObjectError(ObjectMissingError):
    """An object without what it cannot be understood without (an id, a currency)."""


def payment_intents(invoice: Json) -> dict[str, Json]:
    """The PaymentIntents of an invoice by id, {} in place of those that were not expanded.

    Since 2025-03-31 they hang on `payments`; before, there was one in `payment_intent`.
    """
    found: dict[str, Json] = {}
    candidates = [
        child(payment, "payment").get("payment_intent") for payment in listed(invoice.get("payments"))
    ]
    for value in [*candidates, invoice.get("payment_intent")]:
        intent_id = id_of(value)
        if intent_id is not None:
            found.setdefault(intent_id, value if isinstance(value, Mapping) else {})
    return found


def invoice_from(invoice: Json, intents: list[Json], read_at: datetime) -> Invoice:
    """The facts of an invoice with its PaymentIntents, as of `read_at`."""
    invoice_id, currency = id_of(invoice), _currency(invoice)
    if invoice_id is None or currency is None:
        raise UnreadableObjectError("an invoice without id or currency")
    due, paid = whole(invoice.get("amount_due")), whole(invoice.get("amount_paid"))
    remaining = invoice.get("amount_remaining")
    states = {text(intent.get("status")) for intent in intents}
    transitions = child(invoice, "status_transitions")
    created = instant(invoice.get("created")) or instant(invoice.get("date")) or read_at
    return Invoice(
        id=invoice_id,
        customer_id=customer_id_of(invoice),
        status=status_of(invoice),
        collection_method=_collection_method(invoice),
        amount_due=Money(due, currency),
        amount_paid=Money(paid, currency),
        amount_remaining=Money(whole(remaining) if remaining is not None else max(0, due - paid), currency),
        created_at=created,
        read_at=read_at,
        finalized_at=instant(transitions.get("finalized_at")) or instant(invoice.get("finalized_at")),
        due_at=instant(invoice.get("due_date")),
        auto_advance=invoice.get("auto_advance") is not False,
        attempted=invoice.get("attempted") is True,
        processor_next_attempt_at=instant(invoice.get("next_payment_attempt")),
        processor_attempt_count=whole(invoice.get("attempt_count")),
        payment_processing="processing" in states,
        payment_action_required="requires_action" in states,
        payment_method=charged_method(invoice),
        hosted_invoice_url=text(invoice.get("hosted_invoice_url")),
        number=text(invoice.get("number")),
        metadata=metadata_of(invoice),
        billing_reason=text(invoice.get("billing_reason")),
        products=_products(invoice),
        paid_at=instant(transitions.get("paid_at")),
    )


def glance_from(invoice: Json) -> Glance:
    """As much of a listed invoice as shows whether we agree on it."""
    read_at = datetime.fromtimestamp(0, UTC)
    return glance_at(invoice_from(invoice, [], read_at))


def status_of(invoice: Json) -> Status:
    """The status; before 2019 there was none, only `paid`, `closed` and `forgiven`."""
    told = text(invoice.get("status"))
    if told in set(Status):
        return Status(told)
    if invoice.get("paid") is True:
        return Status.PAID
    if invoice.get("forgiven") is True:
        return Status.UNCOLLECTIBLE
    return Status.VOID if invoice.get("closed") is True else Status.OPEN


def customer_id_of(invoice: Json) -> str:
    """The customer's id; an invoice of an account or of nobody stands for itself."""
    for value in (invoice.get("customer"), invoice.get("customer_account")):
        found = id_of(value)
        if found is not None:
            return found
    return f"customer-of-{invoice.get('id')}"


def charged_method(invoice: Json) -> PaymentMethod | None:
    """What Stripe would charge: the invoice's default, the subscription's, the customer's, the source."""
    customer = child(invoice, "customer")
    subscription = child(invoice, "parent", "subscription_details", "subscription") or child(
        invoice, "subscription"
    )
    places = [
        invoice.get("default_payment_method"),
        invoice.get("default_source"),
        subscription.get("default_payment_method"),
        subscription.get("default_source"),
        child(customer, "invoice_settings").get("default_payment_method"),
        customer.get("default_source"),
    ]
    return next((method for method in map(method_from, places) if method is not None), None)


def method_from(value: object) -> PaymentMethod | None:
    """A PaymentMethod, or a card or bank account of the older Sources API; a bare id tells only itself."""
    method_id = id_of(value)
    if method_id is None:
        return None
    body = value if isinstance(value, Mapping) else {}
    kind = text(body.get("type")) or _source_kind(text(body.get("object")))
    details = child(body, kind) or body
    return _method(method_id, kind, details, _devices(body))


def _method(method_id: str, kind: str, details: Json, devices: int | None = None) -> PaymentMethod:
    return PaymentMethod(
        id=method_id,
        kind=kind,
        fingerprint=text(details.get("fingerprint")),
        brand=(text(details.get("brand")) or "").lower() or None,
        funding=text(details.get("funding")),
        country=text(details.get("country")),
        exp_month=whole(details.get("exp_month")) or None,
        exp_year=whole(details.get("exp_year")) or None,
        issuer=text(details.get("iin")) or text(details.get("issuer")) or text(details.get("bank_name")),
        devices=devices,
        last4=_last4(details),
    )


def _last4(details: Json) -> str | None:
    told = text(details.get("last4")) or ""
    return told if re.fullmatch(r"[0-9]{2,4}", told, re.ASCII) else None


def _devices(method: Json) -> int | None:
    told = metadata_of(method).get(DEVICES_KEY, "").strip()
    return int(told) if told.isascii() and told.isdecimal() and len(told) <= 6 else None


def charge_from(charge: Json) -> Charge | None:
    """A charge as an attempt, None when it cannot be read."""
    charge_id, currency = id_of(charge), _currency(charge)
    created = instant(charge.get("created"))
    if charge_id is None or currency is None or created is None:
        return None
    outcomes = {"succeeded": Outcome.SUCCEEDED, "paid": Outcome.SUCCEEDED, "pending": Outcome.PROCESSING}
    outcome = outcomes.get(text(charge.get("status")) or "", Outcome.DECLINED)
    return Charge(
        id=charge_id,
        created_at=created,
        outcome=outcome,
        amount=Money(whole(charge.get("amount")), currency),
        failure=_charge_failure(charge) if outcome is Outcome.DECLINED else None,
        method=_charge_method(charge),
    )


def failure_from(error: Json) -> Failure:
    """The failure in an API error or a `last_payment_error`."""
    return Failure(
        decline_code=text(error.get("decline_code")),
        code=text(error.get("code")),
        advice_code=text(error.get("advice_code")),
        network_decline_code=text(error.get("network_decline_code")),
        network_advice_code=text(error.get("network_advice_code")),
    )


def _collection_method(invoice: Json) -> CollectionMethod:
    told = text(invoice.get("collection_method")) or text(invoice.get("billing"))
    send = told == CollectionMethod.SEND_INVOICE
    return CollectionMethod.SEND_INVOICE if send else CollectionMethod.CHARGE_AUTOMATICALLY


def _charge_failure(charge: Json) -> Failure:
    outcome = child(charge, "outcome")
    reason, code = text(outcome.get("reason")), text(charge.get("failure_code"))
    return Failure(
        decline_code=reason if code == "card_declined" else None,
        code=code,
        advice_code=text(outcome.get("advice_code")),
        network_decline_code=text(outcome.get("network_decline_code")),
        network_advice_code=text(outcome.get("network_advice_code")),
        outcome_type=text(outcome.get("type")),
        outcome_reason=reason,
    )


def _charge_method(charge: Json) -> PaymentMethod | None:
    details = child(charge, "payment_method_details")
    kind = text(details.get("type"))
    method_id = id_of(charge.get("payment_method"))
    if kind is None:
        return method_from(charge.get("source"))
    return _method(method_id or "unknown", kind, child(details, kind))


def _source_kind(named: str | None) -> str:
    return "us_bank_account" if named == "bank_account" else "card"


def _currency(value: Json) -> str | None:
    told = (text(value.get("currency")) or "").lower()
    return told if len(told) == 3 and told.isascii() and told.isalpha() else None


def _products(invoice: Json) -> tuple[str, ...]:
    """The products of the lines, each once: in `pricing.price_details` since 2025, in `price` or `plan`
    before."""
    found = (
        id_of(child(line, "pricing", "price_details").get("product"))
        or id_of(child(line, "price").get("product"))
        or id_of(child(line, "plan").get("product"))
        for line in listed(invoice.get("lines"))
    )
    return tuple(dict.fromkeys(product for product in found if product))


def metadata_of(value: Json) -> dict[str, str]:
    """An object's metadata; what is no text is left out."""
    return {str(key): item for key, item in child(value, "metadata").items() if isinstance(item, str)}
