"""What would happen to a customer's invoices, if nobody but Dunwell did anything and every payment failed as
the last one did: the same decisions, made one after the other at the times at which they fall due.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from dunwell.domain.contact import decide_contact
from dunwell.domain.customers import Customer, MessageRecord, MessageState, WantedMessage
from dunwell.domain.decision import Action, ActionKind, Decision
from dunwell.domain.invoices import Invoice, Status
from dunwell.domain.money import Money
from dunwell.domain.payments import Attempt, Failure, Origin, Outcome, next_attempt_number
from dunwell.domain.policies import Settings

SWEPT_AT: Final = time(3, 30)
"""When the nightly sweep makes final actions, in the owner's zone (template.yaml)."""

STEPS_MAX: Final = 5_000
"""Steps of one customer: beyond it the outlook ends early."""

_FINAL: Final = frozenset({ActionKind.CREDIT_SHORTFALL, ActionKind.MARK_UNCOLLECTIBLE})
_NO_FUNDS: Final = Failure(decline_code="insufficient_funds", code="card_declined")


class Deed(StrEnum):
    """What Dunwell does to others."""

    CHARGE = "charge"
    MAIL = "mail"
    CREDIT = "credit"
    MARK = "mark_uncollectible"


@dataclass(frozen=True, slots=True)
class Expected:
    """Something that would be done at an instant (UTC). `what` tells which attempt or mail; `amount` is what
    would be charged, credited or given up, or what a mail would be about."""

    at: datetime
    deed: Deed
    invoice_id: str
    what: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Standing:
    """An invoice as it stands, with all attempts on it."""

    invoice: Invoice
    attempts: tuple[Attempt, ...]


Decider = Callable[[Standing, Customer, datetime], tuple[Standing, Decision]]
"""Decides on an invoice at an instant; what the decision wants kept with the invoice is kept."""


def outlook(
    standings: Sequence[Standing],
    customer: Customer,
    settings: Settings,
    decide_on: Decider,
    now: datetime,
    until: datetime,
) -> list[Expected]:
    """All that would be done until an instant (UTC), in the order of time."""
    return list(_Course(dict(_by_id(standings)), customer, settings, decide_on, now).until(until))


def _by_id(standings: Sequence[Standing]) -> Iterator[tuple[str, Standing]]:
    return ((standing.invoice.id, standing) for standing in standings)


class _Course:
    """One customer's invoices on their way; `_contact_at` is when the customer is next looked at."""

    def __init__(
        self,
        standings: dict[str, Standing],
        customer: Customer,
        settings: Settings,
        decide_on: Decider,
        now: datetime,
    ) -> None:
        self._standings, self._customer, self._settings = standings, customer, settings
        self._decide_on, self._now = decide_on, now
        self._decisions: dict[str, Decision] = {}
        self._contact_at: datetime | None = now
        for invoice_id in standings:
            self._decide(invoice_id)

    def until(self, end: datetime) -> Iterator[Expected]:
        for _ in range(STEPS_MAX):
            following = self._following()
            if following is None or following[0] > end:
                return
            self._now, invoice_id = following
            yield from self._work_on(invoice_id) if invoice_id else self._write_to_them()

    def _following(self) -> tuple[datetime, str | None] | None:
        """The next minute at which something is due, and which invoice: None for the customer."""
        found: list[tuple[datetime, str | None]] = [
            (self._dispatched(decision.next_action), invoice_id)
            for invoice_id, decision in self._decisions.items()
            if decision.next_action is not None
        ]
        if self._contact_at is not None:
            found.append((_minute(self._contact_at), None))
        return min(found, key=lambda one: (one[0], one[1] is None, one[1] or ""), default=None)

    def _dispatched(self, action: Action) -> datetime:
        """When an action is worked on: at the next full minute, a final one in the next night."""
        at = max(action.at, self._now)
        return _night(at, self._settings.time_zone) if action.kind in _FINAL else _minute(at)

    def _decide(self, invoice_id: str) -> None:
        wanted = self._wanted_of(invoice_id)
        decided = self._decide_on(self._standings[invoice_id], self._customer, self._now)
        self._standings[invoice_id], self._decisions[invoice_id] = decided
        if self._wanted_of(invoice_id) != wanted:
            self._contact_at = min(self._contact_at or self._now, self._now)

    def _wanted_of(self, invoice_id: str) -> tuple[WantedMessage, ...]:
        decision = self._decisions.get(invoice_id)
        return decision.wanted_messages if decision is not None else ()

    def _work_on(self, invoice_id: str) -> Iterator[Expected]:
        """What a worker does: decides again, and acts if it is still right. The sequel is a minute later."""
        self._decide(invoice_id)
        action, standing = self._decisions[invoice_id].next_action, self._standings[invoice_id]
        if action is not None and action.at <= self._now and action.kind in _DONE:
            deed, apply = _DONE[action.kind]
            attempt = f"attempt {action.attempt_number}" if action.attempt_number else ""
            amount = action.amount or standing.invoice.amount_remaining
            yield Expected(self._now, deed, invoice_id, attempt, amount)
            self._standings[invoice_id] = apply(standing, self._now)
            self._decide(invoice_id)
        elif action is not None and action.at <= self._now:  # nobody knows what comes of it
            self._decisions[invoice_id] = replace(self._decisions[invoice_id], next_action=None)
        if self._contact_at is not None and self._contact_at <= self._now:
            self._contact_at = self._now + timedelta(seconds=1)

    def _write_to_them(self) -> Iterator[Expected]:
        """What `reminder_dispatch` does; a mail that is handed over is sent."""
        contact = decide_contact(self._customer, self._wanted(), self._settings, self._now)
        records = [_record(skip.message, MessageState.SKIPPED, self._now) for skip in contact.skipped]
        chosen = contact.next_message
        if chosen is not None and chosen.at <= self._now:
            sent = _record(chosen.message, MessageState.SENT, self._now)
            records.append(replace(sent, tells=chosen.tells))
            for message in (chosen.message, *chosen.tells):
                left = self._standings[message.invoice_id].invoice.amount_remaining
                what = message.key.split(":", 1)[1]
                yield Expected(self._now, Deed.MAIL, message.invoice_id, what, left)
        self._customer = self._customer.with_records(records)
        following = decide_contact(self._customer, self._wanted(), self._settings, self._now)
        self._contact_at = following.next_message.at if following.next_message is not None else None
        if self._contact_at is not None and self._contact_at <= self._now:
            self._contact_at = self._now + timedelta(seconds=1)

    def _wanted(self) -> list[WantedMessage]:
        return [message for invoice_id in self._standings for message in self._wanted_of(invoice_id)]


