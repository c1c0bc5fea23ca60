"""The workers over the fakes: what they do when something is slow, lost, refused or done by somebody else."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from dunwell.domain.customers import MessageState
from dunwell.domain.invoices import Status
from dunwell.domain.payments import Failure, Outcome
from dunwell.domain.policies import MessagePolicy, PastDueAction, PastDuePolicy
from dunwell.domain.timing import EvenSpread
from dunwell.messages.composer import TemplateComposer
from dunwell.ports import (
    MailOutcomeUnknownError,
    MailRefusedError,
    MailUnavailableError,
    ObjectMissingError,
    StaleFactsError,
)
from dunwell.records import ChargeResult, DueEntry, EventState, HeardEvent, Lane, Reading, Worker
from dunwell.use_cases.attempt_resolution import AttemptResolution
from dunwell.use_cases.book import Book
from dunwell.use_cases.dispatching import ENTRIES_MAX, Dispatching
from dunwell.use_cases.email_delivery import EmailDelivery
from dunwell.use_cases.event_processing import EventProcessing
from dunwell.use_cases.final_action import FinalAction
from dunwell.use_cases.reminder_dispatch import ReminderDispatch
from dunwell.use_cases.retry_execution import Charging, RetryExecution

from sandbox.memory.agenda import MemoryAttemptRate
from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.events import MemoryEvents
from sandbox.memory.invoices import MemoryInvoices
from tests.build import customer, day, invoice, sent_invoice, settings
from tests.domain.test_attribution import charge
from tests.fakes import (
    FakeClock,
    FakeMailer,
    FakeProcessor,
    FakeQueues,
    FakeSettings,
    FakeTelling,
)

ANY_HOUR = MessagePolicy(send_from_hour=0, send_until_hour=24)


@dataclass
class World:
    """Everything that workers need, in memory."""

    clock: FakeClock
    customers: MemoryCustomers
    invoices: MemoryInvoices
    processor: FakeProcessor
    settings: FakeSettings
    telling: FakeTelling
    mailer: FakeMailer
    queues: FakeQueues
    rate: MemoryAttemptRate
    book: Book

    def says(self, facts, *charges):
        self.processor.reading = Reading(facts, charges, customer())

    def comes_to(self, days):
        self.clock.at = day(days)

    @property
    def charging(self) -> Charging:
        return Charging(self.book, self.processor, self.telling)

    def retry(self):
        return RetryExecution(self.book, self.charging, self.rate, self.clock, self.telling).run("in_1")

    def resolve(self):
        AttemptResolution(self.book, self.charging, self.clock, self.telling).run("in_1")

    def finish(self):
        FinalAction(self.book, self.invoices, self.processor, self.clock, self.telling).run("in_1")

    def remind(self):
        ReminderDispatch(self.customers, self.settings, self.queues, self.clock, self.telling).run("cus_1")

    def deliver(self):
        delivery = EmailDelivery(
            self.book, self.customers, TemplateComposer(), self.mailer, self.clock, self.telling
        )
        delivery.run("cus_1", "in_1:invoice_finalized")

    def own(self):
        return [a for a in self.invoices.load("in_1").attempts if a.number]

    def record(self) -> Any:
        return self.customers.load("cus_1").customer.record("in_1:invoice_finalized")


@pytest.fixture
def world():
    clock = FakeClock()
    customers, events = MemoryCustomers(), MemoryEvents(clock)
    invoices, processor, telling = (
        MemoryInvoices(clock, customers, events),
        FakeProcessor(clock),
        FakeTelling(),
    )
    chosen = FakeSettings(settings(messages=ANY_HOUR))
    book = Book(invoices, processor, chosen, EvenSpread(), clock, telling)
    return World(
        clock,
        customers,
        invoices,
        processor,
        chosen,
        telling,
        FakeMailer(),
        FakeQueues(),
        MemoryAttemptRate(),
        book,
    )


def failing(world):
    """An invoice whose first attempt failed on day 0; its retry is due on day 2."""
    world.says(invoice(), charge("ch_1", day(0)))
    world.book.update(lambda: world.book.look("in_1"))
    world.comes_to(2.001)


def test_an_attempt_is_written_before_the_charge(world):
    """While the processor is called its outcome is stored as unknown, under the key that was sent."""
    failing(world)
    seen = []
    world.processor.on_charge = lambda: seen.extend(world.own())
    assert world.retry()
    assert [(a.outcome, a.idempotency_key) for a in seen] == [(Outcome.UNKNOWN, "dunwell-in_1-attempt-001")]
    assert world.processor.charged == ["dunwell-in_1-attempt-001"]


def test_a_retry_that_is_not_due_is_not_made(world):
    """A message of an outdated plan does nothing but look."""
    failing(world)
    world.comes_to(1)
    assert not world.retry()
    assert world.processor.charged == []


def test_the_circuit_breaker_holds_an_attempt_back(world):
    """More than the settings allow in an hour: nothing is written or charged, and people are told."""
    failing(world)
    world.settings.chosen = settings(attempts_per_hour=1)
    world.rate.admit(world.clock.at, 1)
    assert not world.retry()
    assert (world.own(), world.processor.charged) == ([], [])
    assert world.telling.counts["AttemptsHeldBack"] == 1
    world.clock.at += timedelta(hours=1)
    assert world.retry()


def test_a_reading_too_old_charges_nothing(world):
    """The attempt is written and left to the resolution; no money moves on old knowledge."""
    failing(world)
    world.clock.slow = timedelta(seconds=3)
    assert not world.retry()
    assert world.processor.charged == []
    assert [a.outcome for a in world.own()] == [Outcome.UNKNOWN]


def test_who_loses_the_claim_does_not_charge(world):
    """Somebody else wrote the invoice between the look and the claim."""
    failing(world)
    look = world.book.look("in_1")
    world.book.write(look)
    with pytest.raises(StaleFactsError):
        world.book.write(look)
    assert world.processor.charged == []


def test_an_unknown_outcome_is_asked_for_with_the_same_key(world):
    """Two minutes later; what the processor answers then is recorded."""
    failing(world)
    world.retry()
    world.resolve()
    assert len(world.processor.charged) == 1
    world.clock.at += timedelta(minutes=3)
    world.processor.results = [ChargeResult(Outcome.DECLINED, Failure("insufficient_funds"), "ch_2")]
    world.says(
        invoice(), charge("ch_1", day(0)), replace(charge("ch_2", day(2.001)), created_at=world.clock.at)
    )
    world.resolve()
    assert world.processor.charged == ["dunwell-in_1-attempt-001"] * 2
    assert [(a.outcome, a.asked) for a in world.own()] == [(Outcome.DECLINED, 1)]


def test_a_resolution_on_an_invoice_that_is_paid_only_looks(world):
    """The list of charges tells what became of the call; no key is sent."""
    failing(world)
    world.retry()
    world.clock.at += timedelta(minutes=3)
    made = charge("ch_2", day(2.001), Outcome.SUCCEEDED)
    world.says(invoice(status=Status.PAID), charge("ch_1", day(0)), made)
    world.resolve()
    assert len(world.processor.charged) == 1
    assert [a.outcome for a in world.own()] == [Outcome.SUCCEEDED]


def test_an_outcome_is_recorded_against_somebody_elses_writes(world):
    """An event of the same charge is applied while we wait for the answer."""
    failing(world)
    world.processor.results = [ChargeResult(Outcome.DECLINED, Failure("do_not_honor"), "ch_2")]
    world.processor.on_charge = lambda: world.book.update(lambda: world.book.look("in_1"))
    assert world.retry()
    assert [a.outcome for a in world.own()] == [Outcome.DECLINED]


def test_an_invoice_the_processor_lacks_leaves_the_agenda(world):
    """And the worker says so."""
    failing(world)
    world.processor.reading = None
    with pytest.raises(ObjectMissingError):
        world.retry()
    assert world.invoices.decisions["in_1"].next_action is None


def test_a_refused_final_action_is_told_and_bounded(world):
    """Three keys on three nights, then nothing is sent any more."""
    world.settings.chosen = settings(past_due=PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 30))
    world.says(sent_invoice())
    world.comes_to(50)
    world.book.update(lambda: world.book.look("in_1"))
    world.processor.edits_work = False
    for _ in range(5):
        world.finish()
        world.clock.at += timedelta(days=1)
    assert [key for _, key in world.processor.edits] == [
        f"dunwell-in_1-mark-uncollectible-{n}" for n in (1, 2, 3)
    ]
    assert world.telling.counts["FinalActionsRefused"] == 5


def handed_over(world):
    """A sent invoice's first mail is decided and handed over."""
    world.says(sent_invoice())
    world.book.update(lambda: world.book.look("in_1"))
    world.remind()
    body = {"customer_id": "cus_1", "key": "in_1:invoice_finalized", "due": world.clock.at.isoformat()}
    assert world.queues.sent == [(Worker.EMAIL_DELIVERY, body)]


