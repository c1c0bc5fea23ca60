"""What the intake takes for an event, and what it refuses: with a reason, never with a payload."""

import json
import time

import pytest
from dunwell.adapters.stripe_webhooks import BODY_MAX, StripeWebhookReader
from dunwell.errors import WebhookRefusedError

from sandbox.fake_stripe.webhooks import signature

SECRET = "whsec_one"


def event(**fields):
    plain = {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_772_442_000,
        "data": {"object": {"id": "in_1", "object": "invoice", "customer": "cus_1"}},
        "livemode": False,
        "request": {"id": "req_1", "idempotency_key": "key_1"},
        "type": "invoice.payment_failed",
    }
    return {**plain, **fields}


def about(kind, **fields):
    return event(type=f"{kind}.updated", data={"object": {"object": kind, "id": f"{kind}_1", **fields}})


def read(payload, *, secrets=(SECRET,), signed_with=SECRET, at=None, **options):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    header = signature(body, signed_with, int(at if at is not None else time.time()))
    return StripeWebhookReader(lambda renew: secrets, **options).read(body, header)


def refused(payload, **options):
    with pytest.raises(WebhookRefusedError) as caught:
        read(payload, **options)
    return caught.value.status, caught.value.reason


def test_a_snapshot_event_names_its_invoice():
    """Its customer, and the request that caused it."""
    heard = read(event())
    assert (heard.id, heard.type, heard.invoice_id, heard.customer_id) == (
        "evt_1",
        "invoice.payment_failed",
        "in_1",
        "cus_1",
    )
    assert heard.idempotency_key == "key_1"
    assert json.loads(heard.body)["id"] == "evt_1"


def test_a_thin_event_names_its_invoice_by_its_related_object():
    """`v1.` is taken off its type; it carries no data."""
    thin = {
        "id": "evt_2",
        "object": "v2.core.event",
        "type": "v1.invoice.paid",
        "created": "2026-03-02T09:00:00.000Z",
        "livemode": False,
        "related_object": {"id": "in_1", "type": "invoice", "url": "/v1/invoices/in_1"},
    }
    heard = read(thin)
    assert (heard.type, heard.object_type, heard.invoice_id) == ("invoice.paid", "invoice", "in_1")
    assert heard.created_at.isoformat() == "2026-03-02T09:00:00+00:00"


@pytest.mark.parametrize(
    ("told", "invoice", "intent", "customer", "charge"),
    [
        (about("invoice_payment", invoice="in_9"), "in_9", None, None, None),
        (about("credit_note", invoice={"id": "in_9"}, customer={"id": "cus_9"}), "in_9", None, "cus_9", None),
        (
            about("payment_intent", invoice="in_9", latest_charge="ch_9"),
            "in_9",
            "payment_intent_1",
            None,
            "ch_9",
        ),
        (
            about("payment_intent", last_payment_error={"charge": "ch_8"}),
            None,
            "payment_intent_1",
            None,
            "ch_8",
        ),
        (about("payment_intent", charges={"data": [{"id": "ch_7"}]}), None, "payment_intent_1", None, "ch_7"),
        (about("charge", payment_intent="pi_9", invoice=None), None, "pi_9", None, "charge_1"),
        (about("customer"), None, None, "customer_1", None),
        (about("payment_method", customer="cus_9"), None, None, "cus_9", None),
        (about("card", customer="cus_9"), None, None, "cus_9", None),
    ],
)
def test_events_of_every_shape_say_whom_they_concern(told, invoice, intent, customer, charge):
    """Ids, expanded objects, old and new places."""
    heard = read(told)
    assert (heard.invoice_id, heard.payment_intent_id, heard.customer_id, heard.charge_id) == (
        invoice, intent, customer, charge,
    )  # fmt: skip


def test_a_detached_method_tells_whose_it_was():
    """Its customer is in `previous_attributes`."""
    data = {"object": {"object": "payment_method", "id": "pm_1", "customer": None}}
    told = event(type="payment_method.detached", data={**data, "previous_attributes": {"customer": "cus_9"}})
    assert read(told).customer_id == "cus_9"


@pytest.mark.parametrize(
    "odd", [{"request": None}, {"request": "req_1"}, {"api_version": None}, {"created": "x"}, {"data": None}]
)
def test_recorded_oddities_are_taken_in(odd):
    """`request` null or a string, no version, no data."""
    assert read(event(**odd)).id == "evt_1"


def test_several_secrets_fit_while_one_is_rotated():
    """The old one and the new one; a third does not."""
    assert read(event(), secrets=("whsec_old", SECRET)).id == "evt_1"
    assert refused(event(), secrets=("whsec_old", "whsec_older"))[0] == 400


def test_a_secret_that_was_just_rotated_is_read_anew():
    """The warm function does not know it yet; it asks once more before it refuses."""
    body = json.dumps(event()).encode()
    asked = []

    def secrets(renew):
        asked.append(renew)
        return (SECRET,) if renew else ("whsec_old",)

    assert StripeWebhookReader(secrets).read(body, signature(body, SECRET, int(time.time()))).id == "evt_1"
    assert asked == [False, True]


@pytest.mark.parametrize("seconds", [-301, 301, 1_000_000])
def test_a_signature_out_of_time_is_refused_in_both_directions(seconds):
    """Stripe's SDK looks at the past only."""
    assert refused(event(), at=time.time() + seconds)[0] == 400


@pytest.mark.parametrize("seconds", [-295, 295])
def test_a_signature_within_five_minutes_is_fine(seconds):
    """Clocks differ."""
    assert read(event(), at=time.time() + seconds).id == "evt_1"


@pytest.mark.parametrize(
    "header", [None, "", "nonsense", "t=,v1=", "v1=abc", "t=99999999999999,v1=0", "t=1,v1=\u00e9"]
)
def test_a_missing_or_broken_signature_is_refused(header):
    """With 400 and a word on what is wrong."""
    with pytest.raises(WebhookRefusedError) as caught:
        StripeWebhookReader(lambda renew: (SECRET,)).read(json.dumps(event()).encode(), header)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("payload", "status", "told"),
    [
        (b"x" * (BODY_MAX + 1), 413, "over"),
        (b"\xff\xfe", 400, "UTF-8"),
        (b"{", 400, "JSON"),
        (b"[]", 400, "JSON object"),
        (b"[" * 100_000, 400, "JSON"),
        ({"object": "invoice", "id": "in_1"}, 400, "not an event: `object` says invoice"),
        ({"object": {"a": 1}}, 400, "says nothing of use"),
        (event(id=None), 400, "`id`"),
        (event(id="evt 1\n"), 400, "`id`"),
        (event(type=None), 400, "`type`"),
    ],
)
def test_what_is_no_event_is_refused_with_its_reason(payload, status, told):
    """Each with a clear answer; nothing is stored."""
    found = refused(payload)
    assert found[0] == status
    assert told in found[1]


def test_another_account_and_the_wrong_mode_are_refused():
    """Unless they are the ones we serve."""
    assert refused(event(account="acct_2"))[1] == "an event of another account"
    assert refused(event(account="acct_2"), account="acct_1")[0] == 400
    assert read(event(account="acct_1"), account="acct_1").id == "evt_1"
    assert refused(event(), livemode=True)[1] == "livemode is not true"
    assert read(event(), livemode=False).id == "evt_1"
