"""Events in the wrong order, five times over, in old versions and thin: the processor's word decides."""

import json
from datetime import timedelta
from itertools import permutations

import boto3
import pytest
from dunwell.adapters.packing import unpack

from sandbox.fake_stripe.bank import APPROVED, declined, pending
from sandbox.fake_stripe.webhooks import Disorder, Endpoint
from sandbox.stack import WEBHOOK_SECRET

NO_FUNDS = declined("insufficient_funds")


def heard(told):
    return [dict(event) for event in told.sandbox.account.objects["event"].values()]


def test_two_events_in_the_wrong_order(story):
    """`invoice.payment_failed` arrives after `invoice.paid`: the invoice stays paid."""
    told = story()
    told.has_customer()
    told.has_method(NO_FUNDS, APPROVED)
    invoice = told.bills()
    told.comes_to(0.03)
    told.sandbox.webhooks.deliver = lambda body, headers: 503
    told.comes_to(0.06)
    told.sandbox.account.pay(invoice, by="payer")
    told.sandbox.webhooks.drop_waiting()
    driver = told.sandbox.driver
    told.sandbox.webhooks.deliver = lambda body, headers: driver.request(
        "POST", "/webhooks/stripe", body, headers
    )
    by_type = {event["type"]: event for event in heard(told)}
    for event_type in ("invoice.paid", "invoice.payment_failed"):
        assert told.sandbox.webhooks.send(by_type[event_type]) == 200
        driver.drain()
    told.comes_to(20)
    assert told.row(invoice)["status"] == "paid"
    assert len(told.charges()) == 2
    assert told.sandbox.mails() == []
    told.ends_well()


def test_the_same_event_five_times(story):
    """It is stored and applied once; every delivery is answered with 200."""
    told = story()
    told.has_customer()
    told.has_method(NO_FUNDS)
    invoice = told.bills()
    told.comes_to(0.1)
    failed = next(event for event in heard(told) if event["type"] == "invoice.payment_failed")
    version, mails = told.row(invoice)["version"], told.mails()
    for _ in range(5):
        assert told.sandbox.webhooks.send(failed) == 200
        told.sandbox.driver.drain()
    assert told.row(invoice)["version"] == version
    assert told.mails() == mails
    told.comes_to(1.9)
    assert len(told.charges()) == 1
    told.ends_well()


def test_any_order_of_deliveries_ends_in_the_same_state(story):
    """Six orders of three events give the same facts and the same next action."""
    ends = set()
    for order in permutations(("invoice.finalized", "charge.failed", "invoice.payment_failed")):
        told = story()
        told.has_customer()
        told.has_method(NO_FUNDS)
        invoice = told.bills()
        told.sandbox.webhooks.deliver = lambda body, headers: 503
        told.comes_to(0.5)
        told.sandbox.webhooks.drop_waiting()
        driver = told.sandbox.driver
        told.sandbox.webhooks.deliver = lambda b, h, driver=driver: driver.request(
            "POST", "/webhooks/stripe", b, h
        )
        by_type = {event["type"]: event for event in heard(told)}
        for event_type in order:
            told.sandbox.webhooks.send(by_type[event_type])
            driver.drain()
        row = told.row(invoice)
        facts = json.loads(unpack(bytes(row["packed"])))
        facts["invoice"].pop("read_at")
        ends.add((json.dumps(facts, sort_keys=True), str(row["due_at"]), row["attempt_count"]))
        break_out = told.sandbox.driver.failures
        assert break_out == []
    assert len(ends) == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        Endpoint(WEBHOOK_SECRET, "2018-02-28"),
        Endpoint(WEBHOOK_SECRET, "2020-08-27"),
        Endpoint(WEBHOOK_SECRET, "2024-06-20"),
        Endpoint(WEBHOOK_SECRET, "2025-08-27.basil"),
        Endpoint(WEBHOOK_SECRET, thin=True),
    ],
    ids=lambda endpoint: "thin" if endpoint.thin else endpoint.api_version,
)
def test_every_version_of_an_endpoint_tells_the_same_story(story, endpoint):
    """Snapshots of old and new shapes, and thin events."""
    told = story(endpoints=(endpoint,))
    told.has_customer()
    told.has_method(NO_FUNDS, NO_FUNDS, APPROVED)
    invoice = told.bills()
    told.comes_to(6)
    assert [day for day, _ in told.charges()] == [0.0, 2.0, 4.0]
    assert told.row(invoice)["status"] == "paid"
    told.ends_well()