def test_a_mail_is_sent_once_however_often_its_message_comes(world):
    """The record says that it is sent."""
    handed_over(world)
    for _ in range(3):
        world.deliver()
    assert len(world.mailer.sent) == 1
    assert (world.record().state, world.record().ses_message_id) == (MessageState.SENT, "ses-1")


@pytest.mark.parametrize(
    ("error", "state", "raised"),
    [
        (MailRefusedError("MessageRejected"), MessageState.SKIPPED, None),
        (MailOutcomeUnknownError("no answer"), MessageState.UNKNOWN, None),
        (MailUnavailableError("Throttling"), MessageState.PLANNED, MailUnavailableError),
    ],
)
def test_three_failures_of_a_mail_have_three_answers(world, error, state, raised):
    """Refused for good; never sent again; tried again by the queue."""
    handed_over(world)
    world.mailer.error = error
    if raised:
        with pytest.raises(raised):
            world.deliver()
    else:
        world.deliver()
    assert world.record().state is state


def test_a_mail_is_not_sent_on_old_knowledge(world):
    """Composing took too long: it stays planned, and the queue brings it back."""
    handed_over(world)
    world.clock.slow = timedelta(seconds=3)
    with pytest.raises(MailUnavailableError):
        world.deliver()
    assert world.mailer.sent == []
    assert world.record().state is MessageState.PLANNED


