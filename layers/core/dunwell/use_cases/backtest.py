"""What other settings would have done with the recorded past: each invoice whose payment failed is decided on
again after each of its failures, and judged by what came of the retries that were really made.

What would have come of retries that nobody made is an estimate: what the lessons that plan retries expect,
corrected where the retry made was one that the settings could have made as well (`robust_course`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from dunwell.domain.backtest import Course, course_of, is_same_time, weight_of
from dunwell.domain.customers import Customer, MessageState
from dunwell.domain.invoices import Status
from dunwell.domain.limits import RETRY_WINDOW_DAYS_MAX
from dunwell.domain.money import Money
from dunwell.domain.outlook import Deed, Expected, outlook
from dunwell.domain.payment_records import PaymentRecord
from dunwell.domain.payments import Considered, Origin, Outcome
from dunwell.domain.policies import Settings
from dunwell.domain.smart_retries.at_rest import at_rest_after
from dunwell.domain.smart_retries.off_policy import Step, robust_course
from dunwell.ports import Calendar, Clock, CustomerStore, InvoiceStore, PaymentStore
from dunwell.use_cases.advice import Advice
from dunwell.use_cases.rehearsal import Rehearsal

LONGEST: Final = timedelta(days=RETRY_WINDOW_DAYS_MAX)
"""No retry is planned later after a failure."""

A_DAY: Final = timedelta(days=1)
"""A day is told of once all of it is at rest."""

ALWAYS: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Settings are tried as if they had been live since then."""


@dataclass(frozen=True, slots=True)
class Retold:
    """One invoice of the past. What was done (`done`) and whether a retry recovered it (`recovered`); what
    the settings would have done until it came to the same end (`would`); how likely their retries would have
    recovered it: a doubly robust estimate, which may lie outside of 0 to 1, and the model's own (`expected`).
    `shared` tells whether their first retry could have been the one that was made; `automation` names the one
    that applies."""

    invoice_id: str
    customer_id: str
    failed_at: datetime
    amount: Money
    automation: str | None
    done: Mapping[str, int]
    would: Mapping[str, int]
    recovered: bool
    estimate: float
    expected: float
    shared: bool


@dataclass(frozen=True, slots=True)
class Possible:
    """A retry that the settings could have made: how likely they were to choose it, and how likely it or one
    of those behind it recovers the invoice."""

    at: datetime
    propensity: float
    together: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """Reads what is stored; nothing is sent, and nothing written."""

    payments: PaymentStore
    invoices: InvoiceStore
    customers: CustomerStore
    advice: Advice
    calendar: Calendar
    clock: Clock

    def last_day(self, *tried: Settings) -> date:
        """The last day (UTC) on which a first failure has come to its end under any of some settings."""
        every = [*tried, *(one.settings for settings in tried for one in settings.automations)]
        return (self.clock.now() - max(at_rest_after(one.retry) for one in every)).date() - A_DAY

    def page(self, part: str, after: str | None, tried: Settings) -> tuple[list[Retold], int, str | None]:
        """The invoices that first failed in a part of a day, page by page: what is told of them, of how many
        too little is known, and where the next page begins."""
        live = tuple(replace(one, settings=_live(one.settings)) for one in tried.automations)
        settings = replace(_live(tried), automations=live)
        records, following = self.payments.page(part, after)
        first = [record for record in records if record.is_first and not record.succeeded]
        told = [self._retold(record, settings) for record in first]
        found = [one for one in told if one is not None]
        return found, len(told) - len(found), following

    def _retold(self, record: PaymentRecord, settings: Settings) -> Retold | None:
        facts, file = self.invoices.load(record.invoice_id), self.customers.load(record.customer_id)
        if facts is None or file is None or record.method is None:
            return None
        course = course_of(facts.invoice, facts.attempts, record.method)
        if course is None:
            return None
        customer = self._as_of(file.customer, course, settings)
        retelling = _Retelling(course, customer, self.advice, settings)
        first, taken, chosen = retelling.possible(0), course.chosen(0), retelling.settings(0)
        return Retold(
            record.invoice_id,
            record.customer_id,
            course.made[0].started_at,
            course.made[0].amount,
            chosen.applied.name if chosen.applied is not None else None,
            _done(course, file.customer, self.clock.now()),
            retelling.would(self.clock.now()),
            course.recovered_at is not None,
            robust_course(list(retelling.steps())),
            _mean(first),
            bool(taken) and any(is_same_time(one.at, taken[0].at) for one in first),
        )

    def _as_of(self, customer: Customer, course: Course, settings: Settings) -> Customer:
        """The customer with the mails that had been sent by then; all else is what is known now."""
        failed_at = course.made[0].started_at
        sent = tuple(record for record in customer.records if record.at < failed_at)
        return self.calendar.with_closed_dates(replace(customer, records=sent), settings, failed_at)


