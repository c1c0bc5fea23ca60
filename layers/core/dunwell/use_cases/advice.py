"""Who advises a decision on an invoice: the smart model with the customer's history, or the even schedule.

It reads what the advice needs, and only where a time may have to be chosen, and loads the model no sooner:
most invoices never fail. The choice itself is the domain's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from dunwell.domain.automations import Behaviour, Case, asks_of_behaviour
from dunwell.domain.customers import Customer
from dunwell.domain.history import OUTAGE_SPAN, UNKNOWN, Group, group_of
from dunwell.domain.holdout import HeldOut, is_held_out
from dunwell.domain.invoices import Invoice
from dunwell.domain.payment_records import OWN_MAX, PaymentRecord, recalled
from dunwell.domain.payments import Attempt
from dunwell.domain.policies import RetryKind, Settings
from dunwell.domain.timing import EvenSpread, RetryModel
from dunwell.ports import LessonsStore, PaymentStore

if TYPE_CHECKING:
    from dunwell.domain.smart_retries.advice import SmartAdvice


def of_issuer(payments: PaymentStore, group: Group, at: datetime) -> Sequence[PaymentRecord]:
    """What happened to cards of an issuer about an instant (UTC); nothing where the issuer is not told."""
    if group.issuer == UNKNOWN:
        return ()
    return payments.of_issuer(group.issuer, at - OUTAGE_SPAN, at + OUTAGE_SPAN)


@dataclass(frozen=True, slots=True)
class Advice:
    """Reads histories and lessons for the decisions that want them; `lessons` gives their store."""

    payments: PaymentStore
    lessons: Callable[[], LessonsStore]

    def case(
        self,
        invoice: Invoice,
        attempts: Sequence[Attempt],
        customer: Customer,
        settings: Settings,
        now: datetime,
    ) -> Case:
        """What automations may look at, as of `now`."""
        return Case(invoice, attempts, customer, self.behaviour(invoice, settings, now), now)

    def behaviour(self, invoice: Invoice, settings: Settings, now: datetime) -> Behaviour:
        """How the customer's payments on other invoices went until now; read where an automation asks."""
        if not any(asks_of_behaviour(automation.when) for automation in settings.automations):
            return Behaviour()
        own = self.payments.of_customer(invoice.customer_id, OWN_MAX, until=now)
        others = [record for record in own if record.invoice_id != invoice.id]
        succeeded = sum(record.succeeded for record in others)
        return Behaviour(len(others) - succeeded, succeeded)

    def on(
        self, invoice: Invoice, attempts: Sequence[Attempt], customer: Customer, settings: Settings
    ) -> RetryModel:
        """The model that chooses this invoice's retry times."""
        smart = settings.retry.kind is RetryKind.SMART and invoice.is_open and invoice.charges_automatically
        if not smart:
            return EvenSpread()
        if is_held_out(invoice.customer_id, settings.retry.holdout_percent):
            return HeldOut()
        return self.smart(invoice, attempts, customer, settings) or EvenSpread()

    def smart(
        self, invoice: Invoice, attempts: Sequence[Attempt], customer: Customer, settings: Settings
    ) -> SmartAdvice | None:
        """The smart model for an invoice as it was at its `read_at`, whatever its policy; None where nothing
        failed, or on nothing."""
        failed = [attempt.started_at for attempt in attempts if attempt.failed]
        method = invoice.payment_method
        if method is None or not failed:
            return None
        from dunwell.domain.smart_retries.advice import SmartAdvice
        from dunwell.domain.smart_retries.model import SmartRetries

        group, first = group_of(method), min(failed)
        own = self.payments.of_customer(invoice.customer_id, OWN_MAX, until=invoice.read_at)
        others = of_issuer(self.payments, group, first)
        history = recalled(own, (one for one in others if one.at <= invoice.read_at), group, first)
        model = SmartRetries(self.lessons().promoted())
        return SmartAdvice(model, invoice.id, history, customer.zone(settings.time_zone))
