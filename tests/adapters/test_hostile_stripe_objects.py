"""Stripe's objects with any content: values that can be stored and decided with, or a missing object."""

import json
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import stripe
from dunwell.adapters.codec import dumps, loads
from dunwell.adapters.stripe_customers import customer_from
from dunwell.adapters.stripe_processor import StripeProcessor
from dunwell.adapters.stripe_shapes import charge_from, failure_from, invoice_from, method_from, status_of
from dunwell.domain.attribution import Charge
from dunwell.domain.contact import decide_contact
from dunwell.domain.customers import Customer
from dunwell.domain.days import is_zone
from dunwell.domain.invoices import CollectionMethod, Invoice, Status
from dunwell.domain.payments import Outcome
from dunwell.domain.policies import MessagePolicy, PastDueAction, PastDuePolicy
from dunwell.errors import ObjectMissingError
from dunwell.records import ChargeResult
from dunwell.use_cases.advice import Advice
from dunwell.use_cases.book import Book
from hypothesis import given
from hypothesis import strategies as st

from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.events import MemoryEvents
from sandbox.memory.invoices import MemoryInvoices
from sandbox.memory.payments import MemoryLessons
from tests.any_facts import owners_settings
from tests.build import DAY_0, settings
from tests.fakes import FakeClock, FakeSettings, FakeTelling
from tests.hostile import GONE, changed, json_values, mutated, paths

CARD = {
    "brand": "Visa",
    "fingerprint": "fp_1",
    "exp_month": 3,
    "exp_year": 2030,
    "country": "DE",
    "funding": "credit",
}
METHOD = {"id": "pm_1", "object": "payment_method", "type": "card", "card": CARD}
CHARGE = {
    "id": "ch_1", "object": "charge", "currency": "eur", "created": 1_772_442_000, "amount": 4900,
    "status": "failed", "failure_code": "card_declined", "payment_method": "pm_1",
    "source": {"id": "card_1", "object": "card", **CARD},
    "outcome": {"reason": "insufficient_funds", "type": "issuer_declined", "network_decline_code": "51"},
    "payment_method_details": {"type": "card", "card": CARD},
}  # fmt: skip
INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "requires_payment_method",
    "latest_charge": "ch_1",
}
INVOICE = {
    "id": "in_1", "object": "invoice", "currency": "eur", "status": "open", "amount_due": 4900,
    "amount_paid": 900, "amount_remaining": 4000, "created": 1_772_442_000, "due_date": 1_773_651_600,
    "next_payment_attempt": None, "attempted": True, "attempt_count": 1, "auto_advance": True,
    "collection_method": "charge_automatically", "billing": "send_invoice", "closed": False, "paid": False,
    "forgiven": False, "date": 1_772_442_000,
    "status_transitions": {"finalized_at": 1_772_442_060}, "metadata": {"dunwell_collect": "true"},
    "number": "R-1", "hosted_invoice_url": "https://invoice.example.com/i/1", "customer_email": None,
    "customer_name": "Ada", "customer_address": {"country": "US", "state": "CA"},
    "default_payment_method": METHOD, "default_source": None, "payment_intent": None, "charge": "ch_1",
    "payments": {"data": [{"payment": {"payment_intent": INTENT}}]},
    "parent": {"subscription_details": {"subscription": {"default_payment_method": METHOD}}},
    "subscription": {"default_source": METHOD},
    "customer": {
        "id": "cus_1", "email": "ada@customer.example.com", "name": "Ada", "preferred_locales": ["en", "de"],
        "address": {"country": "DE", "state": "BE"}, "metadata": {"time_zone": "Asia/Tokyo"},
        "invoice_settings": {"default_payment_method": METHOD}, "default_source": METHOD,
    },
}  # fmt: skip

TIMES = [
    ("invoice", "due_date"), ("invoice", "created"), ("invoice", "status_transitions", "finalized_at"),
    ("invoice", "next_payment_attempt"), ("charge", "created"),
]  # fmt: skip
times = st.sampled_from(
    [-1, 0, 1, 2**31, 4_102_444_800, 32_503_680_000, 253_402_300_799, 253_402_300_800, 10**30]
)
values = (
    times
    | json_values
    | st.sampled_from(["in_1", "eur", "card", "void", "Pacific/Apia", "open", "processing"])
)


def stored_again(value, kind):
    """Asserts that a value comes back from a row as it was."""
    assert loads(dumps(value), kind) == value


@given(mutated(INVOICE, values), st.lists(mutated(INTENT, values), max_size=2))
def test_an_invoice_of_any_shape_is_facts_or_missing(subject, intents):
    """Never another error; the facts can be stored, and the customer's zone is one."""
    try:
        invoice = invoice_from(subject, intents, DAY_0)
    except ObjectMissingError:
        assert subject.get("id") != "in_1" or subject.get("currency") != "eur"
        return
    customer = customer_from(subject)
    assert (
        max(
            abs(money.amount) for money in (invoice.amount_due, invoice.amount_paid, invoice.amount_remaining)
        )
        < 2**63
    )
    assert customer.id == invoice.customer_id
    assert customer.time_zone is None or is_zone(customer.time_zone)
    stored_again(invoice, Invoice)
    stored_again(customer, Customer)


