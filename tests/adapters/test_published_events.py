"""Every event is what docs/events.schema.json says, and every type is told there and in docs/events.md."""

import json
from datetime import date

import jsonschema
import pytest
from dunwell.adapters.event_bus import envelope
from dunwell.domain.announcements import Announced, EventType, news, news_of_mail
from dunwell.domain.customers import Feedback, MessageKind, MessageRecord, MessageState
from dunwell.domain.invoices import Status
from dunwell.domain.payers_word import Complaint, Dispute, PayersWord, Promise
from dunwell.domain.payments import Origin, Outcome
from dunwell.use_cases.announcing import published

from tests.build import attempt, day, eur, invoice, sent_invoice
from tests.test_tidy import ROOT

SCHEMA = json.loads((ROOT / "docs" / "events.schema.json").read_text("utf-8"))
CHECK = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
WORD = PayersWord(
    (Promise(day(0), date(2026, 3, 4), day(2), day(2.4)),),
    dispute=Dispute(day(1), Complaint.WRONG, "my words"),
)


def of(facts, attempts=(), now=None):
    now = now or day(0)
    found, announced = news(None, facts, attempts, Announced(), "UTC", now)
    return published(found, announced, facts, attempts, day(2), now)


def every_kind():
    """Each type at least once, as the domain makes it."""
    yield from of(invoice(), [attempt(day(0))])
    yield from of(invoice(number=None), [attempt(day(0), failure=None, outcome=Outcome.ACTION_REQUIRED)])
    paid = invoice(status=Status.PAID, amount_remaining=eur(0), amount_paid=eur(4900), paid_at=day(1))
    yield from of(paid, [attempt(day(0)), attempt(day(1), None, origin=Origin.PAYER)])
    yield from of(paid)
    for status in (Status.VOID, Status.UNCOLLECTIBLE):
        yield from of(invoice(status=status))
    yield from of(sent_invoice(), now=day(12))
    yield from of(sent_invoice(word=WORD), now=day(5))
    yield from of(sent_invoice(), now=day(18))
    record = MessageRecord("in_1:reminder:+3", MessageKind.REMINDER, "in_1", MessageState.SENT, day(3))
    for feedback in (Feedback.BOUNCED, Feedback.COMPLAINED):
        told = MessageRecord(
            record.key, record.kind, "in_1", record.state, day(3), offset_days=3, feedback=feedback
        )
        found = [one for _, _, one in news_of_mail(told)]
        yield from published(found, Announced(len(found)), invoice(), (), None, day(3))


EVENTS = [envelope(one) for one in every_kind()]


def test_the_schema_is_one_and_tells_every_type():
    """In both documents."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert {one["properties"]["type"]["const"] for one in SCHEMA["oneOf"]} == set(EventType)
    assert set(SCHEMA["properties"]["type"]["enum"]) == set(EventType)
    told = (ROOT / "docs" / "events.md").read_text("utf-8")
    assert all(f"`{kind}`" in told for kind in EventType)
    assert {event["type"] for event in EVENTS} == set(EventType)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["type"])
def test_an_event_is_what_the_schema_says(event):
    """And nothing else: what is missing, or stands there without being told, is refused."""
    CHECK.validate(json.loads(json.dumps(event)))
    assert not CHECK.is_valid({**event, "data": {**event["data"], "email": "ada@customer.example.com"}})
    for name in event["data"]:
        assert not CHECK.is_valid({**event, "data": {k: v for k, v in event["data"].items() if k != name}})
    other = "invoice.voided" if event["type"] != "invoice.voided" else "invoice.paid"
    if event["type"] != "invoice.marked_uncollectible":
        assert not CHECK.is_valid({**event, "type": other})


def test_the_payers_words_are_not_told():
    """Nor anything of a person but the processor's ids."""
    assert "my words" not in json.dumps(EVENTS)
