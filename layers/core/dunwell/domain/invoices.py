"""The invoice as facts, as the processor last told them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from dunwell.domain.days import local_date
from dunwell.domain.money import Money
from dunwell.domain.payers_word import PayersWord
from dunwell.domain.payments import Foresight, PaymentMethod


class Status(StrEnum):
    """Stripe's five statuses. Uncollectible is not final: such an invoice can be paid or voided."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    UNCOLLECTIBLE = "uncollectible"
    VOID = "void"


class CollectionMethod(StrEnum):
    CHARGE_AUTOMATICALLY = "charge_automatically"
    SEND_INVOICE = "send_invoice"


@dataclass(frozen=True, slots=True)
class PlannedRetry:
    """A retry time once chosen, and why (`reason`). It stays while `basis`, the facts it was chosen on,
    stays the same. `foresight` is what a model told of it."""

    at: datetime
    basis: str
    reason: str
    foresight: Foresight | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice's facts. Instants are UTC; amounts are what the processor says at `read_at`.

    `processor_next_attempt_at` is set while the processor's own engine means to retry.
    `processor_attempt_count` is the processor's own count, which knows only its own retries.
    `payment_method` is the one the processor would charge, None when there is none.
    `word` is what the payer told us, which the processor knows nothing of.
    `due_at` is None for `charge_automatically`, `paid_at` as long as it is not paid.
    `products` are the ids of what its lines bill, as far as they were read.
    `mail_asked_at` is when the owner last had the invoice mailed again. `at_rest_since` is the first of
    the looks that found that nothing was to be done about it (a promise, a dispute, a pause), `rest_ended_at`
    the look that first found such a rest over.
    """

    id: str
    customer_id: str
    status: Status
    collection_method: CollectionMethod
    amount_due: Money
    amount_paid: Money
    amount_remaining: Money
    created_at: datetime
    read_at: datetime
    finalized_at: datetime | None = None
    due_at: datetime | None = None
    auto_advance: bool = True
    attempted: bool = False
    processor_next_attempt_at: datetime | None = None
    processor_attempt_count: int = 0
    payment_processing: bool = False
    payment_action_required: bool = False
    payment_method: PaymentMethod | None = None
    hosted_invoice_url: str | None = None
    number: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    planned_retry: PlannedRetry | None = None
    paid_at: datetime | None = None
    word: PayersWord = field(default_factory=PayersWord)
    billing_reason: str | None = None
    products: tuple[str, ...] = ()
    mail_asked_at: datetime | None = None
    at_rest_since: datetime | None = None
    rest_ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status is Status.OPEN

    @property
    def charges_automatically(self) -> bool:
        return self.collection_method is CollectionMethod.CHARGE_AUTOMATICALLY

    @property
    def partially_paid(self) -> bool:
        return self.amount_paid.amount > 0 and self.amount_remaining.amount > 0

    @property
    def received(self) -> Money:
        """What was paid: of a paid invoice all that was due where the processor knows of no payment, because
        it came another way (`paid_out_of_band`)."""
        elsewhere = self.status is Status.PAID and self.amount_paid.amount == 0
        return self.amount_due if elsewhere else self.amount_paid

    def due_date(self, owner_zone: str) -> date:
        """The calendar day in the owner's zone on which it is due.

        An invoice that is charged automatically has no due date in Stripe; it is due on the day it
        was finalized.
        """
        return local_date(self.due_at or self.finalized_at or self.created_at, owner_zone)
