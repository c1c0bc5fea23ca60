"""What every store promises, asked of those in memory and of DynamoDB's adapters alike."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from dunwell.bootstrap import Application
from dunwell.domain.customers import (
    Feedback,
    MessageKind,
    MessageRecord,
    MessageState,
    Suppression,
    WantedMessage,
)
from dunwell.domain.decision import Action, ActionKind, Decision
from dunwell.domain.invoices import PlannedRetry, Status
from dunwell.domain.money import Money
from dunwell.domain.reasons import Reason
from dunwell.ports import StaleFactsError
from dunwell.records import (
    EventState,
    Facts,
    FinalActionRecord,
    HeardEvent,
    Lane,
    Worker,
    card_key,
    glance_at,
)

from sandbox.memory.agenda import MemoryAgenda, MemoryAttemptRate
from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.events import MemoryEvents
from sandbox.memory.invoices import MemoryInvoices
from sandbox.stack import open_sandbox
from tests.build import DAY_0, attempt, customer, day, eur, invoice, own_attempt
from tests.fakes import FakeClock

WANTED = WantedMessage("in_1:reminder:+0", MessageKind.REMINDER, "in_1", day(1), day(3), 0)
DECISION = Decision(
    Action(ActionKind.ATTEMPT_PAYMENT, day(2), 1), day(2), (WANTED,), (Reason("retry_planned", "why"),)
)
RECORD = MessageRecord(WANTED.key, MessageKind.REMINDER, "in_1", MessageState.PLANNED, day(1), offset_days=0)
EVENT = HeardEvent("evt_1", "invoice.paid", DAY_0, invoice_id="in_1", body="{}")


@dataclass
class Stores:
    invoices: Any
    customers: Any
    events: Any
    rate: Any
    agenda: Any
    forward: Any


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request):
    """Both kinds, on a clock that stands at day 0 and can be put forward."""
    if request.param == "memory":
        clock = FakeClock()
        customers, events = MemoryCustomers(), MemoryEvents(clock)

        def forward(hours):
            clock.at += timedelta(hours=hours)

        yield Stores(
            invoices := MemoryInvoices(clock, customers, events),
            customers,
            events,
            MemoryAttemptRate(),
            MemoryAgenda(invoices, customers),
            forward,
        )
        return
    with open_sandbox(DAY_0) as sandbox:
        names = {
            **sandbox.functions.environment("RetryExecution"),
            **sandbox.functions.environment("EventProcessing"),
        }
        made = Application(names)
        yield Stores(
            made.invoices,
            made.customers,
            made.events,
            made.rate,
            made.agenda,
            lambda hours: sandbox.driver.clock.shift(timedelta(hours=hours)),
        )


def facts(**fields):
    kept = invoice(planned_retry=PlannedRetry(day(2), "basis", "why"))
    return replace(
        Facts(kept, (attempt(day(0)), own_attempt(1, day(1))), customer(), wanted=(WANTED,)), **fields
    )


def saved(stores, before=None, after=None, event_id=None):
    stores.invoices.save(before, after or facts(), DECISION, 1, event_id)
    return stores.invoices.load("in_1")


def test_what_is_saved_can_be_loaded(stores):
    """Invoice, attempts and wanted messages, as they were; the version grows by one."""
    assert stores.invoices.load("in_1") is None
    found = saved(stores)
    assert found.invoice == facts().invoice
    assert set(found.attempts) == set(facts().attempts)
    assert (found.wanted, found.version) == ((WANTED,), 1)
    assert saved(stores, found, replace(facts(), version=1)).version == 2


def test_who_was_slower_is_told(stores):
    """A second first write, and a write on an old version."""
    first = saved(stores)
    with pytest.raises(StaleFactsError):
        saved(stores)
    saved(stores, first, replace(facts(), version=1))
    with pytest.raises(StaleFactsError):
        saved(stores, first, replace(facts(), version=1))


def test_an_attempt_told_otherwise_replaces_what_was_known(stores):
    """A foreign charge that turned out to be ours is kept once."""
    first = saved(stores)
    ours = replace(own_attempt(1, day(1)), charge_id="ch_9")
    found = saved(stores, first, replace(facts(), version=1, attempts=(ours,)))
    assert found.attempts == (ours,)


def test_attempts_on_a_card_are_known_over_all_invoices(stores):
    """Since an instant; each once, however often it is saved."""
    first = saved(stores)
    saved(stores, first, replace(facts(), version=1))
    other = replace(facts().invoice, id="in_2")
    stores.invoices.save(None, replace(facts(), invoice=other), DECISION, 1, None)
    card = card_key(attempt(day(0)).method)
    assert len(stores.invoices.load_attempted_at(card, day(-1))) == 4
    assert set(stores.invoices.load_attempted_at(card, day(0.5)).values()) == {day(1)}
    assert stores.invoices.load_attempted_at("nobody", day(-1)) == {}


def test_an_attempt_that_turned_out_otherwise_is_no_longer_counted_on_its_card(stores):
    """A foreign charge that was ours counts once; a call that never reached a bank not at all."""
    card = card_key(attempt(day(0)).method)
    first = saved(stores)
    ours = own_attempt(1, day(1))
    second = saved(stores, first, replace(facts(), version=1, attempts=(ours,)))
    assert list(stores.invoices.load_attempted_at(card, day(-1)).values()) == [day(1)]
    saved(stores, second, replace(facts(), version=2, attempts=(replace(ours, charged=False),)))
    assert stores.invoices.load_attempted_at(card, day(-1)) == {}


def test_a_customer_knows_what_the_invoices_want(stores):
    """Facts and wanted messages come with an invoice's write; an empty wish takes them back."""
    assert stores.customers.load("cus_1") is None
    first = saved(stores)
    file = stores.customers.load("cus_1")
    assert (file.customer.email, file.wanted) == ("ada@customer.example.com", (WANTED,))
    nothing = replace(facts(), version=1, wanted=())
    stores.invoices.save(first, nothing, Decision(None), 1, None)
    assert stores.customers.load("cus_1").wanted == ()


