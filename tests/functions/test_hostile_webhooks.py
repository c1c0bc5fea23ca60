"""Whatever is posted to the webhook: never an error, nothing gets in unsigned, no payload is logged."""

import base64
import json
import time
from dataclasses import replace

import pytest
from dunwell.adapters.codec import dumps
from hypothesis import given
from hypothesis import strategies as st

from sandbox.fake_stripe.webhooks import signature
from sandbox.memory.events import MemoryEvents
from tests.fakes import FakeClock, FakeQueues
from tests.functions.handlers import ROOT, handler
from tests.hostile import changed, hostile_text, huge_text, json_texts, json_values, mutated, odd_json, paths

SECRET = "whsec_genuine"
PLANTED = "planted7f3a"
"""Stands in every field of a hostile request, and may stand in no log line."""

ENVIRONMENT = {"LIVEMODE": "false", "STRIPE_SECRET": "stripe"}
SAMPLES = [
    json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "events").glob("webhook_intake.*.json"))
]
EVENT = {
    "id": "evt_1", "object": "event", "api_version": "2026-10-28.endive", "created": 1_772_442_000,
    "livemode": False, "type": "payment_intent.payment_failed", "account": None, "context": None,
    "request": {"id": "req_1", "idempotency_key": "key_1"},
    "related_object": {"id": "in_1", "type": "invoice", "url": "/v1/invoices/in_1"},
    "data": {
        "object": {
            "id": "pi_1", "object": "payment_intent", "invoice": "in_1", "customer": {"id": "cus_1"},
            "latest_charge": "ch_1", "last_payment_error": {"charge": "ch_1"},
            "charges": {"data": [{"id": "ch_1"}]},
        },
        "previous_attributes": {"customer": "cus_1"},
    },
}  # fmt: skip
planted_values = (
    (hostile_text | huge_text).map(lambda text: PLANTED + text)
    | st.sampled_from([PLANTED, f"sk_live_{PLANTED}", {"id": PLANTED}])
    | json_values
)


class Secrets:
    """The secret as Secrets Manager holds it."""

    def get(self, name, **options):
        return json.dumps({"api_key": "rk_1", "webhook_secrets": [SECRET]})


invoke = handler("webhook_intake")


def post(event):
    """The status, what was stored and enqueued, and the log."""
    events, queues = MemoryEvents(FakeClock()), FakeQueues()
    answer, log = invoke(event, ENVIRONMENT, events=events, queues=queues, _secrets_provider=Secrets())
    json.dumps(answer)
    return answer["statusCode"], [event for event, _ in events.events.values()], queues.sent, log


def signed(body, secret=SECRET, at=0):
    """A signature header over a body's bytes."""
    return signature(body, secret, int(time.time()) + at)


def delivery(body, header, **fields):
    """A request as API Gateway hands it over."""
    return {
        **SAMPLES[0],
        "headers": {"stripe-signature": header},
        "body": body,
        "isBase64Encoded": False,
        **fields,
    }


def refused_quietly(event):
    """Asserts that nothing of a request gets in, or into the log."""
    status, stored, sent, log = post(event)
    assert status in (400, 413)
    assert (stored, sent) == ([], [])
    assert PLANTED not in log
    assert "webhook refused" in log


forged_headers = st.one_of(
    st.none(),
    hostile_text,
    st.integers(-400, 400).map(lambda at: signed(b"{}", "whsec_forged", at)),
    st.integers(-(10**13), 10**13).map(lambda at: f"t={at},v1={'0' * 64},v0={PLANTED}"),
    st.lists(st.sampled_from(["t=", "v1=", ",", "=", "1", " ", "\u0661", PLANTED]), max_size=8).map("".join),
)


@given(json_texts.map(lambda text: text + PLANTED) | json_texts, forged_headers)
def test_nothing_gets_in_without_a_signature(body, header):
    """Whatever the body and the header say; and none of it is logged."""
    headers = {} if header is None else {"stripe-signature": header}
    refused_quietly(delivery(body, None, headers=headers))


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_crash_the_intake(body, flag):
    """Base64 or its likeness, told to be so or not."""
    refused_quietly(delivery(base64.b64encode(body).decode(), signed(body + b"!"), isBase64Encoded=flag))
    refused_quietly(delivery(body.decode("latin-1"), signed(b"{}"), isBase64Encoded=flag))


@given(
    mutated(SAMPLES[0], st.none() | hostile_text.map(lambda text: PLANTED + text)).filter(
        lambda event: isinstance(event.get("headers"), dict | None)
    )
)
def test_a_request_may_lack_anything(event):
    """No body, no headers, no context, or other values in their place."""
    refused_quietly(event)


@pytest.mark.parametrize("flag", [True, False])
@pytest.mark.parametrize("sample", SAMPLES, ids=["forged", "snapshot", "thin"])
def test_the_base64_flag_means_what_it_says(sample, flag):
    """A genuine body that is told to be the other kind is refused, not guessed at."""
    body = json.dumps(EVENT).encode()
    plain, encoded = body.decode(), base64.b64encode(body).decode()
    header = {"headers": {"stripe-signature": signed(body)}, "isBase64Encoded": flag}
    assert post({**sample, "body": encoded if flag else plain, **header})[0] == 200
    refused_quietly({**sample, "body": plain if flag else encoded, **header})


def without_ids(log):
    """What the log tells besides the ids and the type of what was accepted."""
    told = [json.loads(line) for line in log.splitlines()]
    for line in told:
        line.pop("correlation_id", None)
        for name in ("event_id", "type"):
            assert len(line.get("fields", {}).pop(name, "")) < 300
    return json.dumps(told, ensure_ascii=False)


@given(mutated(EVENT, planted_values), st.booleans())
def test_a_signed_event_of_any_shape_is_stored_or_refused(event, encode):
    """Never an error. What is stored fits in one item, and in UTF-8; of it the log tells ids and the type, of
    what is refused nothing."""
    body = json.dumps(event).encode()
    sent_as = base64.b64encode(body).decode() if encode else body.decode()
    status, stored, sent, log = post(delivery(sent_as, signed(body), isBase64Encoded=encode))
    assert status in (200, 400, 413)
    assert len(stored) == len(sent) == (status == 200)
    assert PLANTED not in (without_ids(log) if stored else log)
    for heard in stored:
        facts = dumps(replace(heard, body=None))
        assert len(facts) < 10_000
        json.dumps(json.loads(facts), ensure_ascii=False).encode()


@given(st.sampled_from(list(paths(EVENT))), odd_json)
def test_signed_json_that_nobody_writes_is_stored_or_refused(place, odd):
    """Deep nesting, endless numbers, the same key twice, halves of characters."""
    body = json.dumps(changed(EVENT, place, "a hole in it")).replace('"a hole in it"', odd).encode()
    status, stored, sent, _ = post(delivery(body.decode(), signed(body)))
    assert status in (200, 400)
    assert len(stored) == len(sent) == (status == 200)


@given(json_texts)
def test_signed_text_that_is_no_event_is_refused(text):
    """Any JSON, and anything that is none."""
    body = text.encode(errors="surrogatepass")
    event = delivery(base64.b64encode(body).decode(), signed(body), isBase64Encoded=True)
    refused_quietly(event)
