"""Stripe's objects of every version, read by shape."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dunwell.adapters.stripe_customers import customer_from
from dunwell.adapters.stripe_shapes import (
    UnreadableObjectError,
    charge_from,
    charged_method,
    invoice_from,
    method_from,
    payment_intents,
    status_of,
)
from dunwell.domain.invoices import CollectionMethod, Status
from dunwell.domain.payments import Outcome

NOW = datetime(2026, 3, 2, tzinfo=UTC)
NEW = {
    "id": "in_1", "currency": "EUR", "status": "open", "amount_due": 4900, "amount_paid": 900,
    "amount_remaining": 4000, "created": 1_772_442_000, "customer": {"id": "cus_1"}, "auto_advance": True,
    "collection_method": "send_invoice", "due_date": 1_773_651_600, "next_payment_attempt": None,
    "status_transitions": {"finalized_at": 1_772_442_060}, "metadata": {"a": "b", "c": 1},
}  # fmt: skip
OLD = {
    "id": "in_2", "currency": "jpy", "billing": "send_invoice", "closed": False, "paid": False,
    "amount_due": 500, "date": 1_500_000_000, "customer": "cus_2", "payment_intent": "pi_2",
}  # fmt: skip
SHARED = Path(__file__).resolve().parents[3] / "shared" / "stripe_payloads"


def test_an_invoice_of_today():
    """Amounts in minor units, instants in UTC, metadata of text alone."""
    found = invoice_from(NEW, [{"status": "processing"}], NOW)
    assert (found.amount_due.amount, found.amount_paid.amount, found.amount_remaining.amount) == (
        4900,
        900,
        4000,
    )
    assert found.amount_due.currency == "eur"
    assert found.collection_method is CollectionMethod.SEND_INVOICE
    assert (found.payment_processing, found.payment_action_required) == (True, False)
    assert found.metadata == {"a": "b"}
    assert found.due_at == datetime(2026, 3, 16, 9, tzinfo=UTC)


def test_an_invoice_of_before_there_were_statuses():
    """`billing`, `closed`, `date`; what remains is derived."""
    found = invoice_from(OLD, [], NOW)
    assert (found.status, found.collection_method) == (Status.OPEN, CollectionMethod.SEND_INVOICE)
    assert found.amount_remaining.amount == 500
    assert found.created_at == datetime(2017, 7, 14, 2, 40, tzinfo=UTC)
    assert list(payment_intents(OLD)) == ["pi_2"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": "uncollectible"}, Status.UNCOLLECTIBLE),
        ({"paid": True, "closed": True}, Status.PAID),
        ({"closed": True, "forgiven": True}, Status.UNCOLLECTIBLE),
        ({"closed": True}, Status.VOID),
        ({"status": "a status of tomorrow"}, Status.OPEN),
    ],
)
def test_the_status_is_read_or_derived(fields, status):
    """From `status`, else from `paid`, `forgiven` and `closed`."""
    assert status_of(fields) is status


def test_payment_intents_hang_on_payments_since_basil():
    """Several for one invoice, expanded or not."""
    payments = {
        "data": [
            {"payment": {"payment_intent": {"id": "pi_1", "status": "processing"}}},
            {"payment": {"payment_intent": "pi_2"}},
        ]
    }
    assert payment_intents({"payments": payments}) == {
        "pi_1": {"id": "pi_1", "status": "processing"},
        "pi_2": {},
    }


def method(name, **fields):
    return {
        "id": name,
        "object": "payment_method",
        "type": "card",
        "card": {"fingerprint": f"fp_{name}", **fields},
    }


@pytest.mark.parametrize(
    ("invoice", "expected"),
    [
        (
            {"default_payment_method": method("a"), "customer": {"id": "c", "default_source": method("z")}},
            "a",
        ),
        (
            {"parent": {"subscription_details": {"subscription": {"default_payment_method": method("b")}}}},
            "b",
        ),
        ({"subscription": {"default_payment_method": method("b2")}}, "b2"),
        (
            {
                "customer": {
                    "invoice_settings": {"default_payment_method": method("c")},
                    "default_source": method("z"),
                }
            },
            "c",
        ),
        (
            {
                "customer": {
                    "default_source": {"id": "card_1", "object": "card", "brand": "Visa", "fingerprint": "f"}
                }
            },
            "card_1",
        ),
        ({"customer": "cus_1"}, None),
    ],
)
def test_the_method_that_stripe_would_charge(invoice, expected):
    """The invoice's default, the subscription's, the customer's, the old source."""
    found = charged_method(invoice)
    assert (found.id if found else None) == expected


