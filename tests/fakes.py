"""Stand-ins for the world outside: clock, processor, mail service. The stores are those of sandbox/memory."""

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dunwell.domain.payments import Outcome
from dunwell.domain.policies import Settings
from dunwell.errors import ObjectMissingError, ProcessorUnavailableError
from dunwell.records import ChargeResult, Reading

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
    is_down: bool = False

    def read_invoice(self, invoice_id):
        if self.is_down:
            raise ProcessorUnavailableError("down")
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
class FakeSettings:
    chosen: Settings = field(default_factory=settings)

    def current(self, at_least=0):
        return self.chosen


@dataclass
class FakeTelling:
    counts: Counter = field(default_factory=Counter)
    ages: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    fields: list = field(default_factory=list)
    noted: list = field(default_factory=list)
    invoice_id: str | None = None

    def count(self, name, value=1):
        self.counts[name] += value

    def amount(self, name, money):
        self.counts[name, money.currency] += money.amount

    def age(self, name, age):
        self.ages.append((name, age))

    def note(self, text, **fields):
        self.noted.append((self.invoice_id, text))

    @contextmanager
    def about(self, invoice_id):
        before, self.invoice_id = self.invoice_id, invoice_id
        yield
        self.invoice_id = before

    def warn(self, text, **fields):
        self.warnings.append(text)
        self.fields.append(fields)
