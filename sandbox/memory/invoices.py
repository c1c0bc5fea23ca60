"""`InvoiceStore` in memory: facts, decisions and the agenda's entries of each invoice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from dunwell.domain.customers import Customer
from dunwell.domain.decision import Action, Decision
from dunwell.domain.limits import FINAL_ACTION_TRIES_MAX
from dunwell.domain.recovery import Recovery
from dunwell.errors import StaleFactsError
from dunwell.ports import Clock
from dunwell.records import (
    WORKER_OF,
    CardUse,
    DueEntry,
    Facts,
    FinalActionRecord,
    Glance,
    PublishedEvent,
    attempt_key,
    card_key,
    glance_at,
    lane_of,
)
from dunwell.workers import Lane

from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.events import MemoryEvents
from sandbox.memory.payments import MemoryPayments


@dataclass
class MemoryInvoices:
    """`due` holds each open invoice's entry with its lane; `keys` every idempotency key ever begun."""

    clock: Clock
    customers: MemoryCustomers
    events: MemoryEvents
    facts: dict[str, Facts] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    due: dict[str, tuple[Lane, DueEntry]] = field(default_factory=dict)
    cards: dict[str, dict[str, datetime]] = field(default_factory=dict)
    claims: dict[str, int] = field(default_factory=dict)
    final: dict[tuple[str, str], list[FinalActionRecord]] = field(default_factory=dict)
    payments: MemoryPayments = field(default_factory=MemoryPayments)
    published: list[PublishedEvent] = field(default_factory=list)
    recoveries: list[tuple[str, Recovery]] = field(default_factory=list)
    _customer_told: dict[str, Customer] = field(default_factory=dict)

    def load(self, invoice_id: str) -> Facts | None:
        return self.facts.get(invoice_id)

    def load_card(self, card: str, since: datetime) -> CardUse:
        made = {key: at for key, at in self.cards.get(card, {}).items() if at >= since}
        return CardUse(made, self.claims.get(card, 0))

    def save(
        self,
        before: Facts | None,
        after: Facts,
        decision: Decision,
        settings_version: int,
        event_id: str | None,
    ) -> None:
        invoice_id = after.invoice.id
        stored = self.facts.get(invoice_id)
        if (stored.version if stored else None) != (before.version if before else None):
            raise StaleFactsError(invoice_id)
        card = after.claimed_card(before)
        if card is not None:
            if self.claims.get(card, 0) != after.card_claims:
                raise StaleFactsError(invoice_id)
            self.claims[card] = after.card_claims + 1
        if event_id is not None:
            self.events.applied(event_id)
        self.payments.add(after.ended)
        self.published += after.news
        if after.recovery is not None:
            self.recoveries.append((f"invoice#{invoice_id}", after.recovery))
        self.facts[invoice_id] = replace(
            after, version=after.version + 1, customer=Customer(after.customer.id), ended=(), news=()
        )
        self.decisions[invoice_id] = decision
        self._enter(invoice_id, decision.next_action)
        self._remember_cards(stored, after)
        wanted_changed = after.wanted != (before.wanted if before else ())
        if wanted_changed or self._customer_told.get(invoice_id) != after.customer:
            self._customer_told[invoice_id] = after.customer
            self.customers.hear(after, wanted_changed=wanted_changed, now=self.clock.now())

    def event(self, invoice_id: str, number: int) -> PublishedEvent | None:
        told = (one for one in self.published if (one.invoice_id, one.number) == (invoice_id, number))
        return next(told, None)

    def announce(self, before: Facts, after: Facts) -> None:
        stored = self.facts[after.invoice.id]
        if stored.version != before.version:
            raise StaleFactsError(after.invoice.id)
        self.published += after.news
        self.facts[after.invoice.id] = replace(stored, version=before.version + 1, announced=after.announced)

    def begin_final_action(self, facts: Facts, record: FinalActionRecord) -> FinalActionRecord | None:
        begun = self.final.setdefault((facts.invoice.id, record.kind), [])
        for earlier in begun:
            if not earlier.is_over(self.clock.now()):
                return earlier if earlier.may_be_sent(self.clock.now()) else None
        if len(begun) >= FINAL_ACTION_TRIES_MAX:
            return None
        stored = self.facts[facts.invoice.id]
        if stored.version != facts.version:
            raise StaleFactsError(facts.invoice.id)
        self.facts[facts.invoice.id] = replace(stored, version=facts.version + 1)
        begun.append(replace(record, idempotency_key=f"{record.idempotency_key}-{len(begun) + 1}"))
        return begun[-1]

    def glances(self, invoice_ids: Sequence[str]) -> Mapping[str, Glance]:
        known = (self.facts[one].invoice for one in invoice_ids if one in self.facts)
        return {invoice.id: glance_at(invoice) for invoice in known}

    def ids_of_customer(self, customer_id: str) -> Iterable[str]:
        every = [facts.invoice for facts in self.facts.values()]
        return [one.id for one in every if one.customer_id == customer_id and one.is_open]

    def _enter(self, invoice_id: str, action: Action | None) -> None:
        if action is None:
            self.due.pop(invoice_id, None)
        else:
            entry = DueEntry(invoice_id, WORKER_OF[action.kind], action.at)
            self.due[invoice_id] = lane_of(action.kind), entry

    def _remember_cards(self, before: Facts | None, after: Facts) -> None:
        for attempt in before.attempts if before else ():
            if attempt.method and attempt.charged:
                key = attempt_key(after.invoice.id, attempt)
                self.cards[card_key(attempt.method)].pop(key, None)
        for attempt in after.attempts:
            if attempt.method and attempt.charged:
                key = attempt_key(after.invoice.id, attempt)
                self.cards.setdefault(card_key(attempt.method), {})[key] = attempt.last_asked_at