@given(mutated(CHARGE, values), mutated(METHOD, values), json_values)
def test_a_charge_a_method_or_an_error_of_any_shape_is_read_or_nothing(charge, method, anything):
    """Amounts stay whole numbers of minor units, and all of it can be stored."""
    found = charge_from(charge)
    if found is not None:
        assert type(found.amount.amount) is int
        stored_again(found, Charge)
    for value in (method, anything, [anything], {"id": "pm_1", "type": "card", "card": anything}):
        read = method_from(value)
        assert read is None or read.identity
    failure_from(anything if isinstance(anything, dict) else {})
    assert status_of(anything if isinstance(anything, dict) else {}) in set(Status)


@dataclass
class Answers:
    """A Stripe client that answers each call with what it is given."""

    invoice: object
    intent: object
    charge: object
    error: Exception | None = None

    @property
    def v1(self):
        return SimpleNamespace(
            invoices=SimpleNamespace(
                retrieve=lambda *given: body(self.invoice), pay=lambda *given: self._paid(self.invoice)
            ),
            payment_intents=SimpleNamespace(retrieve=lambda *given: body(self.intent)),
            charges=SimpleNamespace(
                list=lambda *given: body({"data": [self.charge, self.charge]}),
                retrieve=lambda *given: body(self.charge),
            ),
        )

    def _paid(self, value):
        if self.error:
            raise self.error
        return body(value)


def body(value):
    return SimpleNamespace(last_response=SimpleNamespace(body=json.dumps(value)))


@given(mutated(INVOICE, values), mutated(INTENT, values), mutated(CHARGE, values), owners_settings())
def test_whatever_stripe_says_of_an_invoice_is_decided_on(invoice, intent, charge, chosen):
    """Read, attributed, decided, written, and decided again with the customer's messages; or missing."""
    decided_on(invoice, intent, charge, chosen)


@pytest.mark.parametrize("place", TIMES, ids=".".join)
@pytest.mark.parametrize("seconds", [1, 2**31, 32_503_680_000, 253_402_300_799, 253_402_300_800, -1, 10**30])
@pytest.mark.parametrize("method", CollectionMethod)
def test_a_time_however_far_away_is_decided_on(place, seconds, method):
    """From 1970 to the year 9999 and beyond; the days around it are counted all the same."""
    told = {"invoice": {**INVOICE, "collection_method": method}, "intent": INTENT, "charge": CHARGE}
    policy = MessagePolicy(
        reminder_collection_methods=frozenset(CollectionMethod), reminder_offsets_days=(-90, 90)
    )
    past_due = PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 365)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        chosen = settings(time_zone=zone, messages=policy, past_due=past_due)
        decided_on(**changed(told, place, seconds), chosen=chosen)


@pytest.mark.parametrize("part", ["invoice", "intent", "charge"])
def test_any_one_field_may_be_gone_or_hold_anything(part):
    """Each place in turn, with each of some values that it was not made for."""
    not_expanded = {**INVOICE, "payments": {"data": [{"payment": {"payment_intent": "pi_1"}}]}}
    told = {"invoice": not_expanded if part == "intent" else INVOICE, "intent": INTENT, "charge": CHARGE}
    for place in paths(told[part], (part,)):
        for value in (GONE, None, True, -1, 10**40, 0.5, "", "void", "\ud800", [], [[]], {}, {"id": "pm_2"}):
            decided_on(**changed(told, place, value), chosen=settings())


def decided_on(invoice, intent, charge, chosen):
    clock, answers = FakeClock(DAY_0), Answers(invoice, intent, charge)
    customers, events = MemoryCustomers(), MemoryEvents(clock)
    invoices, processor = MemoryInvoices(clock, customers, events), StripeProcessor(answers, answers, clock)
    advice = Advice(invoices.payments, MemoryLessons)
    book = Book(invoices, processor, FakeSettings(chosen), advice, clock, FakeTelling())
    try:
        look = book.update(lambda: book.look("in_1"))
    except ObjectMissingError:
        return
    stored_again(look.facts.invoice, Invoice)
    assert abs(look.facts.invoice.amount_remaining.amount) < 2**63
    facts = invoices.load(look.facts.invoice.id)
    decide_contact(facts.customer, facts.wanted, chosen, clock.now())


ERROR = {"error": {"code": "x", "charge": "ch_1", "decline_code": "x", "payment_intent": INTENT}}


@pytest.mark.parametrize(
    "error",
    [
        lambda told: stripe.CardError("told", None, "x", json_body=told),
        lambda told: stripe.InvalidRequestError("told", None, json_body=told),
        lambda told: stripe.APIError("told", json_body=told),
        lambda told: None,
    ],
    ids=["card_error", "invalid_request", "api_error", "paid"],
)
@given(mutated(ERROR, values), mutated(INVOICE, values))
def test_a_charge_is_an_outcome_whatever_is_answered(error, told, invoice):
    """Never an error once Stripe may have acted; what cannot be read is unknown."""
    answers = Answers(invoice, None, None, error(told))
    result = StripeProcessor(answers, answers, FakeClock()).charge("in_1", "key-1")
    assert result.outcome in set(Outcome)
    stored_again(result, ChargeResult)
