"""The one composition root: what each function is made of, built on first use from its environment.

Nothing happens at import. Every part can be replaced by keyword, by the name of its property.
Imports stand where they are used, so that a function loads only what it needs.
"""

from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dunwell.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dunwell.domain.customers import MessageRecord
    from dunwell.domain.recovery import Recovery
    from dunwell.operations_door import OperationsDoor
    from dunwell.page_door import PageDoor
    from dunwell.records import PublishedEvent
    from dunwell.use_cases.advice import Advice
    from dunwell.use_cases.attempt_resolution import AttemptResolution
    from dunwell.use_cases.backtest import Backtest
    from dunwell.use_cases.book import Book
    from dunwell.use_cases.dispatching import Dispatching
    from dunwell.use_cases.due_dispatch import DueDispatch
    from dunwell.use_cases.email_delivery import EmailDelivery
    from dunwell.use_cases.email_feedback import EmailFeedback
    from dunwell.use_cases.event_processing import EventProcessing
    from dunwell.use_cases.event_publication import EventPublication
    from dunwell.use_cases.exceptions import Exceptions
    from dunwell.use_cases.final_action import FinalAction
    from dunwell.use_cases.hosted_invoice import HostedInvoice
    from dunwell.use_cases.past_due_sweep import PastDueSweep
    from dunwell.use_cases.planning_again import PlanningAgain
    from dunwell.use_cases.preview import Preview
    from dunwell.use_cases.reconciliation_sweep import ReconciliationSweep
    from dunwell.use_cases.recovery_counting import RecoveryCounting
    from dunwell.use_cases.reminder_dispatch import ReminderDispatch
    from dunwell.use_cases.retry_execution import Charging, RetryExecution
    from dunwell.use_cases.retry_learning import RetryLearning
    from dunwell.use_cases.webhook_delivery import WebhookDelivery
    from dunwell.use_cases.webhook_intake import WebhookIntake


def load_model() -> None:
    """Loads what plans retries with the function that is being made: one that only ever sees invoices whose
    payment was tried waits for it anyhow, and while a function starts Lambda gives it more of a processor."""
    import_module("dunwell.domain.smart_retries.advice")


