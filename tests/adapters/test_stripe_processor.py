"""The adapter over the real SDK and HTTP: every answer is an outcome, or an error of the port's."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from dunwell.adapters.clock import SystemClock
from dunwell.adapters.stripe_processor import StripeProcessor, stripe_client
from dunwell.domain.payments import Outcome
from dunwell.errors import ObjectMissingError, ProcessorUnavailableError

from sandbox.fake_stripe.account import Account
from sandbox.fake_stripe.api import Response, StripeAPI
from sandbox.fake_stripe.bank import APPROVED, ScriptedBank, declined, pending
from sandbox.fake_stripe.server import StripeServer
from tests.build import eur

KEY = "rk_test_adapter"


class World:
    """An account with one open invoice, and the adapter over HTTP."""

    def __init__(self):
        self.bank = ScriptedBank()
        self.account = Account(self.bank, lambda: datetime.now(UTC))
        self.api = StripeAPI(self.account, KEY)
        self.server = StripeServer(self.api)
        client = stripe_client(KEY, self.server.url, 5.0)
        self.processor = StripeProcessor(client, client, SystemClock())
        self.customer = self.account.create_customer(email="ada@customer.example.com")
        self.method = self.account.attach_method(self.customer)
        self.invoice = self.account.finalize(self.account.create_invoice(self.customer, 4900))

    def answers(self, status, body):
        self.api.handle = lambda request: Response(status, body)


@pytest.fixture
def world():
    made = World()
    yield made
    made.server.close()


def test_a_reading_holds_invoice_charges_and_customer(world):
    """In two requests."""
    world.bank.script(world.method["id"], declined("insufficient_funds"))
    assert world.processor.charge(world.invoice["id"], "k1").outcome is Outcome.DECLINED
    world.api.requests.clear()
    reading = world.processor.read_invoice(world.invoice["id"])
    assert sum(world.api.requests.values()) == 2
    assert [charge.outcome for charge in reading.charges] == [Outcome.DECLINED]
    assert reading.invoice.payment_method.fingerprint == world.method["card"]["fingerprint"]
    assert reading.customer.email == "ada@customer.example.com"


def test_a_reading_counts_the_sessions_of_its_charges(world):
    """Radar's, of the last 24 hours; the owner's own number stands above them."""
    for key in ("k1", "k2"):
        world.bank.script(world.method["id"], declined("insufficient_funds"))
        world.processor.charge(world.invoice["id"], key)
    assert world.processor.read_invoice(world.invoice["id"]).invoice.payment_method.devices is None
    first, second = world.account.objects["charge"].values()
    first["radar_options"], second["radar_options"] = {"session": "rse_1"}, {"session": "rse_2"}
    assert world.processor.read_invoice(world.invoice["id"]).invoice.payment_method.devices == 2
    second["payment_method"], kept = "pm_other", second["payment_method"]
    assert world.processor.read_invoice(world.invoice["id"]).invoice.payment_method.devices == 1
    second["payment_method"] = kept
    first["created"] -= 90_000
    assert world.processor.read_invoice(world.invoice["id"]).invoice.payment_method.devices == 1
    world.method["metadata"] = {"devices_24h": "7"}
    assert world.processor.read_invoice(world.invoice["id"]).invoice.payment_method.devices == 7


def test_a_reading_goes_on_after_the_first_page_of_charges(world):
    """A retry that the first page does not show would be forgotten, and be made once more."""
    world.api.page_max = 2
    world.bank.script(world.method["id"], *([declined("do_not_honor")] * 5))
    for number in range(5):
        world.processor.charge(world.invoice["id"], f"k{number}")
    charges = world.processor.read_invoice(world.invoice["id"]).charges
    assert {charge.id for charge in charges} == set(world.account.objects["charge"])


def test_a_reading_goes_on_after_the_first_page_of_payments(world):
    """Ten parts paid come with the invoice; the payment that is processing is the eleventh."""
    for _ in range(10):
        world.account.pay_part(world.invoice, 100)
    world.bank.script(world.method["id"], pending(timedelta(days=4)))
    (opened,) = [p for p in world.account.payments_of(world.invoice["id"]) if p["status"] == "open"]
    _to_the_end(world.account.objects["invoice_payment"], opened["id"])
    world.processor.charge(world.invoice["id"], "k1")
    reading = world.processor.read_invoice(world.invoice["id"])
    assert len(reading.charges) == 11
    assert reading.invoice.payment_processing


def test_a_closed_server_leaves_nobody_behind(world):
    """The SDK keeps its connection open: the thread behind it ends all the same."""
    before = set(threading.enumerate())
    world.processor.read_invoice(world.invoice["id"])
    serving = set(threading.enumerate()) - before
    assert serving
    world.server.close()
    for thread in serving:
        thread.join(5)
    assert not any(thread.is_alive() for thread in serving)


def _to_the_end(objects, object_id):
    objects[object_id] = objects.pop(object_id)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (APPROVED, Outcome.SUCCEEDED),
        (declined("do_not_honor"), Outcome.DECLINED),
        (declined("authentication_required"), Outcome.ACTION_REQUIRED),
        (pending(timedelta(days=4)), Outcome.PROCESSING),
    ],
)
def test_what_the_bank_says_is_the_outcome(world, answer, outcome):
    """Every answer names its charge."""
    world.bank.script(world.method["id"], answer)
    found = world.processor.charge(world.invoice["id"], "k1")
    assert found.outcome is outcome
    assert found.charged
    assert found.charge_id in world.account.objects["charge"]


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (500, {"type": "api_error"}, Outcome.UNKNOWN),
        (502, {"type": "api_error"}, Outcome.UNKNOWN),
        (409, {"type": "idempotency_error"}, Outcome.UNKNOWN),
        (409, {"type": "invalid_request_error", "code": "lock_timeout"}, Outcome.UNKNOWN),
        (429, {"type": "invalid_request_error", "code": "rate_limit"}, Outcome.UNKNOWN),
        (401, {"type": "invalid_request_error"}, Outcome.UNKNOWN),
        (403, {"type": "invalid_request_error"}, Outcome.UNKNOWN),
        (400, {"type": "idempotency_error"}, Outcome.UNKNOWN),
        (400, {"type": "invalid_request_error", "code": "missing"}, Outcome.DECLINED),
        (404, {"type": "invalid_request_error", "code": "resource_missing"}, Outcome.DECLINED),
    ],
)
def test_every_error_of_a_charge_is_an_outcome(world, status, error, outcome):
    """What is not certain is unknown; what reached no bank says so."""
    world.answers(status, {"error": {"message": "told", **error}})
    found = world.processor.charge(world.invoice["id"], "k1")
    assert found.outcome is outcome
    assert found.charged is (outcome is Outcome.UNKNOWN)


def test_no_answer_at_all_is_unknown(world):
    """A closed port: the connection was refused, and we cannot tell from how far away."""
    world.server.close()
    assert world.processor.charge(world.invoice["id"], "k1").outcome is Outcome.UNKNOWN
    with pytest.raises(ProcessorUnavailableError):
        world.processor.read_invoice(world.invoice["id"])
    world.server = StripeServer(world.api)


def test_a_key_sent_again_charges_once(world):
    """The fake's idempotency layer answers as it did; the ledger holds one charge."""
    for _ in range(3):
        assert world.processor.charge(world.invoice["id"], "k1").outcome is Outcome.SUCCEEDED
    assert len(world.account.objects["charge"]) == 1


