"""The customer as facts: whom to write to, when, and what was written already."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final


class MessageKind(StrEnum):
    """What a mail is about."""

    INVOICE_FINALIZED = "invoice_finalized"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_ACTION_REQUIRED = "payment_action_required"
    REMINDER = "reminder"
    CARD_EXPIRING = "card_expiring"
    PAYMENT_RECEIVED = "payment_received"
    PROMISE_CONFIRMED = "promise_confirmed"
    PROMISE_BROKEN = "promise_broken"


_ASK_TO_PAY: Final = frozenset({MessageKind.REMINDER, MessageKind.PAYMENT_FAILED, MessageKind.PROMISE_BROKEN})


class MessageState(StrEnum):
    """Where a message stands. `PLANNED` was handed over, `CLAIMED` is being sent, the rest are ends."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENT = "sent"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class Feedback(StrEnum):
    """What the mail service reported of a mail that left, the weakest first."""

    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


OURS: Final = "dunwell_"
"""What the names of metadata begin with that are meant for Dunwell."""

SECOND_EMAIL_KEY: Final = "dunwell_email"
"""Customer metadata: another address, written to once the first one cannot be."""


REROUTED: Final = ":rerouted"
"""What the key of a message ends with that goes to another address because it bounced at the first."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that is not written to any more: since when (UTC), and what it did."""

    address: str
    feedback: Feedback
    at: datetime


@dataclass(frozen=True, slots=True)
class WantedMessage:
    """A mail that an invoice's decision wants. `key` names it once and for all.

    It leaves within [`not_before`, `expires_at`) (UTC) or is skipped. `offset_days` is a reminder's
    offset from the due date; `attempt_id` the failed attempt it is about.
    """

    key: str
    kind: MessageKind
    invoice_id: str
    not_before: datetime
    expires_at: datetime
    offset_days: int | None = None
    attempt_id: str | None = None

    @property
    def is_courtesy(self) -> bool:
        """Whether it only helps and can be unsubscribed from: nothing is due or has failed yet."""
        early = self.kind is MessageKind.REMINDER and (self.offset_days or 0) < 0
        return early or self.kind is MessageKind.CARD_EXPIRING

    @property
    def rerouted(self) -> "WantedMessage":
        """The same message once more, for another address, under a key of its own."""
        return replace(self, key=f"{self.key}{REROUTED}")

    def joins(self, other: "WantedMessage") -> bool:
        """Whether both ask to pay, and may do so in one mail, a statement: one from which one can unsubscribe
        tells nothing else."""
        asks = self.kind in _ASK_TO_PAY and other.kind in _ASK_TO_PAY
        return asks and self.is_courtesy == other.is_courtesy


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """What became of a message. `at` is when its state was last changed (UTC).

    `sent_to` is the address it was handed to the mail service for; `feedback` the strongest thing that
    the service reported of it since. A statement's `tells` are the further messages that it stands for, on
    other invoices."""

    key: str
    kind: MessageKind
    invoice_id: str
    state: MessageState
    at: datetime
    reason: str | None = None
    claimed_by: str | None = None
    ses_message_id: str | None = None
    offset_days: int | None = None
    attempt_id: str | None = None
    sent_to: str | None = None
    feedback: Feedback | None = None
    tells: tuple[WantedMessage, ...] = ()

    @property
    def may_leave(self) -> bool:
        """Whether the mail left, may have, or is on its way."""
        return self.state is not MessageState.SKIPPED

    @property
    def messages(self) -> "tuple[MessageRecord | WantedMessage, ...]":
        """All that the mail tells: its own message, and those that a statement stands for."""
        return (self, *self.tells)

    def is_about(self, invoice_id: str) -> bool:
        return any(message.invoice_id == invoice_id for message in self.messages)

    @property
    def in_hand(self) -> bool:
        """Whether somebody is on the way to sending it."""
        return self.state in (MessageState.PLANNED, MessageState.CLAIMED)

    def moved(self, state: MessageState, at: datetime) -> "MessageRecord":
        return replace(self, state=state, at=at)


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer's facts. `time_zone` is their own (metadata, else address), None when not known;
    `preferred_locales` is in the order of preference; `records` are the messages decided so far;
    `suppressed` the addresses that bounced for good or complained; `metadata` those of the processor's that
    begin with `OURS` or that automations ask for; `created_at` is when the processor got to know them (UTC);
    `unsubscribed_at` is when they unsubscribed from mails that only help (UTC);
    `country` (ISO 3166, two letters) and `region` are their address's, `closed_dates` the weekends and
    holidays there, as far as somebody looked."""

    id: str
    email: str | None = None
    name: str | None = None
    time_zone: str | None = None
    preferred_locales: tuple[str, ...] = ()
    records: tuple[MessageRecord, ...] = ()
    suppressed: tuple[Suppression, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    unsubscribed_at: datetime | None = None
    created_at: datetime | None = None
    country: str | None = None
    region: str | None = None
    closed_dates: frozenset[date] = frozenset()

    @property
    def second_email(self) -> str | None:
        """Another address of theirs, which the owner knows (metadata)."""
        return self.metadata.get(SECOND_EMAIL_KEY, "").strip() or None

    @property
    def reachable_address(self) -> str | None:
        """The address that mails go to: the customer's own, else the second one where that bounced or
        complained; None where there is none that may be written to."""
        told = (self.email, self.second_email)
        return next((one for one in told if one and self.suppression(one) is None), None)

    def keeping(self, names: Collection[str]) -> "Customer":
        """The same customer with no other metadata than Dunwell's and what has one of these names."""
        kept = {k: told for k, told in self.metadata.items() if k.startswith(OURS) or k in names}
        return replace(self, metadata=kept)

    def suppression(self, address: str | None) -> Suppression | None:
        """Why an address is not written to, None when it may be."""
        named = (address or "").lower()
        return next((known for known in self.suppressed if known.address.lower() == named), None)

    def preferring(self, locale: str | None) -> "Customer":
        """The same customer, who chose a language; None where they chose none."""
        if locale is None:
            return self
        return replace(self, preferred_locales=(locale, *self.preferred_locales))

    def zone(self, owner_zone: str) -> str:
        """The zone whose days and hours count for this customer."""
        return self.time_zone or owner_zone

    def record(self, key: str) -> MessageRecord | None:
        return next((record for record in self.records if record.key == key), None)

    def is_settled(self, key: str) -> bool:
        """Whether a message needs no decision any more: it has a record, or a statement stands for it."""
        told = (message for record in self.records if record.may_leave for message in record.tells)
        return self.record(key) is not None or any(message.key == key for message in told)

    def missed(self, key: str) -> bool:
        """Whether a mail with this message bounced for good, at an address that was the customer's, and there
        is another one to write to."""
        told = (r for r in self.records if any(message.key == key for message in r.messages))
        return self.reachable_address is not None and any(
            record.feedback is Feedback.BOUNCED and self._bounces(record.sent_to) for record in told
        )

    def _bounces(self, address: str | None) -> bool:
        known = self.suppression(address)
        return known is not None and known.feedback is Feedback.BOUNCED

    def with_records(self, changed: Iterable[MessageRecord]) -> "Customer":
        """The same customer, in whose records those of the same keys are replaced."""
        records = {record.key: record for record in self.records}
        records |= {record.key: record for record in changed}
        return replace(self, records=tuple(records.values()))