class Application(Parts):
    """Everything a function can be made of: each use case over the parts it needs."""

    # the use cases, one for each function

    @cached_property
    def webhook_intake(self) -> "WebhookIntake":
        from dunwell.adapters.stripe_webhooks import StripeWebhookReader
        from dunwell.use_cases.webhook_intake import WebhookIntake

        livemode = {"true": True, "false": False}.get(self._variable("LIVEMODE"))
        reader = StripeWebhookReader(
            self._webhook_secrets, self._environ.get("STRIPE_ACCOUNT") or None, livemode
        )
        return WebhookIntake(reader, self.events, self.queues, self.telling)

    @cached_property
    def event_processing(self) -> "EventProcessing":
        from dunwell.use_cases.event_processing import EventProcessing

        return EventProcessing(
            self.book, self.events, self.invoices, self.processor, self.queues, self.telling
        )

    @cached_property
    def planning_again(self) -> "PlanningAgain":
        from dunwell.use_cases.planning_again import PlanningAgain

        return PlanningAgain(self.agenda, self.queues, self.telling)

    @cached_property
    def operations_door(self) -> "OperationsDoor":
        from dunwell.operations_door import OperationsDoor
        from dunwell.use_cases.operations import Operations

        operations = Operations(
            self.settings_history,
            self.invoices,
            self.customers,
            self.agenda,
            self.payments,
            self.changes,
            self.tallies,
            lambda: self.preview,
            lambda: self.backtest,
            self.queues,
            self.clock,
            self.telling,
        )
        return OperationsDoor(operations, lambda: self.exceptions)

    @cached_property
    def preview(self) -> "Preview":
        from dunwell.use_cases.preview import Preview

        return Preview(self.agenda, self.invoices, self.customers, self._advice, self.calendar, self.clock)

    @cached_property
    def backtest(self) -> "Backtest":
        from dunwell.use_cases.backtest import Backtest

        return Backtest(self.payments, self.invoices, self.customers, self._advice, self.calendar, self.clock)

    @cached_property
    def exceptions(self) -> "Exceptions":
        from dunwell.use_cases.exceptions import Exceptions

        return Exceptions(self.annotations, self.book, self.settings, self.changes, self.queues, self.clock)

    @cached_property
    def due_dispatch(self) -> "DueDispatch":
        from dunwell.use_cases.due_dispatch import DueDispatch

        return DueDispatch(self._dispatching)

    @cached_property
    def past_due_sweep(self) -> "PastDueSweep":
        from dunwell.use_cases.past_due_sweep import PastDueSweep

        return PastDueSweep(self._dispatching)

    @cached_property
    def retry_execution(self) -> "RetryExecution":
        from dunwell.use_cases.retry_execution import RetryExecution

        load_model()
        return RetryExecution(self.book, self._charging, self.rate, self.clock, self.telling)

    @cached_property
    def attempt_resolution(self) -> "AttemptResolution":
        from dunwell.use_cases.attempt_resolution import AttemptResolution

        load_model()
        return AttemptResolution(self.book, self._charging, self.clock, self.telling)

    @cached_property
    def reminder_dispatch(self) -> "ReminderDispatch":
        from dunwell.use_cases.reminder_dispatch import ReminderDispatch

        return ReminderDispatch(
            self.customers, self.settings, self.queues, self.calendar, self.clock, self.telling
        )

    @cached_property
    def email_delivery(self) -> "EmailDelivery":
        from dunwell.messages.composer import TemplateComposer
        from dunwell.use_cases.email_delivery import EmailDelivery
        from dunwell.use_cases.links import Links

        return EmailDelivery(
            self.book,
            self.customers,
            TemplateComposer(),
            self.mailer,
            Links(self.pages, self._variable("PAGE_ADDRESS")),
            self.calendar,
            self.clock,
            self.telling,
        )

    @cached_property
    def hosted_invoice(self) -> "HostedInvoice":
        from dunwell.use_cases.hosted_invoice import HostedInvoice

        return HostedInvoice(self.pages, self.book, self.customers, self.queues, self.clock, self.telling)

    @cached_property
    def page_door(self) -> "PageDoor":
        from dunwell.messages.page import PageComposer
        from dunwell.page_door import PageDoor

        return PageDoor(self.hosted_invoice, PageComposer(), self.settings)

    @cached_property
    def email_feedback(self) -> "EmailFeedback":
        from dunwell.adapters.ses_events import report_from
        from dunwell.use_cases.email_feedback import EmailFeedback

        return EmailFeedback(report_from, self.customers, self.queues, self.telling)

    @cached_property
    def final_action(self) -> "FinalAction":
        from dunwell.use_cases.final_action import FinalAction

        return FinalAction(self.book, self.invoices, self.processor, self.clock, self.telling)

    @cached_property
    def reconciliation_sweep(self) -> "ReconciliationSweep":
        from dunwell.use_cases.reconciliation_sweep import ReconciliationSweep

        return ReconciliationSweep(
            self.processor, self.events, self.invoices, self.queues, self.clock, self.telling
        )

    @cached_property
    def retry_learning(self) -> "RetryLearning":
        from dunwell.use_cases.retry_learning import RetryLearning

        return RetryLearning(self.payments, self.lessons, self.settings, self.clock, self.telling)

    @cached_property
    def event_publication(self) -> "EventPublication":
        from dunwell.use_cases.event_publication import EventPublication

        return EventPublication(self.bus, self.invoices, self.queues, self.settings, self.clock, self.telling)

    @cached_property
    def webhook_delivery(self) -> "WebhookDelivery":
        from dunwell.use_cases.webhook_delivery import WebhookDelivery

        return WebhookDelivery(
            self.invoices, self.deliveries, self.endpoints, self.settings, self.clock, self.telling
        )

    @cached_property
    def told_by(self) -> "Callable[[Mapping[str, Any]], PublishedEvent | MessageRecord | None]":
        from dunwell.adapters.stream_records import told_by

        return told_by

    @cached_property
    def recovery_counting(self) -> "RecoveryCounting":
        from dunwell.use_cases.recovery_counting import RecoveryCounting

        return RecoveryCounting(self.tallies, self.settings, self.telling)

    @cached_property
    def counted_by(self) -> "Callable[[Mapping[str, Any]], tuple[str, Recovery | MessageRecord] | None]":
        from dunwell.adapters.stream_records import counted_by

        return counted_by

    # what they share

    @cached_property
    def book(self) -> "Book":
        from dunwell.use_cases.book import Book

        return Book(self.invoices, self.processor, self.settings, self._advice, self.clock, self.telling)

    @cached_property
    def _advice(self) -> "Advice":
        from dunwell.use_cases.advice import Advice

        return Advice(self.payments, lambda: self.lessons)

    @cached_property
    def _charging(self) -> "Charging":
        from dunwell.use_cases.retry_execution import Charging

        return Charging(self.book, self.processor, self.telling)

    @cached_property
    def _dispatching(self) -> "Dispatching":
        from dunwell.use_cases.dispatching import Dispatching

        return Dispatching(self.agenda, self.queues, self.clock, self.telling)
