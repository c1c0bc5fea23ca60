"""The use cases over ports in memory, put together as `dunwell.bootstrap.Application` does it."""

from collections.abc import Callable
from typing import Any

from dunwell.adapters.holidays_calendar import HolidaysCalendar
from dunwell.ports import Clock, Telling, WebhookReader
from dunwell.use_cases.advice import Advice
from dunwell.use_cases.attempt_resolution import AttemptResolution
from dunwell.use_cases.book import Book
from dunwell.use_cases.dispatching import Dispatching
from dunwell.use_cases.due_dispatch import DueDispatch
from dunwell.use_cases.email_delivery import EmailDelivery
from dunwell.use_cases.email_feedback import EmailFeedback
from dunwell.use_cases.event_processing import EventProcessing
from dunwell.use_cases.event_publication import EventPublication
from dunwell.use_cases.final_action import FinalAction
from dunwell.use_cases.hosted_invoice import HostedInvoice
from dunwell.use_cases.links import Links
from dunwell.use_cases.reconciliation_sweep import ReconciliationSweep
from dunwell.use_cases.recovery_counting import RecoveryCounting
from dunwell.use_cases.reminder_dispatch import ReminderDispatch
from dunwell.use_cases.retry_execution import Charging, RetryExecution
from dunwell.use_cases.webhook_delivery import WebhookDelivery
from dunwell.use_cases.webhook_intake import WebhookIntake
from dunwell.workers import Worker

from sandbox.simulation.fast.mail import PlainComposer
from sandbox.simulation.fast.queues import Body

Port = Callable[[str], Any]
"""A port by its name, as a use case is given it: each method a call site."""


class FastApplication:
    """What a deployment runs. `workers` are what the queues' messages are given to."""

    def __init__(self, port: Port, webhooks: WebhookReader, clock: Clock, telling: Telling) -> None:
        invoices, customers, events = port("invoices"), port("customers"), port("events")
        queues, processor, settings = port("queues"), port("processor"), port("settings")
        advice = Advice(port("payments"), lambda: port("lessons"))
        book = Book(invoices, processor, settings, advice, clock, telling)
        charging = Charging(book, processor, telling)
        processing = EventProcessing(book, events, invoices, processor, queues, telling)
        retry = RetryExecution(book, charging, port("rate"), clock, telling)
        resolution = AttemptResolution(book, charging, clock, telling)
        calendar = HolidaysCalendar()
        reminder = ReminderDispatch(customers, settings, queues, calendar, clock, telling)
        links = Links(port("pages"), "https://pages.example.com/i")
        delivery = EmailDelivery(
            book, customers, PlainComposer(), port("mailer"), links, calendar, clock, telling
        )
        self.hosted = HostedInvoice(port("pages"), book, customers, queues, clock, telling)
        final = FinalAction(book, invoices, processor, clock, telling)
        self.publication = EventPublication(port("bus"), invoices, queues, settings, clock, telling)
        self.counting = RecoveryCounting(port("tallies"), settings, telling)
        self.intake = WebhookIntake(webhooks, events, queues, telling)
        self.feedback = EmailFeedback(lambda told: told, customers, queues, telling)  # type: ignore[arg-type, return-value]
        self.dispatching = Dispatching(port("agenda"), queues, clock, telling)
        self.due_dispatch = DueDispatch(self.dispatching)
        webhooks_out = WebhookDelivery(
            invoices, port("deliveries"), port("endpoints"), settings, clock, telling
        )
        self.sweep = ReconciliationSweep(processor, events, invoices, queues, clock, telling)
        self.workers: dict[Worker, Callable[[Body], object]] = {
            Worker.EVENT_PROCESSING: lambda body: (
                processing.run(body["event_id"])
                if "event_id" in body
                else processing.look_again(body["invoice_id"])
            ),
            Worker.RETRY_EXECUTION: lambda body: retry.run(body["invoice_id"]),
            Worker.ATTEMPT_RESOLUTION: lambda body: resolution.run(body["invoice_id"]),
            Worker.REMINDER_DISPATCH: lambda body: reminder.run(body["customer_id"]),
            Worker.EMAIL_DELIVERY: lambda body: delivery.run(body["customer_id"], body["key"]),
            Worker.FINAL_ACTION: lambda body: final.run(body["invoice_id"]),
            Worker.WEBHOOK_DELIVERY: lambda body: webhooks_out.run(body["delivery"], body.get("due")),
        }
