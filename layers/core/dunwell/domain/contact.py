"""`decide_contact`: the one next message to a customer, within budget and hours."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dunwell.domain.customers import (
    Customer,
    Feedback,
    MessageKind,
    MessageRecord,
    MessageState,
    WantedMessage,
    card_of,
)
from dunwell.domain.days import at_local, local_date, next_within_hours
from dunwell.domain.limits import (
    CUSTOMER_BUDGET_WINDOW,
    IN_HAND_LOOK_AGAIN,
    INVOICES_PER_STATEMENT_MAX,
    MAILS_PER_CUSTOMER_MAX,
    MAILS_PER_INVOICE_AND_DAY_MAX,
    STOPPED_LOOK_AGAIN,
)
from dunwell.domain.policies import Settings
from dunwell.domain.reasons import Reason

_PRIORITY = (
    MessageKind.PAYMENT_RECEIVED,
    MessageKind.PROMISE_CONFIRMED,
    MessageKind.PAYMENT_ACTION_REQUIRED,
    MessageKind.PAYMENT_FAILED,
    MessageKind.PROMISE_BROKEN,
    MessageKind.REMINDER,
    MessageKind.INVOICE_FINALIZED,
    MessageKind.CARD_EXPIRING,
)
"""When two could leave at once, the more urgent goes first."""

_UNCOUNTED = frozenset({MessageKind.PAYMENT_RECEIVED, MessageKind.PROMISE_CONFIRMED})
"""Receipts and confirmations of the payer's own act neither use a budget up nor wait for one."""

_ABOUT_A_LACK = frozenset(
    {MessageKind.PAYMENT_FAILED, MessageKind.PAYMENT_ACTION_REQUIRED, MessageKind.PROMISE_BROKEN}
)
"""Mails that tell of a payment that is missing, so that it is worth a word when it has come."""