@pytest.mark.parametrize(
    ("told", "devices"),
    [("3", 3), (" 12 ", 12), ("0", 0), (None, None), ("", None), ("-1", None), ("many", None), ("٣", None),
     ("1234567", None)],
)  # fmt: skip
def test_the_owner_tells_how_many_devices_presented_a_method(told, devices):
    """In its metadata; what is no number tells nothing."""
    assert method_from({**method("a"), "metadata": {"devices_24h": told}}).devices == devices


def test_a_charge_tells_outcome_failure_and_card():
    """Classified on `outcome.reason` when the code only says that the card was declined."""
    charge = {
        "id": "ch_1", "currency": "eur", "created": 1_772_442_000, "amount": 4900, "status": "failed",
        "failure_code": "card_declined", "payment_method": "pm_1",
        "outcome": {"reason": "insufficient_funds", "type": "issuer_declined", "network_decline_code": "51"},
        "payment_method_details": {
            "type": "card", "card": {"fingerprint": "fp", "exp_month": 3, "exp_year": 2030},
        },
    }  # fmt: skip
    found = charge_from(charge)
    assert (found.outcome, found.failure.classified_on) == (Outcome.DECLINED, "insufficient_funds")
    assert found.method.identity == "fp/2030-03"
    assert charge_from({**charge, "status": "pending"}).outcome is Outcome.PROCESSING
    assert charge_from({**charge, "status": "succeeded"}).failure is None
    assert charge_from({"id": "ch_1"}) is None


@pytest.mark.parametrize(
    ("customer", "zone"),
    [
        ({"metadata": {"time_zone": "Asia/Tokyo"}, "address": {"country": "DE"}}, "Asia/Tokyo"),
        ({"metadata": {"time_zone": "Mars/Base"}, "address": {"country": "DE"}}, "Europe/Berlin"),
        ({"address": {"country": "US", "state": "CA"}}, "America/Los_Angeles"),
        ({"address": {"country": "US", "state": None}}, "America/New_York"),
        ({"address": {"country": "jp"}}, "Asia/Tokyo"),
        ({"address": {"country": "ZZ"}}, None),
        ({"address": None}, None),
    ],
)
def test_a_customers_zone_is_their_own_word_else_their_address(customer, zone):
    """Metadata, then country and state; None where nothing tells."""
    assert customer_from({"id": "in_1", "customer": {"id": "cus_1", **customer}}).time_zone == zone


def test_what_cannot_be_understood_says_so():
    """An invoice without a currency is not guessed at."""
    with pytest.raises(UnreadableObjectError):
        invoice_from({"id": "in_1"}, [], NOW)


@pytest.mark.skipif(not SHARED.is_dir(), reason="recorded payloads are not part of the project")
def test_recorded_objects_can_all_be_read():
    """Invoices and charges that nobody here wrote, of all versions."""
    read = 0
    for path in SHARED.rglob("*.json"):
        for subject in objects(json.loads(path.read_text(encoding="utf-8"))):
            if subject["object"] == "invoice" and len(subject.get("currency") or "") == 3:
                assert invoice_from(subject, [], NOW).id == subject["id"]
                read += 1
            if subject["object"] == "charge":
                assert charge_from(subject) is not None
                read += 1
    assert read > 30


def objects(value):
    """Every Stripe object with an id, however deep."""
    if isinstance(value, dict) and isinstance(value.get("object"), str) and isinstance(value.get("id"), str):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(child)
