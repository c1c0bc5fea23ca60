"""Which choices the hosted invoice page offers, and what each of them comes to as a fact."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from dunwell.domain.customers import Customer
from dunwell.domain.days import at_local, local_date
from dunwell.domain.decision import ActionKind, Decision, decide
from dunwell.domain.invoices import Invoice
from dunwell.domain.limits import PICKED_DAYS_MAX, PROMISE_DAYS_MAX, PROMISES_MAX
from dunwell.domain.ownership import hands_off
from dunwell.domain.payers_word import PayersWord, PickedDay, Promise
from dunwell.domain.payments import Attempt, Outcome
from dunwell.domain.policies import Settings
from dunwell.domain.rests import ANSWERED_KEY, resting
from dunwell.domain.timing import RetryModel


class Choice(StrEnum):
    """What can be chosen on a page, as its address names it."""

    RETRY = "retry"
    PICK_DAY = "pick_day"
    PROMISE = "promise"
    DISPUTE = "dispute"
    LANGUAGE = "language"
    UNSUBSCRIBE = "unsubscribe"


class Problem(StrEnum):
    """Why a choice was not taken down."""

    DAY = "day"
    NOTE = "note"
    NOT_NOW = "not_now"
    LATER = "later"


_PENDING = frozenset({Outcome.PROCESSING, Outcome.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Days:
    """Calendar days of the customer's, the first and the last one."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Offers:
    """What the payer may choose now: try the card at once, one of these days for the next attempt, one of
    these for a promise (None: neither), tell what is wrong."""

    retry: bool = False
    pick_day: Days | None = None
    promise: Days | None = None
    dispute: bool = False


def offers(
    invoice: Invoice,
    attempts: Sequence[Attempt],
    customer: Customer,
    settings: Settings,
    model: RetryModel,
    now: datetime,
) -> Offers:
    """The choices on an invoice as of `now` (UTC). Pure.

    A choice about retries is offered when `decide` would do what it says: the policy, hard declines and the
    networks' rules bound it as they bound everything else.
    """
    pending = invoice.payment_processing or any(a.outcome in _PENDING for a in attempts)
    if not invoice.is_open or pending or hands_off(invoice, customer, settings) is not None:
        return Offers()

    def decided(word: PayersWord) -> Decision:
        return decide(replace(invoice, word=word), attempts, customer, settings, model, now)

    dispute = invoice.word.dispute is None and ANSWERED_KEY not in invoice.metadata
    if resting(invoice, customer, settings, now) is not None:
        return Offers(dispute=dispute)
    zone, hour = customer.zone(settings.time_zone), settings.messages.send_from_hour
    today = local_date(now, zone)
    promise = Days(today + timedelta(days=1), today + timedelta(days=PROMISE_DAYS_MAX))
    return Offers(
        retry=_tries_now(decided, invoice.word, now),
        pick_day=_days_to_pick(decided, invoice.word, today, zone, hour, now),
        promise=promise if len(invoice.word.promises) < PROMISES_MAX else None,
        dispute=dispute,
    )


def promise_by(day: date, customer: Customer, settings: Settings, now: datetime) -> Promise:
    """A promise made now to pay by the end of a day of the customer's."""
    zone, after = customer.zone(settings.time_zone), day + timedelta(days=1)
    return Promise(
        now, day, at_local(after, 0, zone), at_local(after, settings.messages.send_from_hour, zone)
    )


def picked(day: date, customer: Customer, settings: Settings, now: datetime) -> PickedDay:
    """A day of the customer's picked now for the next attempt: in the morning, when their mails may leave."""
    zone = customer.zone(settings.time_zone)
    return PickedDay(now, day, at_local(day, settings.messages.send_from_hour, zone))


def _tries_now(decided: Callable[[PayersWord], Decision], word: PayersWord, now: datetime) -> bool:
    action = decided(replace(word, retry_asked_at=now)).next_action
    return action is not None and action.is_due(ActionKind.ATTEMPT_PAYMENT, now)


def _days_to_pick(
    decided: Callable[[PayersWord], Decision],
    word: PayersWord,
    today: date,
    zone: str,
    hour: int,
    now: datetime,
) -> Days | None:
    """The days on which an attempt would really be made: from tomorrow on, without a gap."""
    last = None
    for ahead in range(1, PICKED_DAYS_MAX + 1):
        day = today + timedelta(days=ahead)
        at = at_local(day, hour, zone)
        if decided(replace(word, picked=PickedDay(now, day, at))).next_payment_attempt != at:
            break
        last = day
    return Days(today + timedelta(days=1), last) if last is not None else None
