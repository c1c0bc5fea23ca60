"""What others are told: handed to the bus in order; mails announced on their invoices, each once."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from dunwell.adapters.event_bus import EventBridgeBus, envelope
from dunwell.adapters.stream_records import told_by
from dunwell.domain.announcements import Announced, EventType
from dunwell.domain.customers import Feedback, MessageKind, MessageRecord, MessageState, WantedMessage
from dunwell.domain.policies import Endpoint
from dunwell.errors import BusUnavailableError, StaleFactsError
from dunwell.records import Facts, PublishedEvent
from dunwell.stream_batches import each_record
from dunwell.use_cases.event_publication import EventPublication
from dunwell.use_cases.races import TRIES_MAX
from dunwell.workers import Worker

from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.events import MemoryEvents
from sandbox.memory.invoices import MemoryInvoices
from tests.build import attempt, customer, day, invoice, settings
from tests.fakes import FakeClock, FakeQueues, FakeSettings, FakeTelling

RECORD = MessageRecord(
    "in_1:reminder:+3", MessageKind.REMINDER, "in_1", MessageState.SENT, day(3), offset_days=3
)


class FakeBus:
    def __init__(self):
        self.taken = []

    def put(self, event):
        self.taken.append(event)


@pytest.fixture
def publication():
    clock, customers = FakeClock(), MemoryCustomers()
    invoices = MemoryInvoices(clock, customers, MemoryEvents(clock))
    for name in ("in_1", "in_2"):
        invoices.facts[name] = Facts(invoice(id=name), (attempt(day(0)),), customer(), 1)
    return EventPublication(FakeBus(), invoices, FakeQueues(), FakeSettings(), clock, FakeTelling())


def event(number, invoice_id="in_1"):
    return PublishedEvent(
        invoice_id, number, EventType.PAID, day(0), {"invoice_id": invoice_id, "amount_due": 5}
    )


def test_events_are_handed_over_as_they_come(publication):
    """And counted."""
    publication.run(event(1))
    publication.run(event(2))
    assert publication.bus.taken == [event(1), event(2)]
    assert publication.telling.counts == {"EventsPublished": 2}


def test_each_endpoint_that_wants_an_event_has_a_message_of_its_own(publication):
    """By the types it asked for; none asked for is all."""
    publication.settings.chosen = settings(
        webhooks=(
            Endpoint("all", "https://a.example.com/"),
            Endpoint("paid", "https://b.example.com/", frozenset({"invoice.paid"})),
            Endpoint("overdue", "https://c.example.com/", frozenset({"invoice.overdue"})),
        )
    )
    publication.run(event(1))
    assert publication.queues.sent == [
        (Worker.WEBHOOK_DELIVERY, {"delivery": "all/in_1:1"}),
        (Worker.WEBHOOK_DELIVERY, {"delivery": "paid/in_1:1"}),
    ]


def test_a_reminder_is_announced_with_the_invoices_state_and_the_next_number(publication):
    """Once, however often the stream tells it; a bounce of the same mail is one more."""
    publication.run(RECORD)
    publication.run(RECORD)
    publication.run(replace(RECORD, feedback=Feedback.BOUNCED))
    sent, bounced = publication.invoices.published
    assert (sent.id, sent.type, sent.at) == ("in_1:1", EventType.REMINDER_SENT, day(0))
    assert sent.data == {
        "invoice_id": "in_1",
        "invoice_number": "R-00001",
        "customer_id": "cus_1",
        "status": "open",
        "collection_method": "charge_automatically",
        "currency": "eur",
        "amount_due": 4900,
        "amount_paid": 0,
        "amount_remaining": 4900,
        "attempt_count": 1,
        "next_payment_attempt": None,
        "kind": "reminder",
        "offset_days": 3,
    }
    assert (bounced.id, bounced.type) == ("in_1:2", EventType.MESSAGE_BOUNCED)
    facts = publication.invoices.load("in_1")
    assert facts.announced == Announced(2, ("bounced reminder:+3", "sent reminder:+3"))
    assert facts.version == 3


def test_a_statement_is_announced_on_each_invoice(publication):
    """Each with a number of its own; one that nobody knows is passed over."""
    tells = tuple(
        WantedMessage(f"{name}:reminder:+7", MessageKind.REMINDER, name, day(3), day(5), 7)
        for name in ("in_2", "in_9")
    )
    publication.run(replace(RECORD, tells=tells))
    assert [one.id for one in publication.invoices.published] == ["in_1:1", "in_2:1"]


def test_who_writes_at_the_same_moment_is_waited_for(publication):
    """Read again, and announced with the next number; at last it is given back to the stream."""
    invoices, real = publication.invoices, publication.invoices.announce
    races = []

    def announce(before, after):
        if len(races) < 2:
            races.append(before)
            raise StaleFactsError("in_1")
        real(before, after)

    invoices.announce = announce
    publication.run(RECORD)
    assert [one.id for one in invoices.published] == ["in_1:1"]
    tries = []

    def never(before, after):
        tries.append(before)
        raise StaleFactsError("in_1")

    invoices.announce = never
    with pytest.raises(StaleFactsError):
        publication.run(replace(RECORD, key="in_1:reminder:+9"))
    assert len(tries) == TRIES_MAX


class Client:
    """EventBridge, which takes what it is told to."""

    def __init__(self, *failed):
        self.calls, self.failed = [], list(failed)

    def put_events(self, Entries):  # noqa: N803 - boto3's name
        self.calls.append(Entries)
        failed = self.failed.pop(0) if self.failed else 0
        codes = [{"ErrorCode": "ThrottlingException"}] * failed
        return {
            "FailedEntryCount": failed,
            "Entries": [*codes, *[{"EventId": "1"}] * (len(Entries) - failed)],
        }


def test_the_bus_takes_an_event_under_its_type():
    """With its time and its invoice, by which rules can match."""
    client = Client()
    EventBridgeBus(client, "bus").put(event(1))
    ((entry,),) = client.calls
    assert {name: entry[name] for name in ("EventBusName", "Source", "DetailType", "Time", "Resources")} == {
        "EventBusName": "bus",
        "Source": "dunwell",
        "DetailType": "invoice.paid",
        "Time": day(0),
        "Resources": ["in_1"],
    }
    assert envelope(event(1)) == {
        "id": "in_1:1",
        "type": "invoice.paid",
        "number": 1,
        "timestamp": "2026-03-02T09:00:00+00:00",
        "data": {"invoice_id": "in_1", "amount_due": 5},
    }


def test_what_the_bus_did_not_take_is_an_error():
    """With what it said."""
    with pytest.raises(BusUnavailableError, match="in_1:1 was not taken: ThrottlingException"):
        EventBridgeBus(Client(1), "bus").put(event(1))


def row(number, part="published#00000001", body=None):
    image = {"part": {"S": part}, **({"body": {"S": body}} if body else {})}
    return {"dynamodb": {"SequenceNumber": str(number), "NewImage": image}}


def test_a_row_that_is_none_of_ours_tells_nothing():
    """Nor does one that was deleted."""
    assert told_by(row(1, "facts", "{}")) is None
    assert told_by(row(1)) is None
    assert told_by({"dynamodb": {"SequenceNumber": "1"}}) is None


def number_of(record):
    return int(record["dynamodb"]["SequenceNumber"])


def test_records_are_worked_on_in_order_and_wait_for_the_first_that_fails():
    """Those before it are done; from it on all come again. What tells nothing is passed over."""
    seen, telling = [], FakeTelling()

    def work(number):
        if number == 4:
            raise BusUnavailableError("no")
        seen.append(number)

    def read(record):
        return None if number_of(record) == 2 else number_of(record)

    event = {"Records": [row(number) for number in (1, 2, 3, 4, 5)]}
    assert each_record(event, telling, read, work) == {"batchItemFailures": [{"itemIdentifier": "4"}]}
    assert seen == [1, 3]
    assert telling.counts == {"RecordsFailed": 1}
    assert telling.fields == [{"error": "BusUnavailableError", "sequence": "4"}]
    assert each_record({"Records": []}, telling, read, work) == {"batchItemFailures": []}


def test_a_record_that_cannot_be_read_holds_up_no_other():
    """It is told of, and the ones after it are worked on."""
    seen, telling = [], FakeTelling()
    records = [row(1, body="not ours"), row(2)]

    def read(record):
        return told_by(record) or number_of(record)

    assert each_record({"Records": records}, telling, read, seen.append) == {"batchItemFailures": []}
    assert seen == [2]
    assert telling.counts == {"RecordsUnreadable": 1}
    assert telling.warnings == ["a record cannot be read; its row stays"]


def test_an_error_of_aws_is_told_by_its_code():
    """The class is the same for all of them."""
    telling = FakeTelling()

    def refused(_):
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutEvents")

    each_record({"Records": [row(1)]}, telling, number_of, refused)
    assert telling.fields == [{"error": "ClientError AccessDeniedException", "sequence": "1"}]
