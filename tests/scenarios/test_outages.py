"""Seventy-two hours without the intake, Stripe, SES or DynamoDB, then an hour with all of them again."""

from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from dunwell.domain.policies import (
    MessagePolicy,
    PastDueAction,
    PastDuePolicy,
    RetryKind,
    RetryPolicy,
    Settings,
)

from sandbox.fake_stripe.api import Response
from sandbox.fake_stripe.bank import APPROVED, declined
from sandbox.fake_stripe.errors import StripeAPIError
from sandbox.simulation.choices import Choices
from sandbox.simulation.faults import Faults
from sandbox.simulation.full.world import open_full_world
from sandbox.simulation.invariants import check_quiet
from tests.build import DAY_0, LIVE_SINCE

pytestmark = pytest.mark.exhaustive

OUTAGE = timedelta(hours=72)
SETTINGS = Settings(
    version=1,
    active_since=LIVE_SINCE,
    time_zone="Europe/Berlin",
    retry=RetryPolicy(RetryKind.EVEN, retries=4, window_days=7),
    messages=MessagePolicy(reminder_offsets_days=(-1, 0, 1, 2, 3)),
    past_due=PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 20),
)


@pytest.fixture
def world():
    choices = Choices(0, given=[])
    with open_full_world(DAY_0, SETTINGS, choices, Faults(choices), disordered=False, told=False) as opened:
        yield opened


def bill(world):
    """Two cards that fail at first, four invoices that are sent: due, paid or voided during the outage."""
    account = world.account
    for number in range(2):
        customer = account.create_customer(email=f"card.{number}@customer.example.com")
        method = account.attach_method(customer)
        world.bank.script(method["id"], *[declined("insufficient_funds")] * (number + 1), APPROVED)
        account.finalize(account.create_invoice(customer, 4900))
    for number, ends in enumerate(
        (None, None, account.void, lambda invoice: account.pay_part(invoice, 4900))
    ):
        customer = account.create_customer(email=f"sent.{number}@customer.example.com")
        fields = {"collection_method": "send_invoice", "days_until_due": 3 + number % 2}
        invoice = account.finalize(account.create_invoice(customer, 4900, **fields))
        if ends is not None:
            account.at(DAY_0 + timedelta(days=3), partial(as_payer, world, ends, invoice))


def as_payer(world, act, invoice):
    with world.witness.by("payer"):
        act(invoice)


def refuse(_body, _headers):
    return 503


def stripe_is_down(_request):
    return Response(503, StripeAPIError(503, "api_error", "Stripe is down.").body)


def unreachable(service, call, go):
    """A guard: nobody answers under the service's name."""
    if call.service != service:
        return go()
    if service == "sesv2":
        raise EndpointConnectionError(endpoint_url="https://email.local")
    raise ClientError({"Error": {"Code": "InternalServerError", "Message": "down"}}, call.operation)


def take_down(world, what):
    """Returns what brings it back."""
    sandbox = world.sandbox
    if what == "intake":
        deliver, sandbox.webhooks.deliver = sandbox.webhooks.deliver, refuse
        return lambda: setattr(sandbox.webhooks, "deliver", deliver)
    if what == "stripe":
        handle, sandbox.api.handle = sandbox.api.handle, stripe_is_down
        return lambda: setattr(sandbox.api, "handle", handle)
    guard = partial(unreachable, what)
    sandbox.calls.guards.insert(0, guard)
    return lambda: sandbox.calls.guards.remove(guard)


@pytest.mark.parametrize("what", ["intake", "stripe", "sesv2", "dynamodb"])
def test_an_outage_of_three_days_is_made_up_for_within_an_hour(world, what):
    """Nothing is charged or mailed that should not be, no mail comes twice, and no customer gets a blast."""
    bill(world)
    world.sandbox.run_until(DAY_0 + timedelta(days=1))
    bring_back = take_down(world, what)
    world.sandbox.run_until(DAY_0 + timedelta(days=1) + OUTAGE)
    bring_back()
    world.sandbox.run_until(DAY_0 + timedelta(days=1) + OUTAGE + timedelta(hours=1))
    check_quiet(world.witness, world.snapshot())
    days = [(m.invoice_id, m.at.astimezone(ZoneInfo("Europe/Berlin")).date()) for m in world.witness.mails]
    assert len(days) == len(set(days))
    assert world.witness.mails
    world.sandbox.run_until(DAY_0 + timedelta(days=12))
    assert world.account.objects["invoice"]
    assert {i["status"] for i in world.account.objects["invoice"].values()} <= {"paid", "open", "void"}
    assert sum(i["status"] == "paid" for i in world.account.objects["invoice"].values()) >= 2