def test_an_invoice_paid_already_is_refused_and_nothing_is_charged(world):
    """Stripe's 400: read again, treat as paid."""
    world.processor.charge(world.invoice["id"], "k1")
    found = world.processor.charge(world.invoice["id"], "k2")
    assert (found.outcome, found.charged) == (Outcome.DECLINED, False)
    assert len(world.account.objects["charge"]) == 1


def test_what_the_processor_does_not_know_is_missing(world):
    """A 404 is no outage."""
    with pytest.raises(ObjectMissingError):
        world.processor.read_invoice("in_nobody")
    assert world.processor.invoice_of_payment("pi_nobody") is None


@pytest.mark.parametrize("status", [400, 429, 500, 401])
def test_a_reading_that_fails_is_tried_again_later(world, status):
    """The queue redelivers."""
    world.answers(status, {"error": {"type": "api_error", "message": "told"}})
    with pytest.raises(ProcessorUnavailableError):
        world.processor.read_invoice(world.invoice["id"])


def test_a_payment_leads_to_its_invoice(world):
    """Through the invoice's payments, as in every version since 2025-03-31."""
    (payment,) = world.account.payments_of(world.invoice["id"])
    assert world.processor.invoice_of_payment(payment["payment"]["payment_intent"]) == world.invoice["id"]


def test_a_shortfall_is_credited_once_and_pays_the_invoice(world):
    """The same key twice makes one credit note."""
    world.account.pay_part(world.invoice, 4850)
    for _ in range(2):
        assert world.processor.credit(world.invoice["id"], eur(50), "k1")
    assert len(world.account.objects["credit_note"]) == 1
    assert world.invoice["status"] == "paid"


def test_what_stripe_refuses_is_told_and_not_repeated(world):
    """An uncollectible invoice takes no credit note, and is not marked again."""
    assert world.processor.mark_uncollectible(world.invoice["id"], "k1")
    assert not world.processor.mark_uncollectible(world.invoice["id"], "k2")
    assert not world.processor.credit(world.invoice["id"], eur(50), "k3")


def test_an_edit_during_an_outage_is_tried_again_later(world):
    """Nothing is known to have happened."""
    world.answers(500, {"error": {"type": "api_error", "message": "told"}})
    with pytest.raises(ProcessorUnavailableError):
        world.processor.mark_uncollectible(world.invoice["id"], "k1")
