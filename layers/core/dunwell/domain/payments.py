"""Payment methods and payment attempts: what was tried, on what, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from dunwell.domain.money import Money


class Outcome(StrEnum):
    """What came of a payment attempt. `UNKNOWN` until the processor has said something definitive."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    ACTION_REQUIRED = "action_required"
    PROCESSING = "processing"
    UNKNOWN = "unknown"


class Origin(StrEnum):
    """Who made an attempt: Dunwell, the processor's own engine, or the payer on a page."""

    DUNWELL = "dunwell"
    PROCESSOR = "processor"
    PAYER = "payer"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed, verbatim from the processor; each field None where it said nothing."""

    decline_code: str | None = None
    code: str | None = None
    advice_code: str | None = None
    network_decline_code: str | None = None
    network_advice_code: str | None = None
    outcome_type: str | None = None
    outcome_reason: str | None = None

    @property
    def classified_on(self) -> str | None:
        """The code a failure is classified on: `decline_code`, else `code`, else `outcome.reason`."""
        if self.decline_code:
            return self.decline_code
        if self.code and self.code != "card_declined":
            return self.code
        return self.outcome_reason or self.code


@dataclass(frozen=True, slots=True)
class Considered:
    """A time (UTC) that a model considered for a retry: how likely it would succeed then, and how likely
    the model was to take it (its propensity)."""

    at: datetime
    chance: float  # nosemgrep: no-floats-in-the-domain # no amount
    propensity: float  # nosemgrep: no-floats-in-the-domain # no amount


@dataclass(frozen=True, slots=True)
class Foresight:
    """What the one who chose a retry's time told of it: `by` names them, `considered` the times that were
    weighed, the one taken first. Empty where a rule alone chose."""

    by: str
    considered: tuple[Considered, ...] = ()

    @property
    def chance(self) -> float | None:
        """How likely the retry was to succeed, None where nobody said."""
        return self.considered[0].chance if self.considered else None


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """What the processor would charge. `issuer` stands for the bank behind a card, as far as the processor
    tells it. `attempted_at` holds the attempts on the same card or account in the networks' windows, over
    all invoices and initiators: when each was last sent (UTC, any order). `devices` is how many distinct
    devices presented it in the last 24 hours, None where nobody tells; `last4` the end of its number, as its
    owner knows it."""

    id: str
    kind: str
    fingerprint: str | None = None
    brand: str | None = None
    funding: str | None = None
    country: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    attempted_at: tuple[datetime, ...] = ()
    issuer: str | None = None
    devices: int | None = None
    last4: str | None = None

    @property
    def identity(self) -> str:
        """What makes it the same card or account: its fingerprint (else its id) and its expiry."""
        expiry = f"{self.exp_year}-{self.exp_month:02d}" if self.exp_year and self.exp_month else "-"
        return f"{self.fingerprint or self.id}/{expiry}"

    @property
    def expires_on(self) -> date | None:
        """The first day on which a card is no longer valid, None where nobody tells a month of this age."""
        year, month = self.exp_year or 0, self.exp_month or 0
        if not (self.is_card and 2000 <= year < 3000 and 1 <= month <= 12):
            return None
        return date(year + month // 12, month % 12 + 1, 1)

    @property
    def is_card(self) -> bool:
        return self.kind == "card"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One payment attempt on one invoice, written before the processor is called.

    `number` counts Dunwell's own attempts on the invoice from 1 and is None for foreign ones;
    `method` is the identity of the payment method tried, None where the processor does not tell it,
    and `method_id` its id; `intended` is the identity that an own attempt meant to charge.
    `charged` is False when the processor refused the call before it reached a bank. `asked` counts how
    often an unknown outcome was asked for again, the last time at `asked_at`. `foresight` is what was told of
    its time, None for foreign ones.
    """

    id: str
    origin: Origin
    started_at: datetime
    outcome: Outcome
    amount: Money
    number: int | None = None
    failure: Failure | None = None
    method: str | None = None
    method_kind: str = "card"
    charge_id: str | None = None
    idempotency_key: str | None = None
    charged: bool = True
    method_id: str | None = None
    intended: str | None = None
    asked: int = 0
    asked_at: datetime | None = None
    foresight: Foresight | None = None

    @property
    def counts(self) -> bool:
        """Whether it is the first attempt or an automatic retry: counted in `attempt_count`."""
        return self.origin is not Origin.PAYER and self.charged

    def learning(self, answer: "Attempt") -> "Attempt":
        """This attempt, once the answer to one of its calls is known, in whatever order answers come.

        An unknown outcome tells nothing that is not known already, and the last question stays the last.
        """
        if answer.outcome is Outcome.UNKNOWN and self.outcome is not Outcome.UNKNOWN:
            return self
        if self.asked > answer.asked:
            return replace(answer, asked=self.asked, asked_at=self.asked_at)
        return answer

    @property
    def last_asked_at(self) -> datetime:
        """When its key was last sent."""
        return self.asked_at or self.started_at

    def tried(self, method: PaymentMethod) -> bool:
        """Whether it tried this payment method, or meant to.

        By the card or account itself; by the method's id only where the card behind it is not known.
        """
        if method.identity in (self.method, self.intended):
            return True
        return method.fingerprint is None and self.method_id == method.id

    @property
    def failed(self) -> bool:
        return self.outcome in (Outcome.DECLINED, Outcome.ACTION_REQUIRED)


def attempt_count(attempts: Iterable[Attempt]) -> int:
    """The first attempt and the automatic retries, derived from the attempts themselves."""
    return sum(1 for attempt in attempts if attempt.counts)


def next_attempt_number(attempts: Iterable[Attempt]) -> int:
    """The number that Dunwell's next own attempt on the invoice would carry."""
    return 1 + max((attempt.number for attempt in attempts if attempt.number), default=0)
