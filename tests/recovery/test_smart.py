"""The policy `smart` keeps what production would, and learns from it."""

from datetime import UTC, datetime, timedelta

import pytest
from dunwell.domain.smart_retries.contest import is_held_back

from sandbox.recovery.smart import smart

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
WINDOW = timedelta(days=14)
INVOICE = next(f"in_{n}" for n in range(9) if not is_held_back(f"in_{n}"))


def event(kind, days, card="old", failure=None, **fields):
    """Of a customer in Berlin, so many days after MONDAY."""
    told = {
        "type": kind,
        "at": MONDAY + timedelta(days=days),
        "customer": "cus_1",
        "payment_method": "pm_1",
        "invoice": INVOICE,
        "amount": 4900,
        "currency": "eur",
        "card": {
            "brand": "visa", "funding": "debit", "country": "DE", "exp_month": 5, "exp_year": 2030,
            "fingerprint": card, "issuer": "bank_1",
        },
        "time_zone": "Europe/Berlin",
        "device_count_24h": 1,
        "failure": failure,
    }  # fmt: skip
    return told | fields


def failure(code="do_not_honor"):
    return {
        "decline_code": code, "advice_code": None, "network_decline_code": None, "network_advice_code": None,
    }  # fmt: skip


def learnt_from(*retries, replaced_on=None):
    """What a night adds after a first failure, retries (days and whether each was paid), and a new card."""
    policy = smart(8, WINDOW)
    policy.observe(event("invoice.payment_failed", 0, failure=failure()))
    policy.plan(INVOICE, MONDAY)
    for days, paid in retries:
        if replaced_on is not None and replaced_on < days:
            policy.observe(event("payment_method.automatically_updated", replaced_on, "new"))
        at = MONDAY + timedelta(days=days)
        policy.observe_attempt(INVOICE, at, {"succeeded": paid, "failure": None if paid else failure()})
        if not paid:
            policy.plan(INVOICE, at)
    policy.observe(event("invoice.paid", 20, invoice="in_later", customer="cus_2"))
    return policy.contest.challenger


def test_retries_are_learnt_from_once_their_window_is_over():
    """Two that were predicted, the last one paid; the nights since let them fade a little."""
    learnt = learnt_from((2, False), (4, True))
    assert sum(learnt.succeeded.values()) == pytest.approx(1.0, abs=0.05)
    assert 0.0 < sum(learnt.expected.values()) < 2.0


def test_another_cards_success_says_nothing_of_the_one_that_failed():
    """As production has it: the case ends where the network replaced the card."""
    learnt = learnt_from((2, False), (4, True), replaced_on=3)
    assert sum(learnt.succeeded.values()) == 0.0
    assert sum(learnt.expected.values()) == pytest.approx(
        sum(learnt_from((2, False)).expected.values()), abs=1e-4
    )


def test_other_cards_of_the_bank_are_looked_at_as_far_as_they_are_known():
    """Ten that could not be reached within the hour make an outage likelier than ten that were paid."""
    plans = []
    for kind in ("invoice.payment_failed", "invoice.paid"):
        policy = smart(8, WINDOW)
        for n in range(10):
            told = failure("issuer_not_available") if kind == "invoice.payment_failed" else None
            fields = {"customer": f"cus_{n + 2}", "payment_method": f"pm_{n + 2}", "invoice": f"in_{n + 20}"}
            policy.observe(event(kind, (n - 10) / 240, f"card_{n}", told, **fields))
        policy.observe(event("invoice.payment_failed", 0, failure=failure("issuer_not_available")))
        plans.append(policy.plan(INVOICE, MONDAY) - MONDAY)
    assert plans[0] < plans[1]