def test_open_invoices_are_found_by_their_customer(stores):
    """Closed ones are not."""
    saved(stores)
    paid = replace(facts().invoice, id="in_2", status=Status.PAID)
    stores.invoices.save(None, replace(facts(), invoice=paid), Decision(None), 1, None)
    assert list(stores.invoices.ids_of_customer("cus_1")) == ["in_1"]
    assert list(stores.invoices.ids_of_customer("cus_2")) == []


def test_a_message_moves_from_state_to_state_once(stores):
    """Whoever comes second is told that it was not there any more."""
    saved(stores)
    file = stores.customers.load("cus_1")
    stores.customers.save(file, [RECORD], day(2))
    claimed = RECORD.moved(MessageState.CLAIMED, day(2))
    assert stores.customers.move("cus_1", RECORD.key, (MessageState.PLANNED,), claimed)
    assert not stores.customers.move("cus_1", RECORD.key, (MessageState.PLANNED,), claimed)
    assert stores.customers.load("cus_1").customer.record(RECORD.key) == claimed
    with pytest.raises(StaleFactsError):
        stores.customers.save(file, [RECORD], None)


def test_a_record_that_moved_meanwhile_is_not_overwritten(stores):
    """A mail was sent while somebody decided to hand it over again: that decision is stale."""
    saved(stores)
    stores.customers.save(stores.customers.load("cus_1"), [RECORD], day(2))
    file = stores.customers.load("cus_1")
    sent = RECORD.moved(MessageState.SENT, day(2))
    assert stores.customers.move("cus_1", RECORD.key, (MessageState.PLANNED,), sent)
    with pytest.raises(StaleFactsError):
        stores.customers.save(file, [RECORD.moved(MessageState.PLANNED, day(2))], None)
    assert stores.customers.load("cus_1").customer.record(RECORD.key) == sent


def test_a_final_action_keeps_its_key_for_23_hours_and_is_begun_three_times_at_most(stores):
    """The same record again, then a new key, then none."""
    found = saved(stores)
    kind = str(ActionKind.CREDIT_SHORTFALL)

    def begin():
        record = FinalActionRecord(kind, "key", at(), eur(50))
        return stores.invoices.begin_final_action(stores.invoices.load("in_1"), record)

    hours = 0

    def at():
        return DAY_0 + timedelta(hours=hours)

    first = begin()
    assert first.idempotency_key == "key-1"
    assert first.amount == Money(50, "eur")
    assert begin() == first
    for number in (2, 3):
        stores.forward(24)
        hours += 24
        assert begin().idempotency_key == f"key-{number}"
    stores.forward(24)
    hours += 24
    assert begin() is None
    assert stores.invoices.load("in_1").version > found.version