def test_late_repeated_and_unordered_deliveries_change_nothing(story):
    """Up to two hours late, half of them twice: the same charges at the same times."""
    told = story(disorder=Disorder(timedelta(hours=2), 0.5))
    told.has_customer()
    told.has_method(NO_FUNDS, NO_FUNDS, APPROVED)
    invoice = told.bills()
    told.comes_to(10)
    assert [day for day, _ in told.charges()] == [0.0, 2.0, 4.0]
    assert told.row(invoice)["status"] == "paid"
    assert told.sandbox.webhooks.delivered.deliveries > told.sandbox.webhooks.delivered.events
    told.ends_well()


def test_an_answer_that_was_lost_is_resolved_before_anything_else(story):
    """The charge went through, the answer did not: the same key is sent again, nobody pays twice."""
    told = story()
    told.has_customer()
    told.has_method(NO_FUNDS, APPROVED)
    invoice = told.bills()
    told.comes_to(1)
    told.sandbox.api.lose_next_answer_to("pay")
    told.sandbox.webhooks.deliver = lambda body, headers: 503
    told.comes_to(2.1)
    assert told.row(invoice)["status"] == "paid"
    assert [status for _, status in told.charges()] == ["failed", "succeeded"]
    attempts = [r for r in told.sandbox.invoice_rows(invoice["id"]) if "attempt#dunwell" in str(r["part"])]
    assert [json.loads(str(a["body"]))["outcome"] for a in attempts] == ["succeeded"]


def test_a_message_that_poisons_its_batch_stops_nobody_else(story):
    """It ends in the dead-letter queue after five tries; its neighbours are done."""
    told = story()
    told.has_customer()
    told.has_method(APPROVED)
    url = told.sandbox.deployment.physical_ids["EventProcessingQueue"]
    boto3.client("sqs", region_name="eu-central-1").send_message(QueueUrl=url, MessageBody="{not json")
    invoice = told.bills()
    told.comes_to(1)
    assert invoice["status"] == "paid"
    assert told.row(invoice)["status"] == "paid"
    assert told.sandbox.driver.dead_letters() == {"EventProcessingDeadLetters": 1}


def test_an_invoice_that_the_processor_no_longer_knows_leaves_the_agenda(story):
    """Deleted over there: nothing is done about it, and nobody looks for it for ever."""
    told = story()
    told.has_customer()
    told.has_method(NO_FUNDS)
    invoice = told.bills()
    told.comes_to(1)
    del told.sandbox.account.objects["invoice"][invoice["id"]]
    told.comes_to(3)
    assert "due_at" not in told.row(invoice)
    assert told.reasons(invoice) == ["missing"]
    invocations = told.sandbox.functions.invocations["RetryExecution"]
    told.comes_to(10)
    assert told.sandbox.functions.invocations["RetryExecution"] == invocations
    told.ends_well()


def test_a_bank_debit_whose_answer_was_lost_ends_as_its_bank_says(story):
    """Its charge is found by what the key answers; it fails days later, and is retried."""
    told = story()
    told.has_customer()
    returned = declined("insufficient_funds", network_decline_code="R01")
    told.has_method(returned, pending(timedelta(days=4), returned), APPROVED, kind="us_bank_account")
    invoice = told.bills()
    told.comes_to(1)
    told.sandbox.api.lose_next_answer_to("pay")
    told.comes_to(2.5)
    assert told.reasons(invoice)[0] == "payment_processing"
    told.comes_to(20)
    assert [status for _, status in told.charges()] == ["failed", "failed", "succeeded"]
    assert invoice["status"] == "paid"
    told.ends_well()


def test_a_subscriptions_new_card_is_heard_of(story):
    """It ranks above the customer's own."""
    told = story()
    told.has_customer()
    told.has_method(declined("lost_card"))
    invoice = told.bills()
    told.comes_to(3)
    told.has_method(APPROVED)
    told.sandbox.webhooks.drop_waiting()
    told.sandbox.webhooks.send(
        {
            "id": "evt_subscription",
            "object": "event",
            "type": "customer.subscription.updated",
            "livemode": False,
            "created": 1,
            "data": {"object": {"id": "sub_1", "object": "subscription", "customer": told.customer["id"]}},
        }
    )
    told.comes_to(3.2)
    assert invoice["status"] == "paid"
