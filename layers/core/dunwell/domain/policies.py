"""The owner's settings as values. Reading them from a document is `dunwell.settings`' work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from dunwell.domain.invoices import CollectionMethod
from dunwell.domain.money import Money

HAND_OVER_KEY = "dunwell_collect"
"""Metadata: "true" hands an invoice to Dunwell, "false" keeps it out, or all of a customer's."""

COLLECT_REASON_KEY = "dunwell_collect_reason"
"""Metadata beside it: why, and by whom."""


LANGUAGES: Final = ("en", "de", "es", "fr", "it", "ja", "nl", "pt")
"""Languages that customers are written to in; the first one is the fallback of all."""


PAGE_LINK: Final = "page"
"""Dunwell's own hosted invoice page."""

PROCESSOR_LINK: Final = "processor"
"""The processor's page (`hosted_invoice_url`)."""

INVOICE_IN_LINK: Final = "{invoice_id}"
"""What stands for the invoice's id in an address of the owner's."""


class RetryKind(StrEnum):
    """`SMART` chooses the times within a window by what was learnt, `EVEN` spreads them over it, `CUSTOM`
    follows a list of days, `OFF` never retries."""

    SMART = "smart"
    EVEN = "even"
    CUSTOM = "custom"
    OFF = "off"


class PastDueAction(StrEnum):
    MARK_UNCOLLECTIBLE = "mark_uncollectible"
    LEAVE_PAST_DUE = "leave_past_due"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When failed payments are retried.

    `smart` and `even`: `retries` retries within `window_days` of the first failure. `custom`: retry k is
    made `days_after_previous[k - 1]` days after the attempt before it. `holdout_percent` of the customers
    get the even schedule in place of the smart one, so that the two can be compared.
    """

    kind: RetryKind = RetryKind.SMART
    retries: int = 8
    window_days: int = 14
    days_after_previous: tuple[int, ...] = ()
    holdout_percent: int = 5

    @property
    def retries_max(self) -> int:
        """How many retries the policy allows on one invoice."""
        if self.kind is RetryKind.OFF:
            return 0
        return len(self.days_after_previous) if self.kind is RetryKind.CUSTOM else self.retries

    @property
    def name(self) -> str:
        """The policy in one short word, as reasons and plans cite it."""
        if self.kind is RetryKind.CUSTOM:
            return "custom " + "-".join(map(str, self.days_after_previous))
        if self.kind is RetryKind.OFF:
            return "off"
        return f"{self.kind} {self.retries} in {self.window_days} days"

    @property
    def has_window(self) -> bool:
        """Whether retries lie within `window_days` of the first failure."""
        return self.kind in (RetryKind.SMART, RetryKind.EVEN)


@dataclass(frozen=True, slots=True)
class MessagePolicy:
    """Which mails are sent, and when they may leave.

    `reminder_offsets_days` are days from the due date (negative before it). A mail leaves between
    `send_from_hour` and `send_until_hour` o'clock, customer's time; it is skipped when it could not
    leave within `grace_days` after its day. `texts` are the owner's own, by language and by key, in place
    of Dunwell's. With `statements` what asks to pay several invoices at once is one mail. `link`
    is where mails send the customer: `PAGE_LINK`, `PROCESSOR_LINK`, or an address of the owner's in which
    `INVOICE_IN_LINK` stands for the invoice's id. With `business_days` none leaves on a weekend or public
    holiday of the customer's.
    """

    invoice_finalized: bool = True
    payment_failed: bool = True
    payment_action_required: bool = True
    payment_received: bool = True
    card_expiring: bool = True
    promises: bool = True
    statements: bool = True
    reminders: bool = True
    reminder_offsets_days: tuple[int, ...] = (-3, 0, 3, 7, 14)
    reminder_collection_methods: frozenset[CollectionMethod] = frozenset({CollectionMethod.SEND_INVOICE})
    send_from_hour: int = 9
    send_until_hour: int = 18
    grace_days: int = 2
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    link: str = "page"
    business_days: bool = False


@dataclass(frozen=True, slots=True)
class PastDuePolicy:
    """What becomes of an invoice that is `after_days` local days past due (owner's zone)."""

    action: PastDueAction = PastDueAction.LEAVE_PAST_DUE
    after_days: int = 60


@dataclass(frozen=True, slots=True)
class Branding:
    """Who a mail is from: the name it is signed with, where an answer goes, and how it looks.

    `language` is for customers who prefer none that there are texts in. `accent` is the colour of buttons
    (`#rrggbb`), `logo_url` the web address of an image for mails, `icon` a small image as a `data:` URI for
    pages, which load nothing, `address` the legal one at a mail's foot.
    """

    name: str = "Accounts receivable"
    reply_to: str | None = None
    language: str = "en"
    accent: str = "#1f4fd8"
    logo_url: str | None = None
    icon: str | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Switches that stop all charging (attempts, and asking for unknown outcomes by their keys) or all
    mail at once. What is planned stays planned, and is late when the switch is released."""

    charging: bool = False
    mail: bool = False


Amounts = Mapping[str, int]
"""Minor units by currency."""

Asked = Mapping[str, tuple[str, ...]]
"""Metadata: for each key the values of which it must have one."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What an invoice must be like; what is empty or None asks nothing. Amounts are of what is due."""

    amount_at_least: Amounts = field(default_factory=dict)
    amount_below: Amounts = field(default_factory=dict)
    currency: tuple[str, ...] = ()
    collection_method: tuple[str, ...] = ()
    billing_reason: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    invoice_metadata: Asked = field(default_factory=dict)
    country: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    customer_metadata: Asked = field(default_factory=dict)
    customer_days_at_least: int | None = None
    customer_days_below: int | None = None
    decline_code: tuple[str, ...] = ()
    payments_failed_at_least: int | None = None
    payments_succeeded_at_least: int | None = None


@dataclass(frozen=True, slots=True)
class Automation:
    """The settings for invoices of which the conditions hold: the owner's, with what this one overrides."""

    name: str
    when: Conditions
    settings: "Settings"


@dataclass(frozen=True, slots=True)
class Applied:
    """The automation whose settings count for one invoice, and what it asked for, in words."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of the owner's other systems, told of events at `url` (https). `events` are the types that it
    wants; none for all."""

    name: str
    url: str
    events: frozenset[str] = frozenset()

    def wants(self, event_type: str) -> bool:
        return not self.events or event_type in self.events


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the owner decides.

    `active_since` is None in observe mode; else the instant (UTC) of activation: invoices finalized
    from then on are collected, those that were open before only with `adopt_open_invoices`.
    `time_zone` is the owner's IANA zone. `tolerance` is the largest shortfall to credit, by currency.
    `attempts_per_hour` is the circuit breaker: no more new attempts in any clock hour, over all
    invoices. `version` names this version in every decision made with it. The first of `automations` that
    matches an invoice has settings of its own for it; they tell so (`applied`), and of an exception that the
    owner made of its retry rule (`own_rule`). `webhooks` are told of events.
    """

    version: int = 0
    active_since: datetime | None = None
    adopt_open_invoices: bool = False
    collect_without_auto_advance: bool = False
    time_zone: str = "UTC"
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    messages: MessagePolicy = field(default_factory=MessagePolicy)
    past_due: PastDuePolicy = field(default_factory=PastDuePolicy)
    tolerance: Mapping[str, Money] = field(default_factory=dict)
    branding: Branding = field(default_factory=Branding)
    stop: Stop = field(default_factory=Stop)
    attempts_per_hour: int = 1_000
    automations: tuple[Automation, ...] = ()
    webhooks: tuple[Endpoint, ...] = ()
    applied: Applied | None = None
    own_rule: str | None = None

    @property
    def retry_policies(self) -> tuple[RetryPolicy, ...]:
        """The owner's retry policy, and those of automations."""
        return (self.retry, *(automation.settings.retry for automation in self.automations))
