"""One world for the workers: everything they need, in memory, and what they are asked to do."""

from dataclasses import dataclass
from typing import Any

import pytest
from dunwell.adapters.holidays_calendar import HolidaysCalendar
from dunwell.domain.policies import MessagePolicy
from dunwell.messages.composer import TemplateComposer
from dunwell.records import Reading
from dunwell.use_cases.advice import Advice
from dunwell.use_cases.attempt_resolution import AttemptResolution
from dunwell.use_cases.book import Book
from dunwell.use_cases.email_delivery import EmailDelivery
from dunwell.use_cases.final_action import FinalAction
from dunwell.use_cases.hosted_invoice import HostedInvoice
from dunwell.use_cases.links import Links
from dunwell.use_cases.reminder_dispatch import ReminderDispatch
from dunwell.use_cases.retry_execution import Charging, RetryExecution
from dunwell.workers import Worker

from sandbox.memory.agenda import MemoryAttemptRate
from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.events import MemoryEvents
from sandbox.memory.invoices import MemoryInvoices
from sandbox.memory.pages import MemoryPages
from sandbox.memory.payments import MemoryLessons
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

CALENDAR = HolidaysCalendar()
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
    pages: MemoryPages

    def says(self, facts, *charges):
        self.processor.reading = Reading(facts, charges, customer())

    def comes_to(self, days):
        self.clock.at = day(days)

    def failing(self):
        """An invoice whose first attempt failed on day 0; its retry is due on day 2."""
        self.says(invoice(), charge("ch_1", day(0)))
        self.book.update(lambda: self.book.look("in_1"))
        self.comes_to(2.001)

    def handed_over(self):
        """A sent invoice's first mail is decided and handed over."""
        self.says(sent_invoice())
        self.book.update(lambda: self.book.look("in_1"))
        self.remind()
        body = {"customer_id": "cus_1", "key": "in_1:invoice_finalized", "due": self.clock.at.isoformat()}
        assert self.queues.sent == [(Worker.EMAIL_DELIVERY, body)]

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
        ReminderDispatch(self.customers, self.settings, self.queues, CALENDAR, self.clock, self.telling).run(
            "cus_1"
        )

    def deliver(self, key="in_1:invoice_finalized"):
        links = Links(self.pages, "https://pages.example.com/i")
        delivery = EmailDelivery(
            self.book,
            self.customers,
            TemplateComposer(),
            self.mailer,
            links,
            CALENDAR,
            self.clock,
            self.telling,
        )
        delivery.run("cus_1", key)

    @property
    def page(self):
        return HostedInvoice(self.pages, self.book, self.customers, self.queues, self.clock, self.telling)

    def own(self):
        return [a for a in self.invoices.load("in_1").attempts if a.number]

    def record(self, key="in_1:invoice_finalized") -> Any:
        return self.customers.load("cus_1").customer.record(key)


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
    advice = Advice(invoices.payments, MemoryLessons)
    book = Book(invoices, processor, chosen, advice, clock, telling)
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
        MemoryPages(clock),
    )
