"""The values that ports carry: what adapters give to use cases, and take from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from dunwell.domain.announcements import Announced, EventType
from dunwell.domain.attribution import Charge
from dunwell.domain.bills import Bill
from dunwell.domain.customers import Customer, WantedMessage
from dunwell.domain.decision import FINAL_ACTIONS, ActionKind, Decision
from dunwell.domain.invoices import Invoice, Status
from dunwell.domain.limits import FINAL_ACTION_REST, IDEMPOTENCY_KEY_MAX_AGE
from dunwell.domain.money import Money
from dunwell.domain.offers import Choice, Days, Offers, Problem
from dunwell.domain.payment_records import PaymentRecord
from dunwell.domain.payments import Attempt, Failure, Outcome
from dunwell.domain.policies import Settings
from dunwell.domain.recovery import Recovery
from dunwell.workers import Lane, Worker

WORKER_OF: Final = {
    ActionKind.ATTEMPT_PAYMENT: Worker.RETRY_EXECUTION,
    ActionKind.RESOLVE_ATTEMPT: Worker.ATTEMPT_RESOLUTION,
    ActionKind.CREDIT_SHORTFALL: Worker.FINAL_ACTION,
    ActionKind.MARK_UNCOLLECTIBLE: Worker.FINAL_ACTION,
    ActionKind.LOOK_AGAIN: Worker.EVENT_PROCESSING,
}
"""Which function does which action."""


def lane_of(kind: ActionKind) -> Lane:
    return Lane.FINAL if kind in FINAL_ACTIONS else Lane.WORK


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one invoice. `version` grows with each write; 0 is not stored yet.

    `wanted` are the messages that the last decision wanted; the digests tell whether the decision and
    the customer differ from what is stored. `card_claims` are those of the card that would be charged, as
    they were read; `ended` the records of attempts that ended since. `announced` is what others were told of
    it so far, `news` what they are told with this write. `recovery` is what the report counts it for.
    """

    invoice: Invoice
    attempts: tuple[Attempt, ...]
    customer: Customer
    version: int = 0
    wanted: tuple[WantedMessage, ...] = ()
    decision_digest: str | None = None
    customer_digest: str | None = None
    card_claims: int = 0
    ended: tuple[PaymentRecord, ...] = ()
    announced: Announced = field(default_factory=Announced)
    recovery: Recovery | None = None
    news: tuple["PublishedEvent", ...] = ()

    @property
    def own_attempts(self) -> tuple[Attempt, ...]:
        return tuple(attempt for attempt in self.attempts if attempt.number is not None)

    def begun(self, before: "Facts | None") -> Attempt | None:
        """The attempt of our own that is begun with these facts and was not before, None when none is."""
        known = {attempt.id for attempt in before.attempts} if before else set()
        begun = (a for a in self.own_attempts if a.id not in known and a.outcome is Outcome.UNKNOWN)
        return next(begun, None)

    def claimed_card(self, before: "Facts | None") -> str | None:
        """The card that it is begun on, None where there is none."""
        begun = self.begun(before)
        return card_key(begun.method) if begun is not None and begun.method is not None else None


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """What is published of an invoice: the `number`-th announcement of it (from 1), made at an instant (UTC),
    with the invoice's state of then. Its id is the same however often it is published."""

    invoice_id: str
    number: int
    type: EventType
    at: datetime
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.invoice_id}:{self.number}"


def event_of(event_id: str) -> tuple[str, int]:
    """The invoice and the number that a published event's id names. Raises `ValueError` for anything else."""
    invoice_id, _, number = event_id.rpartition(":")
    return invoice_id, int(number)


@dataclass(frozen=True, slots=True)
class Refused:
    """A choice that was not taken down: why, what had been filled in, and the days that would be right."""

    choice: Choice
    problem: Problem
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    days: Days | None = None


@dataclass(frozen=True, slots=True)
class PageView:
    """What a hosted invoice page shows: an invoice as it is this moment, what is decided on it, what it is
    for, and what may be chosen. `done` is the choice that was just taken down, `refused` one that was not."""

    facts: Facts
    decision: Decision
    settings: Settings
    bill: Bill | None
    offers: Offers
    done: Choice | None = None
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class CardUse:
    """A card's attempts over all invoices, by their keys, and how many of them we have begun so far: who
    begins another must have seen all of those."""

    attempted_at: Mapping[str, datetime]
    claims: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What the processor said of an invoice at `invoice.read_at`, in one go. `bill` is what it is for."""

    invoice: Invoice
    charges: tuple[Charge, ...]
    customer: Customer
    bill: Bill | None = None


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link to one invoice's hosted page that is good until `expires_at` (UTC)."""

    invoice_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ChargeResult:
    """What the processor answered to one charge. `charged` is False when no bank was asked."""

    outcome: Outcome
    failure: Failure | None = None
    charge_id: str | None = None
    charged: bool = True


@dataclass(frozen=True, slots=True)
class Glance:
    """As much of an invoice as shows whether we and the processor agree on it."""

    invoice_id: str
    status: Status
    amount_remaining: Money


@dataclass(frozen=True, slots=True)
class DueEntry:
    """One row of the due index: whose it is, for which worker, and the time it carries in the index."""

    id: str
    worker: Worker
    due_at: datetime


@dataclass(frozen=True, slots=True)
class FinalActionRecord:
    """That a final action was begun, written before the processor is called."""

    kind: str
    idempotency_key: str
    started_at: datetime
    amount: Money | None = None

    def may_be_sent(self, now: datetime) -> bool:
        """Whether its key may be sent, for the first time or again."""
        return now - self.started_at <= IDEMPOTENCY_KEY_MAX_AGE - FINAL_ACTION_REST

    def is_over(self, now: datetime) -> bool:
        """Whether another may be begun: its key is never sent again, and was not just before."""
        return now - self.started_at > IDEMPOTENCY_KEY_MAX_AGE


@dataclass(frozen=True, slots=True)
class Link:
    """Where a mail leads (`url`), and where a POST unsubscribes from such mails; None: nowhere."""

    url: str | None
    unsubscribe_url: str | None = None


@dataclass(frozen=True, slots=True)
class MailItem:
    """What a mail says of one invoice: the message that it stands for, as the invoice is this moment, and the
    settings that hold for it."""

    message: WantedMessage
    facts: Facts
    decision: Decision
    link: Link
    settings: Settings


@dataclass(frozen=True, slots=True)
class Mail:
    """A rendered mail. `tags` tie it to its record (`customer`, `message`); no header holds a line break."""

    to: str
    subject: str
    html: str
    text: str
    sender_name: str
    reply_to: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    unsubscribe_url: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """A customer with their records, and the messages that their invoices want."""

    customer: Customer
    wanted: tuple[WantedMessage, ...]
    version: int


def glance_at(invoice: Invoice) -> Glance:
    return Glance(invoice.id, invoice.status, invoice.amount_remaining)


def card_key(method_identity: str) -> str:
    """What attempts are counted by in the networks' windows: the card or account, whatever its expiry."""
    return method_identity.rsplit("/", 1)[0]


def attempt_key(invoice_id: str, attempt: Attempt) -> str:
    """Names an attempt over all invoices."""
    return f"{invoice_id}#{attempt.id}"