def _live(settings: Settings) -> Settings:
    return replace(settings, active_since=ALWAYS, adopt_open_invoices=True)


def _done(course: Course, customer: Customer, now: datetime) -> dict[str, int]:
    """What was done about an invoice from its failure to its end: retries, mails, whether it was given up."""
    since, until = course.made[0].started_at, course.over_at or now
    mails = sum(
        told.invoice_id == course.invoice.id
        for record in customer.records
        if record.state is MessageState.SENT and since <= record.at < until
        for told in record.messages
    )
    own = sum(one.origin is not Origin.PAYER for one in course.made[1:])
    given_up = course.invoice.status is Status.UNCOLLECTIBLE
    return {Deed.CHARGE: own, Deed.MAIL: mails, Deed.MARK: int(given_up)}


@dataclass(frozen=True, slots=True)
class _Retelling:
    """A course with other settings (`tried`)."""

    course: Course
    customer: Customer
    advice: Advice
    tried: Settings

    def settings(self, number: int) -> Settings:
        """Those that count after a failure."""
        standing = self.course.standing(number)
        return self._rehearsal().chosen(standing, self.customer, standing.invoice.read_at)

    def would(self, now: datetime) -> dict[str, int]:
        """What would have been done until the invoice was paid as it was, or until now."""
        end = self.course.over_at or now
        counted = Counter(one.deed for one in self._ahead(0, end))
        return {deed: counted[deed] for deed in (Deed.CHARGE, Deed.MAIL, Deed.MARK)}

    def steps(self) -> Iterator[Step]:
        """The choices that were made, as the settings look at each: the last one was to leave it."""
        for number in range(len(self.course.failures)):
            options, taken = self.possible(number), self.course.chosen(number)
            expected = _mean(options)
            if not taken:
                yield Step(expected)
                return
            at, logged = taken[0].at, taken[0].propensity
            weight = weight_of(at, logged, [Considered(one.at, 0.0, one.propensity) for one in options])
            after = next((one.together for one in options if is_same_time(one.at, at)), 0.0)
            paid = self.course.made[number + 1].outcome is Outcome.SUCCEEDED
            yield Step(expected, weight, after, float(paid))

    def possible(self, number: int) -> list[Possible]:
        """The retries that the settings could have made next after a failure; none where they would not have
        retried before the course ended."""
        standing, chosen = self.course.standing(number), self.settings(number)
        at = standing.invoice.read_at
        end = self.course.ended_at or at + LONGEST
        advice = self.advice.smart(standing.invoice, standing.attempts, self.customer, chosen)
        kept, decision = self._rehearsal()(standing, self.customer, at)
        following = decision.next_payment_attempt
        if advice is None or following is None:
            return []
        planned = kept.invoice.planned_retry
        weighed = planned.foresight.considered if planned is not None and planned.foresight else ()
        if weighed and is_same_time(weighed[0].at, following):
            within = [one for one in weighed if one.at < end]
            times = [one.at for one in within]
            if not times:
                return []
            told = advice.weighed(chosen.retry, self.course.method, standing.attempts, times, end)
            return [
                Possible(one.at, one.propensity, chance) for one, chance in zip(within, told, strict=True)
            ]
        times = [one.at for one in self._ahead(number, end) if one.deed is Deed.CHARGE and one.at < end]
        if not times:
            return []
        return [Possible(times[0], 1.0, advice.together(self.course.method, standing.attempts, times))]

    def _ahead(self, number: int, end: datetime) -> list[Expected]:
        """What the settings would have done from a failure to an instant, if every retry had failed."""
        standing = self.course.standing(number)
        at = standing.invoice.read_at
        return outlook([standing], self.customer, self.settings(number), self._rehearsal(), at, end)

    def _rehearsal(self) -> Rehearsal:
        """A fresh one for each failure: what was known of a bank by then."""
        return Rehearsal(self.advice, self.tried)


def _mean(options: Sequence[Possible]) -> float:
    """What is expected of a draw."""
    return sum(one.propensity * one.together for one in options)
