"""What the payer told us on the hosted invoice page (a day, a promise, a dispute): facts for decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from dunwell.domain.limits import RETRY_LATENESS_MAX


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
    """A time for the next retry that somebody outside asked for or caused, and since when (`made_at`). One
    that `prolongs` is kept though the policy's window has ended meanwhile."""

    made_at: datetime
    at: datetime
    reason: str
    prolongs: bool = False


@dataclass(frozen=True, slots=True)
class PayersWord:
    """All that was told about one invoice. `promises` are in the order in which they were made, the last
    one counts; `retry_asked_at` is when the card was last to be tried at once, `retry_asked_by`
    the owner who asked for it, and why, where it was not the payer; `locale` is the language that
    the payer chose."""

    promises: tuple[Promise, ...] = ()
    picked: PickedDay | None = None
    retry_asked_at: datetime | None = None
    retry_asked_by: str | None = None
    dispute: Dispute | None = None
    locale: str | None = None

    @property
    def promise(self) -> Promise | None:
        return self.promises[-1] if self.promises else None

    def with_promise(self, promise: Promise) -> "PayersWord":
        return replace(self, promises=(*self.promises, promise))

    def speaks_for(self, instant: datetime) -> bool:
        """Whether an instant lies within a promise's rest, or on the morning after, when the mail about the
        promise itself is due."""
        return any(promise.made_at <= instant <= promise.resumes_at for promise in self.promises)


def asked_time(
    word: PayersWord, went_on: AskedTime | None, attempts_at: Sequence[datetime], now: datetime
) -> AskedTime | None:
    """The time that the payer last asked for, or at which an invoice that rested goes on (`went_on`), as of
    `now` (UTC); None where there is none, or each was acted on.

    `attempts_at` are the instants of the attempts on the invoice that count. A wish that could not be acted
    on within `RETRY_LATENESS_MAX` is over.
    """
    wishes = []
    if word.picked is not None:
        text = f"the customer chose {word.picked.day} for the next attempt"
        wishes.append(AskedTime(word.picked.made_at, word.picked.at, text))
    if word.retry_asked_at is not None:
        by = word.retry_asked_by
        text = f"the owner asked to try again now: {by}" if by else "the customer asked to try again now"
        wishes.append(AskedTime(word.retry_asked_at, word.retry_asked_at, text))
    asked = [wish for wish in wishes if now <= wish.at + RETRY_LATENESS_MAX]
    asked += [went_on] if went_on is not None else []
    still = [one for one in asked if not any(at >= one.at for at in attempts_at)]
    return max(still, key=lambda one: one.made_at, default=None)
