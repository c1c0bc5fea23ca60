"""Queue messages of any content among good ones: none stops the others, each that fails is reported."""

import json
from dataclasses import dataclass, field

import pytest
from dunwell.domain.customers import MessageKind, MessageRecord, MessageState
from dunwell.errors import ObjectMissingError
from dunwell.heard_events import HeardEvent
from dunwell.records import Reading
from hypothesis import given
from hypothesis import strategies as st

from sandbox.memory.agenda import MemoryAttemptRate
from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.events import MemoryEvents
from sandbox.memory.invoices import MemoryInvoices
from sandbox.memory.pages import MemoryPages
from tests.build import customer, day, invoice, sent_invoice
from tests.domain.test_attribution import charge
from tests.fakes import (
    FakeClock,
    FakeMailer,
    FakeProcessor,
    FakeQueues,
    FakeSettings,
)
from tests.functions.handlers import ROOT, handler
from tests.hostile import json_texts, json_values, mutated

KEY = "in_1:invoice_finalized"
GOOD = {
    "event_processing": {"event_id": "evt_1"},
    "retry_execution": {"invoice_id": "in_1"},
    "attempt_resolution": {"invoice_id": "in_1"},
    "final_action": {"invoice_id": "in_1"},
    "reminder_dispatch": {"customer_id": "cus_1"},
    "email_delivery": {"customer_id": "cus_1", "key": KEY},
}
"""A message for each function on a queue that leaves a trace in the world below."""

HANDLERS = {folder: handler(folder) for folder in GOOD}
SAMPLES = {
    folder: json.loads(path.read_text("utf-8"))["Records"][0]
    for folder in GOOD
    for path in sorted((ROOT / "events").glob(f"{folder}.*.json"))[:1]
}


def record(folder, body, message_id="message-1"):
    """A message as SQS hands it over."""
    return {**SAMPLES[folder], "messageId": message_id, "body": body}


def good(folder):
    return record(folder, json.dumps(GOOD[folder]), "good")


class OneInvoice(FakeProcessor):
    """Knows `in_1` and no other."""

    def read_invoice(self, invoice_id):
        if invoice_id != "in_1":
            raise ObjectMissingError("none of that name")
        return super().read_invoice(invoice_id)


@dataclass
class World:
    """One invoice with its event, due in the way that a function works on."""

    folder: str
    clock: FakeClock = field(default_factory=lambda: FakeClock(day(0)))
    queues: FakeQueues = field(default_factory=FakeQueues)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    settings: FakeSettings = field(default_factory=FakeSettings)

    def __post_init__(self):
        self.customers, self.events = MemoryCustomers(), MemoryEvents(self.clock)
        self.invoices, self.rate = (
            MemoryInvoices(self.clock, self.customers, self.events),
            MemoryAttemptRate(),
        )
        self.pages = MemoryPages(self.clock)
        by_mail = self.folder in ("reminder_dispatch", "email_delivery")
        facts = sent_invoice() if by_mail else invoice()
        reading = Reading(facts, () if by_mail else (charge("ch_1", day(0)),), customer())
        self.processor = OneInvoice(self.clock, reading)
        self.handle([record("event_processing", '{"invoice_id": "in_1"}')], "event_processing")
        self.events.store(HeardEvent("evt_1", "invoice.payment_failed", day(0), invoice_id="in_1"))
        self.clock.at = day(0.05) if by_mail else day(2.001)
        if self.folder == "email_delivery":
            planned = MessageRecord(KEY, MessageKind.INVOICE_FINALIZED, "in_1", MessageState.PLANNED, day(0))
            self.customers.save(self.customers.load("cus_1"), [planned], None)
        self.before = self.trace()

    def handle(self, records, folder=None):
        """The answer of a function to a batch, and its log."""
        parts = (
            "clock",
            "events",
            "queues",
            "mailer",
            "settings",
            "customers",
            "invoices",
            "processor",
            "rate",
            "pages",
        )
        invoke = HANDLERS[folder or self.folder]
        environ = {"PAGE_ADDRESS": "https://pages.example.com/i"}
        return invoke({"Records": records}, environ, **{name: getattr(self, name) for name in parts})

    def trace(self):
        """What a good message changes."""
        file = self.customers.load("cus_1")
        return (
            len(self.mailer.sent),
            self.invoices.load("in_1").version,
            file.version,
            self.events.states(["evt_1"]),
        )


def bodies(folder):
    """Text, JSON, and the function's own message with something else in its fields."""
    own = mutated(GOOD[folder], json_values).map(json.dumps)
    return json_texts | own


def understood(body, folder):
    """Whether a body is an object with the fields that the function asks for."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return False
    asked = [{"event_id"}, {"invoice_id"}] if folder == "event_processing" else [set(GOOD[folder])]
    return isinstance(told, dict) and any(names <= set(told) for names in asked)


@pytest.mark.parametrize("folder", GOOD)
def test_a_good_message_leaves_its_trace(folder):
    """Else the tests below would find it done where nothing was."""
    world = World(folder)
    assert world.handle([good(folder)])[0] == {"batchItemFailures": []}
    assert world.trace() != world.before


@pytest.mark.parametrize("folder", GOOD)
@given(st.data())
def test_hostile_messages_stop_nobody_else(folder, data):
    """What cannot be understood is reported; the good one among them is done (O1)."""
    world = World(folder)
    hostile = data.draw(st.lists(bodies(folder), max_size=4))
    sent = {f"message-{number}": body for number, body in enumerate(hostile)}
    records = [record(folder, body, message_id) for message_id, body in sent.items()]
    answer, log = world.handle(data.draw(st.permutations([*records, good(folder)])))
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    assert failed <= set(sent)
    assert {message_id for message_id, body in sent.items() if not understood(body, folder)} <= failed
    assert world.trace() != world.before
    assert log.count("a message failed") == len(failed)


@pytest.mark.parametrize("folder", GOOD)
@given(st.data())
def test_a_message_needs_nothing_of_its_envelope_but_its_id_and_body(folder, data):
    """Whatever else SQS tells, or leaves out."""
    world = World(folder)
    envelope = data.draw(
        mutated({k: v for k, v in SAMPLES[folder].items() if k not in ("messageId", "body")})
    )
    told = {name: good(folder)[name] for name in ("messageId", "body")}
    answer, _ = world.handle([{**envelope, "messageId": "bodiless"}, {**envelope, **told}])
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bodiless"}]}
    assert world.trace() != world.before


@given(st.lists(json_texts, min_size=1, max_size=3))
def test_no_content_of_a_message_is_logged(texts):
    """What failed is named by its message's id and the kind of error alone (X2)."""
    records = [record("retry_execution", f"{text}planted7f3a", f"m-{n}") for n, text in enumerate(texts)]
    answer, log = World("retry_execution").handle(records)
    assert len(answer["batchItemFailures"]) == len(texts)
    assert "planted7f3a" not in log
