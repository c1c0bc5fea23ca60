"""The ports in memory: small, and held to the same contract tests as the real adapters."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dunwell.domain.customers import Customer
from dunwell.domain.limits import FINAL_ACTION_TRIES_MAX, IDEMPOTENCY_KEY_MAX_AGE
from dunwell.domain.payments import Outcome
from dunwell.domain.policies import Settings
from dunwell.ports import ObjectMissingError, StaleFactsError
from dunwell.records import ChargeResult, CustomerFile, EventState, Reading, attempt_key, card_key

from tests.build import DAY_0, settings


@dataclass
class FakeClock:
    """Stands still; `slow` makes each look at it take so long."""

    at: datetime = DAY_0
    slow: timedelta = timedelta(0)

    def now(self):
        self.at += self.slow
        return self.at


@dataclass
class FakeCustomers:
    clock: FakeClock
    files: dict = field(default_factory=dict)
    due_at: dict = field(default_factory=dict)
    wanted: dict = field(default_factory=dict)

    def load(self, customer_id):
        return self.files.get(customer_id)

    def save(self, before, records, next_due_at):
        customer_id = before.customer.id
        if self.files[customer_id].version != before.version:
            raise StaleFactsError(customer_id)
        customer = self.files[customer_id].customer.with_records(records)
        self.files[customer_id] = replace(before, customer=customer, version=before.version + 1)
        self.due_at[customer_id] = next_due_at

    def move(self, customer_id, key, from_states, record):
        file = self.files[customer_id]
        known = file.customer.record(key)
        if known is None or known.state not in from_states:
            return False
        self.files[customer_id] = replace(file, customer=file.customer.with_records([record]))
        return True

    def suppress(self, customer_id, suppression):
        file = self.files[customer_id]
        others = (s for s in file.customer.suppressed if s.address != suppression.address)
        customer = replace(file.customer, suppressed=(*others, suppression))
        self.files[customer_id] = replace(file, customer=customer)

    def hear(self, facts):
        """What an invoice's write tells of its customer."""
        known = self.files.get(facts.customer.id)
        records = known.customer.records if known else ()
        others = tuple(m for m in known.wanted if m.invoice_id != facts.invoice.id) if known else ()
        suppressed = known.customer.suppressed if known else ()
        customer = replace(facts.customer, records=records, suppressed=suppressed)
        version = known.version + 1 if known else 1
        self.files[customer.id] = CustomerFile(customer, (*others, *facts.wanted), version)


@dataclass
class FakeInvoices:
    clock: FakeClock
    customers: FakeCustomers
    facts: dict = field(default_factory=dict)
    decisions: dict = field(default_factory=dict)
    cards: dict = field(default_factory=dict)
    final: dict = field(default_factory=dict)
    applied: list = field(default_factory=list)

    def load(self, invoice_id):
        return self.facts.get(invoice_id)

    def load_attempted_at(self, card, since):
        return {key: at for key, at in self.cards.get(card, {}).items() if at >= since}

    def save(self, before, after, decision, settings_version, event_id):
        stored = self.facts.get(after.invoice.id)
        if (stored.version if stored else None) != (before.version if before else None):
            raise StaleFactsError(after.invoice.id)
        customer = Customer(after.customer.id)
        self.facts[after.invoice.id] = replace(after, version=after.version + 1, customer=customer)
        self.decisions[after.invoice.id] = decision
        for attempt in after.attempts:
            if attempt.method and attempt.charged:
                key = attempt_key(after.invoice.id, attempt)
                self.cards.setdefault(card_key(attempt.method), {})[key] = attempt.started_at
        if after.wanted != (before.wanted if before else ()) or before is None:
            self.customers.hear(after)
        if event_id:
            self.applied.append(event_id)

    def begin_final_action(self, facts, record):
        begun = self.final.setdefault((facts.invoice.id, record.kind), [])
        for earlier in begun:
            if self.clock.at - earlier.started_at <= IDEMPOTENCY_KEY_MAX_AGE:
                return earlier
        if len(begun) >= FINAL_ACTION_TRIES_MAX:
            return None
        if self.facts[facts.invoice.id].version != facts.version:
            raise StaleFactsError(facts.invoice.id)
        self.facts[facts.invoice.id] = replace(self.facts[facts.invoice.id], version=facts.version + 1)
        begun.append(replace(record, idempotency_key=f"{record.idempotency_key}-{len(begun) + 1}"))
        return begun[-1]

    def ids_of_customer(self, customer_id):
        return [
            f.invoice.id
            for f in self.facts.values()
            if f.invoice.customer_id == customer_id and f.invoice.is_open
        ]


@dataclass
class FakeEvents:
    events: dict = field(default_factory=dict)
    reasons: dict = field(default_factory=dict)

    def store(self, event):
        _, state = self.events.setdefault(event.id, (event, EventState.STORED))
        return state is EventState.STORED

    def load(self, event_id):
        return self.events.get(event_id)

    def ignore(self, event_id, reason):
        self.events[event_id] = (self.events[event_id][0], EventState.IGNORED)
        self.reasons[event_id] = reason

    def applied(self, event_id):
        self.events[event_id] = (self.events[event_id][0], EventState.APPLIED)


@dataclass
class FakeQueues:
    sent: list = field(default_factory=list)

    def send(self, worker, bodies):
        found = [(worker, dict(body)) for body in bodies]
        self.sent += found
        return len(found)


@dataclass
class FakeProcessor:
    """Says what `reading` holds; a charge answers with the next result and calls `on_charge` first."""

    clock: FakeClock
    reading: Reading | None = None
    results: list = field(default_factory=list)
    charged: list = field(default_factory=list)
    edits: list = field(default_factory=list)
    edits_work: bool = True
    on_charge: object = None

    def read_invoice(self, invoice_id):
        if self.reading is None:
            raise ObjectMissingError(invoice_id)
        return replace(self.reading, invoice=replace(self.reading.invoice, read_at=self.clock.at))

    def invoice_of_payment(self, payment_intent_id):
        return None

    def charge(self, invoice_id, idempotency_key):
        if self.on_charge:
            self.on_charge()
        self.charged.append(idempotency_key)
        return self.results.pop(0) if self.results else ChargeResult(Outcome.UNKNOWN)

    def credit(self, invoice_id, amount, idempotency_key):
        self.edits.append(("credit", amount.amount, idempotency_key))
        return self.edits_work

    def mark_uncollectible(self, invoice_id, idempotency_key):
        self.edits.append(("mark", idempotency_key))
        return self.edits_work


@dataclass
class FakeMailer:
    error: Exception | None = None
    sent: list = field(default_factory=list)

    def send(self, mail):
        if self.error:
            raise self.error
        self.sent.append(mail)
        return "ses-1"


@dataclass
class FakeAttemptRate:
    hours: Counter = field(default_factory=Counter)

    def admit(self, now, per_hour_max):
        hour = now.replace(minute=0, second=0, microsecond=0)
        room = self.hours[hour] < per_hour_max
        self.hours[hour] += room
        return room


@dataclass
class FakeSettings:
    chosen: Settings = field(default_factory=settings)

    def current(self):
        return self.chosen


@dataclass
class FakeTelling:
    counts: Counter = field(default_factory=Counter)
    warnings: list = field(default_factory=list)

    def count(self, name, value=1):
        self.counts[name] += value

    def note(self, text, **fields):
        pass

    def warn(self, text, **fields):
        self.warnings.append(text)