def reminder_key(invoice_id: str, offset_days: int) -> str:
    """Reminders are keyed by their offset, so that a change of zone never sends one again."""
    return f"{invoice_id}:reminder:{offset_days:+d}"


def mail_again_key(invoice_id: str, at: datetime) -> str:
    """One message for each instant (UTC) at which it was asked for."""
    return f"{invoice_id}:again:{at:%Y%m%dT%H%M%S}"


def payment_failed_key(invoice_id: str, attempt_id: str) -> str:
    return f"{invoice_id}:payment_failed:{attempt_id}"


def invoice_finalized_key(invoice_id: str) -> str:
    return f"{invoice_id}:invoice_finalized"


def card_expiring_key(invoice_id: str, identity: str) -> str:
    """By the card and its expiry: a new one is another matter."""
    return f"{invoice_id}:{MessageKind.CARD_EXPIRING}:{identity}"


def card_of(key: str) -> str:
    """The card that a note on one that expires is about, by such a message's key."""
    return key.removesuffix(REROUTED).partition(f":{MessageKind.CARD_EXPIRING}:")[2] or key


def payment_received_key(invoice_id: str) -> str:
    return f"{invoice_id}:payment_received"


def promise_key(invoice_id: str, kind: MessageKind, number: int) -> str:
    """By which of the invoice's promises it is about, counted from 1."""
    return f"{invoice_id}:{kind}:{number}"


def reminder_date(due_date: date, offset_days: int) -> date:
    return date.fromordinal(due_date.toordinal() + offset_days)
