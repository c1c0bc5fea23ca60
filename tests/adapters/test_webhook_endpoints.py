"""Events as webhooks: signed by the scheme, with each secret, as of each try."""

import base64
import json

import pytest
import time_machine
from dunwell.adapters.webhook_endpoints import WebhookEndpoints
from dunwell.domain.announcements import EventType
from dunwell.domain.policies import Endpoint
from dunwell.errors import EndpointFailedError
from dunwell.records import PublishedEvent
from standardwebhooks import Webhook, WebhookVerificationError

from tests.build import day
from tests.fakes import FakeClock

OLD, NEW, ANOTHERS = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2, 3))
EVENT = PublishedEvent("in_1", 7, EventType.PAID, day(0), {"invoice_id": "in_1", "customer": "Zoë"})
ENDPOINT = Endpoint("billing-app", "https://hooks.example.com/dunwell")


def posted(secrets, at=None, status=204):
    """What is posted: the body and the headers."""
    sent = []

    def post(*what):
        sent.append(what)
        return status

    clock = FakeClock()
    clock.at = at or clock.at
    WebhookEndpoints(lambda name: secrets[name], clock, post).post(ENDPOINT, EVENT)
    ((url, body, headers),) = sent
    assert url == ENDPOINT.url
    return body, headers


def verified(secret, body, headers, at):
    with time_machine.travel(at, tick=False):
        return Webhook(secret).verify(body, dict(headers))


def test_the_receiver_verifies_what_it_is_told():
    """The event as it is on the bus, under the id that repeats keep."""
    body, headers = posted({"billing-app": [NEW]})
    told = verified(NEW, body, headers, day(0))
    assert (told["id"], told["type"], told["number"]) == ("in_1:7", "invoice.paid", 7)
    assert told["data"]["customer"] == "Zoë"
    assert (headers["webhook-id"], headers["content-type"]) == ("in_1:7", "application/json")
    assert json.loads(body) == told


def test_while_a_secret_is_rotated_either_verifies():
    """And nobody else's."""
    body, headers = posted({"billing-app": [NEW, OLD]})
    assert verified(OLD, body, headers, day(0)) == verified(NEW, body, headers, day(0))
    with pytest.raises(WebhookVerificationError):
        verified(ANOTHERS, body, headers, day(0))


def test_a_try_of_the_third_day_is_as_fresh_as_the_first():
    """Receivers refuse what was signed more than five minutes ago."""
    body, headers = posted({"billing-app": [NEW]}, at=day(3))
    verified(NEW, body, headers, day(3))
    with pytest.raises(WebhookVerificationError, match="too new"):
        verified(NEW, body, headers, day(0))


@pytest.mark.parametrize("status", [301, 302, 400, 404, 408, 429, 500, 503])
def test_any_other_answer_is_no_taking(status):
    """Redirects as well: where they lead nobody has looked."""
    with pytest.raises(EndpointFailedError, match=f"it answered {status}") as failed:
        posted({"billing-app": [NEW]}, status=status)
    assert not failed.value.is_final


def test_gone_is_gone():
    """410, by the specification."""
    with pytest.raises(EndpointFailedError) as failed:
        posted({"billing-app": [NEW]}, status=410)
    assert failed.value.is_final


@pytest.mark.parametrize(
    ("secrets", "said"),
    [([], "it has no secret"), (["whsec_"], "its secret is not"), (["whsec_ä"], "its secret is not")],
)
def test_without_a_secret_nothing_is_sent(secrets, said):
    """It waits like any failure: somebody puts the secret in."""
    with pytest.raises(EndpointFailedError, match=said):
        posted({"billing-app": secrets})