def test_a_claim_that_seems_lost_but_is_ours_goes_on(world):
    """The SDK repeated a write whose answer was lost; the record bears our own token."""
    handed_over(world)
    move = world.customers.move

    def loses_its_answer(customer_id, key, from_states, record):
        done = move(customer_id, key, from_states, record)
        return done if record.state is not MessageState.CLAIMED else False

    world.customers.move = loses_its_answer
    world.deliver()
    assert len(world.mailer.sent) == 1


def test_a_mail_claimed_long_ago_is_unknown_and_never_sent_again(world):
    """Its function died between the claim and the record."""
    handed_over(world)
    claimed = world.record().moved(MessageState.CLAIMED, day(0))
    world.customers.move("cus_1", claimed.key, (MessageState.PLANNED,), claimed)
    world.comes_to(1)
    world.remind()
    assert world.record().state is MessageState.UNKNOWN
    assert world.telling.counts["MailsUnknown"] == 1
    world.deliver()
    assert world.mailer.sent == []


def test_a_mail_whose_message_was_lost_is_handed_over_again(world):
    """A quarter of an hour later."""
    handed_over(world)
    assert world.customers.due_at["cus_1"] == day(0) + timedelta(minutes=15)
    world.clock.at += timedelta(minutes=15)
    world.remind()
    assert len(world.queues.sent) == 2


def test_a_paid_invoices_mail_is_not_sent(world):
    """The record keeps why."""
    handed_over(world)
    world.says(sent_invoice(status=Status.PAID))
    world.deliver()
    assert world.record().state is MessageState.SKIPPED
    assert "the invoice is paid" in world.record().reason


def test_an_event_with_our_key_ties_its_charge_to_our_attempt(world):
    """The answer was lost, and the webhook tells."""
    failing(world)
    world.retry()
    made = charge("ch_2", day(2.001))
    world.says(invoice(), charge("ch_1", day(0)), made)
    events = world.invoices.events
    events.store(
        HeardEvent(
            "evt_1", "charge.failed", day(2), "charge", "ch_2", invoice_id="in_1", charge_id="ch_2",
            idempotency_key="dunwell-in_1-attempt-001",
        )
    )  # fmt: skip
    processing = EventProcessing(
        world.book, events, world.invoices, world.processor, world.queues, world.telling
    )
    processing.run("evt_1")
    assert [(a.charge_id, a.outcome) for a in world.own()] == [("ch_2", Outcome.DECLINED)]
    assert events.load("evt_1")[1] is EventState.APPLIED
    processing.run("evt_nobody")
    assert world.telling.warnings == ["no such event; it may have been deleted after 35 days"]


class Agenda:
    """Pages of entries; some of which somebody else has leased already."""

    def __init__(self, pages, leased=()):
        self.pages, self.leased, self.until = pages, leased, []

    def due(self, lane, now):
        yield from self.pages

    def lease(self, entry, until):
        self.until.append(until)
        return entry.id not in self.leased


def test_what_is_due_goes_to_its_worker_by_id(world):
    """An entry that somebody else leased is left to them."""
    page = [
        DueEntry("in_1", Worker.RETRY_EXECUTION, day(0)),
        DueEntry("cus_1", Worker.REMINDER_DISPATCH, day(0)),
    ]
    agenda = Agenda([page, [DueEntry("in_2", Worker.RETRY_EXECUTION, day(0))]], leased={"in_2"})
    sent = Dispatching(agenda, world.queues, world.clock, world.telling).run(Lane.WORK)
    assert sent == 2
    assert sorted(map(str, world.queues.sent)) == sorted(
        map(
            str,
            [
                (Worker.RETRY_EXECUTION, {"invoice_id": "in_1", "due": day(0).isoformat()}),
                (Worker.REMINDER_DISPATCH, {"customer_id": "cus_1", "due": day(0).isoformat()}),
            ],
        )
    )
    assert set(agenda.until) == {day(0) + timedelta(minutes=15)}


def test_one_run_takes_only_so_much(world):
    """And says out loud that more is due."""
    pages = (
        [DueEntry(f"in_{n}", Worker.FINAL_ACTION, day(0)) for n in range(m, m + 100)]
        for m in range(0, 9_000, 100)
    )
    sent = Dispatching(Agenda(pages), world.queues, world.clock, world.telling).run(Lane.FINAL)
    assert sent == ENTRIES_MAX
    assert world.telling.warnings == ["more is due than one run takes"]