@dataclass(frozen=True, slots=True)
class NextMessage:
    """A message and the instant (UTC) from which it may leave; `tells` are those on other invoices that would
    leave then as well, and stand in the same mail: a statement."""

    message: WantedMessage
    at: datetime
    tells: tuple[WantedMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class Skip:
    """A message that will not be sent, with the reason that its record keeps."""

    message: WantedMessage
    reason: Reason


@dataclass(frozen=True, slots=True)
class Contact:
    """What `decide_contact` says: the next message (None when nothing is wanted), what is skipped."""

    next_message: NextMessage | None
    skipped: tuple[Skip, ...] = ()
    reasons: tuple[Reason, ...] = ()


def decide_contact(
    customer: Customer, wanted_messages: Sequence[WantedMessage], settings: Settings, now: datetime
) -> Contact:
    """The next message to `customer`, as of `now` (UTC). Pure.

    `wanted_messages` are those of all the customer's invoices; records tell which are dealt with. What
    bounced for good is wanted once more where there is another address.
    """
    wanted = [*wanted_messages, *(m.rerouted for m in wanted_messages if customer.missed(m.key))]
    pending = [message for message in wanted if not customer.is_settled(message.key)]
    skipped: list[Skip] = []
    open_ones: list[NextMessage] = []
    for message in pending:
        outcome = _place(message, pending, customer, settings, now)
        if isinstance(outcome, Skip):
            skipped.append(outcome)
        else:
            open_ones.append(outcome)
    chosen = min(open_ones, key=_urgency, default=None)
    if chosen is not None and settings.messages.statements:
        chosen = replace(chosen, tells=_told_with(chosen, open_ones))
    return Contact(chosen, tuple(skipped), _reasons(chosen, now))


def _told_with(chosen: NextMessage, open_ones: Sequence[NextMessage]) -> tuple[WantedMessage, ...]:
    """The most urgent message of each other invoice that may stand in one mail with the chosen one, and could
    leave with it."""
    found: dict[str, WantedMessage] = {}
    for one in sorted(open_ones, key=_urgency):
        if one.message.joins(chosen.message) and one.at <= chosen.at:
            found.setdefault(one.message.invoice_id, one.message)
    found.pop(chosen.message.invoice_id, None)
    return tuple(found.values())[: INVOICES_PER_STATEMENT_MAX - 1]


def _place(
    message: WantedMessage,
    pending: Sequence[WantedMessage],
    customer: Customer,
    settings: Settings,
    now: datetime,
) -> NextMessage | Skip:
    """When a message may leave, or why it never will."""
    if now < message.not_before:
        return NextMessage(message, message.not_before)
    told = _told_of_card(message, customer)
    if told is not None and told.in_hand:
        return NextMessage(message, now + IN_HAND_LOOK_AGAIN)
    if told is not None:
        return Skip(message, Reason("told_already", f"{told.key} tells of the same card"))
    never = _why_never(message, pending, customer, settings, now)
    if never is not None:
        return Skip(message, never)
    at = _earliest(message, customer, settings, now)
    if at >= last_moment(message, customer, settings):
        return Skip(message, Reason("no_room", "the limits leave no time for it before its last day"))
    return NextMessage(message, at)


def _why_never(
    message: WantedMessage,
    pending: Sequence[WantedMessage],
    customer: Customer,
    settings: Settings,
    now: datetime,
) -> Reason | None:
    """Why a message whose time has come is not sent at all, None when it is to be."""
    unreachable = _unreachable(customer)
    if unreachable is not None:
        return unreachable
    if customer.unsubscribed_at is not None and message.is_courtesy:
        return Reason("unsubscribed", f"the customer wants none since {customer.unsubscribed_at:%Y-%m-%d}")
    over = last_moment(message, customer, settings)
    if now >= over:
        return Reason("too_late", f"its last day passed on {over:%Y-%m-%d %H:%M} UTC")
    if message.kind is MessageKind.PAYMENT_RECEIVED and not _was_asked(message, customer):
        return Reason("never_asked", "no mail had asked for it: nothing to put an end to")
    newer = _superseded_by(message, pending, now)
    return Reason("superseded", f"{newer.key} is due as well and says more") if newer else None


def _told_of_card(message: WantedMessage, customer: Customer) -> MessageRecord | None:
    """The note on the same card, about another invoice, that did not come back: one for each is enough."""
    if message.kind is not MessageKind.CARD_EXPIRING:
        return None
    notes = (r for r in customer.records if r.kind is message.kind and r.may_leave)
    notes = (r for r in notes if r.feedback is not Feedback.BOUNCED)
    return next((r for r in notes if card_of(r.key) == card_of(message.key)), None)


def _unreachable(customer: Customer) -> Reason | None:
    """Why nothing can be written to a customer, None when it can."""
    if customer.reachable_address is not None:
        return None
    found = customer.suppression(customer.email or customer.second_email)
    if found is None:
        return Reason("no_address", "the customer has no e-mail address")
    return Reason("suppressed", f"the address {found.feedback} on {found.at:%Y-%m-%d}")


def _was_asked(message: WantedMessage, customer: Customer) -> bool:
    """Whether the customer was written to about a missing payment, or one overdue, for certain."""
    return any(
        told.invoice_id == message.invoice_id and (told.kind in _ABOUT_A_LACK or (told.offset_days or 0) > 0)
        for record in customer.records
        if record.state is MessageState.SENT
        for told in record.messages
    )


def _superseded_by(
    message: WantedMessage, pending: Sequence[WantedMessage], now: datetime
) -> WantedMessage | None:
    """The newest message of the same invoice and kind that is due as well: only that one is sent."""
    due = [
        other
        for other in pending
        if other.invoice_id == message.invoice_id
        and other.kind is message.kind
        and message.not_before < other.not_before <= now < other.expires_at
    ]
    return max(due, key=lambda other: other.not_before, default=None)


def _earliest(message: WantedMessage, customer: Customer, settings: Settings, now: datetime) -> datetime:
    """The first instant within the send hours of an open day that both budgets allow; while the owner stops
    all mail it is always a quarter of an hour away.

    Bounded: each round moves at least to the next day or past the oldest mail of a full window.
    """
    policy, zone = settings.messages, customer.zone(settings.time_zone)
    counted = message.kind not in _UNCOUNTED
    spent = [_as_of(record, now) for record in customer.records if counted and _uses_budget(record)]
    at = max(message.not_before, now + STOPPED_LOOK_AGAIN if settings.stop.mail else now)
    over = last_moment(message, customer, settings)
    while at < over:
        at = next_within_hours(at, policy.send_from_hour, policy.send_until_hour, zone)
        later = _after_closed(customer, at, zone) or _after_budgets(message, spent, at, zone)
        if later is None:
            return at
        at = later
    return at


def last_moment(message: WantedMessage, customer: Customer, settings: Settings) -> datetime:
    """Until when a message may leave (UTC): its own last moment, and a day more for each closed one on which
    it could not; what only helps beforehand is of no use afterwards and is not prolonged."""
    if not customer.closed_dates or message.is_courtesy:
        return message.expires_at
    zone, end = customer.zone(settings.time_zone), message.expires_at
    day = local_date(message.not_before, zone)
    while day < local_date(end, zone):
        if day in customer.closed_dates:
            end += timedelta(days=1)
        day += timedelta(days=1)
    return end


def _after_closed(customer: Customer, at: datetime, zone: str) -> datetime | None:
    """The beginning of the day after a closed one, None when `at` lies on an open day."""
    day = local_date(at, zone)
    return at_local(day + timedelta(days=1), 0, zone) if day in customer.closed_dates else None


def _uses_budget(record: MessageRecord) -> bool:
    return record.may_leave and record.kind not in _UNCOUNTED


def _as_of(record: MessageRecord, now: datetime) -> MessageRecord:
    """A mail in somebody's hand counts from now on, however long it is there: it may leave any moment."""
    return record.moved(record.state, max(record.at, now)) if record.in_hand else record


def _after_budgets(
    message: WantedMessage, spent: Sequence[MessageRecord], at: datetime, zone: str
) -> datetime | None:
    """When a used-up budget is next worth another look, None when both have room at `at`. What found no room
    in a statement waits for the next day: one such mail a day is enough."""
    today = local_date(at, zone)
    same_day = [r for r in spent if r.is_about(message.invoice_id) and local_date(r.at, zone) == today]
    told = [r for r in spent if r.tells and r.tells[0].joins(message) and local_date(r.at, zone) == today]
    if len(same_day) >= MAILS_PER_INVOICE_AND_DAY_MAX or told:
        return at_local(today + timedelta(days=1), 0, zone)
    recent = sorted(r.at for r in spent if r.at > at - CUSTOMER_BUDGET_WINDOW)
    if len(recent) >= MAILS_PER_CUSTOMER_MAX:
        return recent[-MAILS_PER_CUSTOMER_MAX] + CUSTOMER_BUDGET_WINDOW
    return None


def _urgency(candidate: NextMessage) -> tuple[datetime, int, str]:
    return candidate.at, _PRIORITY.index(candidate.message.kind), candidate.message.key


def _reasons(chosen: NextMessage | None, now: datetime) -> tuple[Reason, ...]:
    if chosen is None:
        return (Reason("nothing_wanted", "no message is wanted"),)
    if chosen.at > max(chosen.message.not_before, now):
        return (Reason("message_waits", f"{chosen.message.key} waits for the send hours or the mail budget"),)
    return (Reason("message_next", f"{chosen.message.key} is next"),)
