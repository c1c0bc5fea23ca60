"""The doors (X2, X4, X5): what leaves the functions but for what they are there to send."""

import socket
from datetime import timedelta

import boto3
import pytest

from sandbox.cloud.translation import REGION
from sandbox.fake_stripe.bank import declined
from sandbox.stack import API_KEY, WEBHOOK_SECRET
from tests.build import DAY_0

NAME, ADDRESS, LINE = "Canary Zebrafink", "canary.zebrafink@customer.example.com", "7 Canary Wharf Lane"
CANARIES = (API_KEY, WEBHOOK_SECRET, NAME, ADDRESS, LINE, "fp_canary")


def told(story):
    """Every kind of thing that is written in twelve days: retries, mails, refusals, poison, a lost answer."""
    found = story({"past_due": {"action": "mark_uncollectible", "after_days": 5}})
    sandbox = found.sandbox
    found.has_customer(name=NAME, email=ADDRESS, address={"line1": LINE, "country": "DE"})
    found.has_method(declined("insufficient_funds"), declined("lost_card"), fingerprint="fp_canary")
    found.bills()
    found.sends()
    sandbox.run_until(DAY_0 + timedelta(days=1))
    body = f'{{"object": "event", "id": "evt_x", "type": "{NAME}", "data": "{ADDRESS}"}}'.encode()
    assert sandbox.driver.request("POST", "/webhooks/stripe", body, {"stripe-signature": "t=1,v1=0"}) == 400
    assert sandbox.webhooks.send_raw(f'["{NAME}"]'.encode()) == 400
    for poller in sandbox.driver.queues:
        boto3.client("sqs", region_name=REGION).send_message(
            QueueUrl=poller.mapping.queue_url, MessageBody=f'{{"email": "{ADDRESS}"}}'
        )
    sandbox.api.lose_next_answer_to("pay")
    sandbox.run_until(DAY_0 + timedelta(days=12))
    return sandbox


def test_no_secret_and_nothing_personal_is_ever_written(story):
    """Logs, metrics, errors and the attributes of every message that is left: not one canary in them."""
    sandbox = told(story)
    assert sandbox.driver.dead_letters()
    written = [sandbox.logs.getvalue(), *sandbox.driver.failures]
    sqs = boto3.client("sqs", region_name=REGION)
    for url in sandbox.driver.wiring.dead_letters.values():
        answer = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])
        written += [
            str(m.get("MessageAttributes")) + str(m["Attributes"]) for m in answer.get("Messages", [])
        ]
    assert "WebhooksRefused" in written[0]
    assert "a message failed" in written[0]
    assert sandbox.mails()
    for canary in CANARIES:
        assert [text for text in written if canary in text] == [], canary


def test_functions_connect_to_the_processor_and_to_nobody_else(story, monkeypatch):
    """Every connection goes to the address of Stripe's API that they were given."""
    connect, reached = socket.socket.connect, set()

    def noting(self, address):
        reached.add(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noting)
    sandbox = told(story)
    host, port = sandbox.server.url.removeprefix("http://").split(":")
    assert reached == {(host, int(port))}


@pytest.mark.parametrize("path", ["/", "/invoices/in_1", "/webhooks", "/webhooks/stripe/", "/%2e%2e/admin"])
def test_there_is_no_other_door(story, path):
    """Whatever else is asked for is a 404, by any method."""
    sandbox = story().sandbox
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert sandbox.driver.request(method, path, b"", {}) == 404
    assert sandbox.driver.request("GET", "/webhooks/stripe", b"", {}) == 404