def _failed(standing: Standing, now: datetime) -> Standing:
    """The invoice after one more attempt of ours that failed as the last one did."""
    invoice, method = standing.invoice, standing.invoice.payment_method
    failed = [attempt for attempt in standing.attempts if attempt.failed]
    last = max(failed, key=lambda attempt: attempt.started_at, default=None)
    number = next_attempt_number(standing.attempts)
    attempt = Attempt(
        id=f"dunwell-{number:03d}",
        origin=Origin.DUNWELL,
        started_at=now,
        outcome=last.outcome if last is not None else Outcome.DECLINED,
        amount=invoice.amount_remaining,
        number=number,
        failure=(last.failure if last is not None else None) or _NO_FUNDS,
        method=method.identity if method else None,
        method_id=method.id if method else None,
        intended=method.identity if method else None,
        method_kind=method.kind if method else "card",
    )
    used = replace(method, attempted_at=(*method.attempted_at, now)) if method else None
    return Standing(replace(invoice, payment_method=used), (*standing.attempts, attempt))


def _credited(standing: Standing, now: datetime) -> Standing:
    invoice = standing.invoice
    left = invoice.amount_remaining
    due = Money(invoice.amount_due.amount - left.amount, left.currency)
    paid = replace(
        invoice, status=Status.PAID, amount_due=due, amount_remaining=Money(0, left.currency), paid_at=now
    )
    return replace(standing, invoice=paid)


def _given_up(standing: Standing, _: datetime) -> Standing:
    return replace(standing, invoice=replace(standing.invoice, status=Status.UNCOLLECTIBLE))


_DONE: Final[Mapping[ActionKind, tuple[Deed, Callable[[Standing, datetime], Standing]]]] = {
    ActionKind.ATTEMPT_PAYMENT: (Deed.CHARGE, _failed),
    ActionKind.CREDIT_SHORTFALL: (Deed.CREDIT, _credited),
    ActionKind.MARK_UNCOLLECTIBLE: (Deed.MARK, _given_up),
}


def _record(message: WantedMessage, state: MessageState, at: datetime) -> MessageRecord:
    return MessageRecord(
        message.key,
        message.kind,
        message.invoice_id,
        state,
        at,
        offset_days=message.offset_days,
        attempt_id=message.attempt_id,
    )


def _minute(at: datetime) -> datetime:
    """The full minute at or after an instant, at which what is due is dispatched."""
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(minutes=1)


def _night(at: datetime, zone: str) -> datetime:
    """The nightly sweep at or after an instant (UTC)."""
    local = at.astimezone(ZoneInfo(zone))
    tonight = datetime.combine(local.date(), SWEPT_AT, local.tzinfo)
    if tonight.astimezone(at.tzinfo) < at:
        tonight = datetime.combine(local.date() + timedelta(days=1), SWEPT_AT, local.tzinfo)
    return tonight.astimezone(at.tzinfo)
