"""What settings would do: the outlook on customers' invoices. Nothing is sent, and nothing written."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dunwell.domain.automations import metadata_asked, settings_for
from dunwell.domain.customers import Customer
from dunwell.domain.decision import Decision, decide
from dunwell.domain.outlook import Expected, Standing, outlook
from dunwell.domain.policies import Settings
from dunwell.domain.rests import remembered
from dunwell.domain.timing import RetryModel
from dunwell.ports import Agenda, Calendar, Clock, CustomerStore, InvoiceStore
from dunwell.records import Worker
from dunwell.use_cases.advice import Advice


@dataclass(frozen=True, slots=True)
class Preview:
    """Reads what is stored; the processor is not asked."""

    agenda: Agenda
    invoices: InvoiceStore
    customers: CustomerStore
    advice: Advice
    calendar: Calendar
    clock: Clock

    def customers_on(self, part: str, after: str | None) -> tuple[list[str], str | None]:
        """The customers of whom something lies on a page of the agenda, and where the next page begins."""
        entries, following = self.agenda.page(part, after)
        found = [entry.id for entry in entries if entry.worker is Worker.REMINDER_DISPATCH]
        for entry in entries:
            facts = self.invoices.load(entry.id) if entry.worker is not Worker.REMINDER_DISPATCH else None
            if facts is not None:
                found.append(facts.invoice.customer_id)
        return list(dict.fromkeys(found)), following

    def of_customer(self, customer_id: str, settings: Settings, days: int) -> list[Expected]:
        """What would be done about a customer's open invoices within so many days of now."""
        file, now = self.customers.load(customer_id), self.clock.now()
        standings = list(self._open(customer_id))
        if file is None or not standings:
            return []
        customer = self.calendar.with_closed_dates(file.customer, settings, now)
        decider = _Decider(self.advice, settings, {})
        return outlook(standings, customer, settings, decider, now, now + timedelta(days=days))

    def _open(self, customer_id: str) -> Iterator[Standing]:
        for invoice_id in self.invoices.ids_of_customer(customer_id):
            facts = self.invoices.load(invoice_id)
            if facts is not None:
                yield Standing(facts.invoice, facts.attempts)


@dataclass(frozen=True, slots=True)
class _Decider:
    """Decides as the book does. What advises on an invoice is read once: nothing else happens meanwhile."""

    advice: Advice
    settings: Settings
    models: dict[tuple[str, object], RetryModel]

    def __call__(self, standing: Standing, customer: Customer, at: datetime) -> tuple[Standing, Decision]:
        attempts, invoice = standing.attempts, replace(standing.invoice, read_at=at)
        known = customer.keeping(metadata_asked(self.settings))
        chosen = settings_for(self.advice.case(invoice, attempts, known, self.settings, at), self.settings)
        invoice = remembered(invoice, standing.invoice, customer, chosen, at)
        model = self._model(Standing(invoice, attempts), customer, chosen)
        decision = decide(invoice, attempts, customer, chosen, model, at)
        kept = replace(invoice, planned_retry=decision.planned_retry)
        return Standing(kept, attempts), decision

    def _model(self, standing: Standing, customer: Customer, chosen: Settings) -> RetryModel:
        key = (standing.invoice.id, chosen.retry)
        begun = any(attempt.failed for attempt in standing.attempts)
        if not begun or key not in self.models:
            found = self.advice.on(standing.invoice, standing.attempts, customer, chosen)
            if not begun:
                return found
            self.models[key] = found
        return self.models[key]
