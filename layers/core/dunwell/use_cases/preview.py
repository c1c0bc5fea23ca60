"""What settings would do: the outlook on customers' invoices. Nothing is sent, and nothing written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from dunwell.domain.outlook import Expected, Standing, outlook
from dunwell.domain.policies import Settings
from dunwell.ports import Agenda, Calendar, Clock, CustomerStore, InvoiceStore
from dunwell.use_cases.advice import Advice
from dunwell.use_cases.rehearsal import Rehearsal
from dunwell.workers import Worker


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
        rehearsal = Rehearsal(self.advice, settings)
        return outlook(standings, customer, settings, rehearsal, now, now + timedelta(days=days))

    def _open(self, customer_id: str) -> Iterator[Standing]:
        for invoice_id in self.invoices.ids_of_customer(customer_id):
            facts = self.invoices.load(invoice_id)
            if facts is not None:
                yield Standing(facts.invoice, facts.attempts)