def test_a_final_action_on_old_facts_is_refused(stores):
    """A retry may have begun meanwhile."""
    first = saved(stores)
    saved(stores, first, replace(facts(), version=1))
    with pytest.raises(StaleFactsError):
        stores.invoices.begin_final_action(first, FinalActionRecord("mark", "key", DAY_0))


def test_the_circuit_breaker_counts_an_hour_at_a_time(stores):
    """The third attempt of an hour is not admitted where two are allowed; the next hour begins anew."""
    assert [stores.rate.admit(day(0), 2) for _ in range(4)] == [True, True, False, False]
    assert stores.rate.admit(day(0, 1), 2)


def test_an_event_is_stored_once_and_enqueued_until_it_is_dealt_with(stores):
    """A duplicate of one that is not applied yet counts as new."""
    assert stores.events.load("evt_1") is None
    assert stores.events.store(EVENT)
    assert stores.events.store(EVENT)
    found, state = stores.events.load("evt_1")
    assert (found.id, found.invoice_id, state) == ("evt_1", "in_1", EventState.STORED)
    stores.events.applied("evt_1")
    assert not stores.events.store(EVENT)
    other = replace(EVENT, id="evt_2")
    stores.events.store(other)
    stores.events.ignore("evt_2", "no reason")
    assert stores.events.load("evt_2")[1] is EventState.IGNORED


def test_events_that_wait_are_found_until_they_are_dealt_with(stores):
    """Those stored long enough ago; and the state of any that is known."""
    for number in range(3):
        stores.events.store(replace(EVENT, id=f"evt_{number}"))
    stores.events.applied("evt_0")
    stores.events.ignore("evt_1", "no reason")
    assert [one for page in stores.events.waiting(DAY_0) for one in page] == ["evt_2"]
    assert list(stores.events.waiting(day(-1))) == []
    assert stores.events.states(["evt_0", "evt_1", "evt_2", "evt_3"]) == {
        "evt_0": EventState.APPLIED, "evt_1": EventState.IGNORED, "evt_2": EventState.STORED,
    }  # fmt: skip


def test_an_event_is_applied_with_what_it_led_to(stores):
    """In one transaction: an event that is not stored lets nothing be written."""
    stores.events.store(EVENT)
    saved(stores, event_id="evt_1")
    assert stores.events.load("evt_1")[1] is EventState.APPLIED
    assert list(stores.events.waiting(day(1))) == []


def test_a_glance_shows_what_is_stored(stores):
    """Of those that are known."""
    saved(stores)
    assert stores.invoices.glances(["in_1", "in_2"]) == {"in_1": glance_at(facts().invoice)}


def test_an_address_is_suppressed_once(stores):
    """The newest report on it stays; the invoices' writes do not lose it."""
    first = saved(stores)
    for feedback in (Feedback.BOUNCED, Feedback.COMPLAINED):
        stores.customers.suppress("cus_1", Suppression("ada@customer.example.com", feedback, day(1)))
    saved(stores, first, replace(facts(), version=1, wanted=()))
    (found,) = stores.customers.load("cus_1").customer.suppressed
    assert found.feedback is Feedback.COMPLAINED


def entries(stores, now, lane=Lane.WORK):
    return sorted((e for page in stores.agenda.due(lane, now) for e in page), key=lambda e: e.id)


def test_an_entry_is_due_from_its_time_and_leased_once(stores):
    """Who read an older time is told that somebody else was faster."""
    saved(stores)
    assert [(e.id, e.worker) for e in entries(stores, day(1))] == [("cus_1", Worker.REMINDER_DISPATCH)]
    invoice_entry = entries(stores, day(2))[1]
    assert (invoice_entry.id, invoice_entry.worker) == ("in_1", Worker.RETRY_EXECUTION)
    for entry in entries(stores, day(2)):
        assert stores.agenda.lease(entry, day(3))
        assert not stores.agenda.lease(entry, day(3))
    assert entries(stores, day(2)) == []
    assert len(entries(stores, day(3))) == 2


def test_final_actions_have_a_lane_of_their_own_and_closed_invoices_no_entry(stores):
    """The nightly sweep's."""
    mark = Decision(Action(ActionKind.MARK_UNCOLLECTIBLE, day(30)))
    stores.invoices.save(None, facts(), mark, 1, None)
    assert [e.worker for e in entries(stores, day(30), Lane.FINAL)] == [Worker.FINAL_ACTION]
    stores.invoices.save(stores.invoices.load("in_1"), replace(facts(), version=1), Decision(None), 1, None)
    assert entries(stores, day(30), Lane.FINAL) == []
