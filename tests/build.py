"""Builders of domain values for tests: each gives something plain, and takes what the test is about."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dunwell.domain.customers import Customer
from dunwell.domain.invoices import CollectionMethod, Invoice, Status
from dunwell.domain.money import Money
from dunwell.domain.payments import Attempt, Failure, Origin, Outcome, PaymentMethod
from dunwell.domain.policies import RetryKind, RetryPolicy, Settings
from dunwell.domain.reasons import Reason

DAY_0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning: the day on which invoices of tests are finalized."""

LIVE_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def day(days: float, hours: float = 0) -> datetime:
    """The instant so many days and hours after DAY_0."""
    return DAY_0 + timedelta(days=days, hours=hours)


def eur(amount: int) -> Money:
    return Money(amount, "eur")


def card(**fields: Any) -> PaymentMethod:
    plain = PaymentMethod("pm_1", "card", "fp_1", "visa", "credit", "DE", 12, 2030)
    return replace(plain, **fields)


def bank_debit(kind: str = "us_bank_account") -> PaymentMethod:
    return PaymentMethod("pm_bank", kind, "fp_bank")


def invoice(**fields: Any) -> Invoice:
    """An open invoice over 49.00 EUR that is charged automatically; its first attempt was made."""
    plain = Invoice(
        id="in_1",
        customer_id="cus_1",
        status=Status.OPEN,
        collection_method=CollectionMethod.CHARGE_AUTOMATICALLY,
        amount_due=eur(4900),
        amount_paid=eur(0),
        amount_remaining=eur(4900),
        created_at=DAY_0,
        read_at=DAY_0,
        finalized_at=DAY_0,
        attempted=True,
        processor_attempt_count=1,
        payment_method=card(),
        hosted_invoice_url="https://invoice.example.com/i/in_1",
        number="R-00001",
    )
    return replace(plain, **fields)


def sent_invoice(**fields: Any) -> Invoice:
    """An open invoice that the customer pays, due fourteen days after it was finalized."""
    plain = invoice(
        collection_method=CollectionMethod.SEND_INVOICE, due_at=day(14), attempted=False, payment_method=None
    )
    return replace(plain, **fields)


def attempt(at: datetime, code: str | None = "insufficient_funds", **fields: Any) -> Attempt:
    """A failed attempt of the processor's, on the card of `card()`. Without a code it succeeded."""
    plain = Attempt(
        id=f"ch_{at:%d%H%M}",
        origin=Origin.PROCESSOR,
        started_at=at,
        outcome=Outcome.DECLINED if code else Outcome.SUCCEEDED,
        amount=eur(4900),
        failure=Failure(decline_code=code, code="card_declined") if code else None,
        method=card().identity,
        charge_id=f"ch_{at:%d%H%M}",
    )
    return replace(plain, **fields)


def own_attempt(number: int, at: datetime, code: str | None = "insufficient_funds", **fields: Any) -> Attempt:
    """An attempt of Dunwell's own."""
    plain = attempt(at, code, id=f"dunwell-{number:03d}", origin=Origin.DUNWELL, number=number)
    return replace(plain, **fields)


def customer(**fields: Any) -> Customer:
    return replace(Customer("cus_1", "ada@customer.example.com", "Ada Brandt"), **fields)


def settings(**fields: Any) -> Settings:
    """Live since the beginning of the year, by the schedule whose days a test can count."""
    plain = Settings(version=1, active_since=LIVE_SINCE, retry=RetryPolicy(RetryKind.EVEN))
    return replace(plain, **fields)


def rules(reasons: Iterable[Reason]) -> list[str]:
    """The names of the rules that were considered, each of which has told why.

    A sentence has no hole in it, and begins in lower case (or with a scheme's name), because logs and
    records put it behind something.
    """
    told = list(reasons)
    for reason in told:
        assert reason.text, reason
        assert "None" not in reason.text, reason
        assert reason.rule == "scheme_rule" or not reason.text[0].isupper(), reason
    return [reason.rule for reason in told]
