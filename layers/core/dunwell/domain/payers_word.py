"""What the payer told us on the hosted invoice page (a day, a promise, a dispute): facts for decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from dunwell.domain.reasons import Reason


class Complaint(StrEnum):
    """What is wrong in the payer's eyes."""

    ALREADY_PAID = "already_paid"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Promise:
    """To pay by the end of `by_date`, their day: retries and reminders rest from `made_at` until `ends_at`,
    and go on at `resumes_at`, the next morning (UTC)."""

    made_at: datetime
    by_date: date
    ends_at: datetime
    resumes_at: datetime


@dataclass(frozen=True, slots=True)
class PickedDay:
    """The day on which the card is to be tried, told at `made_at`; `at` is the instant (UTC)."""

    made_at: datetime
    day: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Dispute:
    """That something is wrong, with a note in the payer's words; it stands until the owner ends it."""

    made_at: datetime
    complaint: Complaint
    note: str


@dataclass(frozen=True, slots=True)
class AskedTime:
    """A time for the next retry that the payer asked for, or caused: since when (`made_at`) it is wanted."""

    made_at: datetime
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PayersWord:
    """All that was told about one invoice. `promises` are in the order in which they were made, the last
    one counts; `retry_asked_at` is when the card was last to be tried at once; `locale` is the language that
    the payer chose."""

    promises: tuple[Promise, ...] = ()
    picked: PickedDay | None = None
    retry_asked_at: datetime | None = None
    dispute: Dispute | None = None
    locale: str | None = None

    @property
    def promise(self) -> Promise | None:
        return self.promises[-1] if self.promises else None

    def answered(self) -> "PayersWord":
        """The same without the dispute, which the owner has answered."""
        return replace(self, dispute=None)

    def with_promise(self, promise: Promise) -> "PayersWord":
        return replace(self, promises=(*self.promises, promise))

    def speaks_for(self, instant: datetime) -> bool:
        """Whether an instant lies within a promise's rest, or on the morning after, when the mail about the
        promise itself is due."""
        return any(promise.made_at <= instant <= promise.resumes_at for promise in self.promises)

    @property
    def rested(self) -> timedelta:
        """How long everything rested, or will have: a policy's window stands still meanwhile."""
        return sum((promise.ends_at - promise.made_at for promise in self.promises), timedelta())


@dataclass(frozen=True, slots=True)
class Rest:
    """That nothing is done about an invoice, until when (None: until the owner says so), and why."""

    until: datetime | None
    reason: Reason


def rest(word: PayersWord, now: datetime) -> Rest | None:
    """Why retries, reminders and final actions rest now; None when they do not."""
    if word.dispute is not None:
        said = word.dispute.complaint.replace("_", " ")
        text = f"the customer says: {said}; nothing is done until the owner has answered"
        return Rest(None, Reason("disputed", text))
    promise = word.promise
    if promise is None or now >= promise.ends_at:
        return None
    text = f"the customer promised to pay by {promise.by_date}: retries and reminders rest until then"
    return Rest(promise.ends_at, Reason("promised", text))


def asked_time(word: PayersWord, own_attempts_at: Sequence[datetime], now: datetime) -> AskedTime | None:
    """The time that the payer last asked for, or that a broken promise causes; None once it was acted on.

    `own_attempts_at` are the instants of our own attempts on the invoice (UTC).
    """
    asked = []
    if word.picked is not None:
        text = f"the customer chose {word.picked.day} for the next attempt"
        asked.append(AskedTime(word.picked.made_at, word.picked.at, text))
    if word.retry_asked_at is not None:
        text = "the customer asked to try again now"
        asked.append(AskedTime(word.retry_asked_at, word.retry_asked_at, text))
    promise = word.promise
    if promise is not None and now >= promise.ends_at:
        text = f"the promise to pay by {promise.by_date} was not kept: tried on the day after"
        asked.append(AskedTime(promise.made_at, promise.resumes_at, text))
    last = max(asked, key=lambda one: one.made_at, default=None)
    if last is None or any(at >= last.at for at in own_attempts_at):
        return None
    return last
