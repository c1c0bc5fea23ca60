"""What other settings would have done with the recorded past: each invoice whose payment failed is decided on
again after each of its failures, and judged by what came of the retries that were really made.

What would have come of retries that nobody made is an estimate: what the lessons that plan retries expect,
corrected where the retry made was one that the settings could have made as well (`robust_course`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from dunwell.domain.backtest import Closing, Course, course_of, is_drawn, is_same_time
from dunwell.domain.customers import Customer, MessageState
from dunwell.domain.decision import Action, ActionKind
from dunwell.domain.exceptions import without_exceptions
from dunwell.domain.money import Money
from dunwell.domain.outlook import Deed, Expected, outlook
from dunwell.domain.payment_records import PaymentRecord
from dunwell.domain.payments import Considered, Origin, Outcome
from dunwell.domain.policies import Settings, Stop
from dunwell.domain.smart_retries.at_rest import at_rest_after
from dunwell.domain.smart_retries.off_policy import Step, robust_course
from dunwell.history import LedgerEntry
from dunwell.ports import Calendar, Clock, CustomerStore, InvoiceStore, PaymentStore
from dunwell.use_cases.advice import Advice
from dunwell.use_cases.rehearsal import Rehearsal

A_DAY: Final = timedelta(days=1)
"""A day is told of once all of it is at rest."""

ALWAYS: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Settings that are live are tried as if they had been so since then."""

COUNTED: Final = (Deed.CHARGE, Deed.MAIL, Deed.MARK)
"""What is counted of an invoice."""


@dataclass(frozen=True, slots=True)
class Retold:
    """One invoice of the past. What was done (`done`) and whether a retry recovered it (`recovered`); what
    the settings would have done until it came to the same end (`would`); how likely their retries would have
    recovered it: a doubly robust estimate, which may lie outside of 0 to 1, and the model's own (`expected`).
    `shared` tells whether their first retry could have been the one that was chosen; `automation` names the
    one that applies."""

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
        settings = _as_if_always(tried)
        records, following = self.payments.page(part, after)
        first = [record for record in records if record.is_first and not record.succeeded]
        told = [self._retold(record, settings) for record in first]
        found = [one for one in told if one is not None]
        return found, len(told) - len(found), following

    def _retold(self, record: PaymentRecord, settings: Settings) -> Retold | None:
        facts, file = self.invoices.load(record.invoice_id), self.customers.load(record.customer_id)
        if facts is None or file is None or record.method is None:
            return None
        ledger = list(self.invoices.ledger(record.invoice_id))
        closing = _closing(ledger)
        course = course_of(facts.invoice, facts.attempts, record.method, closing)
        if course is None:
            return None
        if course.ended_at is not None:
            course = replace(course, planned=_planned(ledger, course.made[-1].started_at))
        customer, now = self._as_of(file.customer, course, settings), self.clock.now()
        retelling = _Retelling(course, customer, self.advice, settings)
        first, taken, chosen = retelling.possible(0), course.chosen(0), retelling.settings(0)
        return Retold(
            record.invoice_id,
            record.customer_id,
            course.made[0].started_at,
            course.made[0].amount,
            chosen.applied.name if chosen.applied is not None else None,
            _done(course, closing, file.customer, now),
            retelling.would(now),
            course.recovered_at is not None,
            robust_course(list(retelling.steps())),
            _mean(first),
            bool(taken) and any(is_same_time(one.at, taken[0].at) for one in first),
        )

    def _as_of(self, customer: Customer, course: Course, settings: Settings) -> Customer:
        """The customer with the mails that had been sent by then, and without exceptions; all else is what is
        known now."""
        failed_at = course.made[0].started_at
        sent = tuple(record for record in customer.records if record.at < failed_at)
        then = replace(customer, records=sent, metadata=without_exceptions(customer.metadata))
        return self.calendar.with_closed_dates(then, settings, failed_at)


def _as_if_always(tried: Settings) -> Settings:
    """Settings as if what is live in them had always been so, and nothing were stopped. Of settings in which
    nothing is live all of it is taken for live: that is what their owner wants to see."""
    automations = tried.automations
    live = tried.active_since is not None or any(one.settings.active_since for one in automations)

    def as_if(settings: Settings) -> Settings:
        since = ALWAYS if settings.active_since is not None or not live else None
        return replace(settings, active_since=since, adopt_open_invoices=True, stop=Stop())

    others = tuple(replace(one, settings=as_if(one.settings)) for one in automations)
    return replace(as_if(tried), automations=others)


def _closing(ledger: Sequence[LedgerEntry]) -> Closing:
    """How an invoice was closed, by the decisions on it, oldest first."""
    action: Action | None = None
    for entry in ledger:
        if any(reason.rule == "closed" for reason in entry.reasons):
            by_us = action is not None and action.kind is ActionKind.MARK_UNCOLLECTIBLE
            return Closing(entry.at, by_us)
        action = entry.next_action
    return Closing()


def _planned(ledger: Sequence[LedgerEntry], since: datetime) -> tuple[Considered, ...]:
    """The retry that was planned after a failure, first, with what it was drawn from; a later plan is one
    that something else has changed."""
    later = (one for one in ledger if one.at >= since)
    entry = next((one for one in later if one.next_payment_attempt is not None), None)
    if entry is None or entry.next_payment_attempt is None:
        return ()
    weighed = entry.foresight.considered if entry.foresight is not None else ()
    if not weighed:
        return (Considered(entry.next_payment_attempt, 0.0, 1.0),)
    return weighed if is_drawn(weighed, entry.next_payment_attempt) else ()


def _done(course: Course, closing: Closing, customer: Customer, now: datetime) -> dict[str, int]:
    """What was done about an invoice from its failure to its end: retries, mails, whether it was given up."""
    since, until = course.made[0].started_at, course.over_at or now
    mails = sum(
        told.invoice_id == course.invoice.id
        for record in customer.records
        if record.state is MessageState.SENT and since <= record.at < until
        for told in record.messages
    )
    own = sum(one.origin is not Origin.PAYER for one in course.made[1:])
    return {Deed.CHARGE: own, Deed.MAIL: mails, Deed.MARK: int(closing.by_us)}


@dataclass(frozen=True, slots=True)
class _Retelling:
    """A course with other settings (`tried`)."""

    course: Course
    customer: Customer
    advice: Advice
    tried: Settings
    _possible: dict[int, list[Possible]] = field(default_factory=dict)

    def settings(self, number: int) -> Settings:
        """Those that count after a failure."""
        standing = self.course.standing(number)
        return self._rehearsal().chosen(standing, self.customer, standing.invoice.read_at)

    def would(self, now: datetime) -> dict[str, int]:
        """What would have been done until the invoice came to its end, or until now."""
        counted = Counter(one.deed for one in self._ahead(0, self.course.over_at or now))
        return {deed: counted[deed] for deed in COUNTED}

    def steps(self) -> Iterator[Step]:
        """The choices that were made, as the settings look at each: the last one was to leave it, or was
        forestalled."""
        for number in range(len(self.course.failures)):
            options, taken = self.possible(number), self.course.chosen(number)
            if not taken:
                yield Step(_mean(options))
                return
            same = [one for one in options if is_same_time(one.at, taken[0].at)]
            weight = sum(one.propensity for one in same) / taken[0].propensity
            made = self.course.made[number + 1 : number + 2]
            paid = bool(made) and made[0].outcome is Outcome.SUCCEEDED
            yield Step(_mean(options), weight, same[0].together if same else 0.0, float(paid))

    def possible(self, number: int) -> list[Possible]:
        """The retries that the settings could have made next after a failure; none where they would not have
        retried."""
        if number not in self._possible:
            self._possible[number] = self._looked_for(number)
        return self._possible[number]

    def _looked_for(self, number: int) -> list[Possible]:
        standing, chosen = self.course.standing(number), self.settings(number)
        at, method = standing.invoice.read_at, self.course.method
        advice = self.advice.smart(standing.invoice, standing.attempts, self.customer, chosen)
        kept, decision = self._rehearsal()(standing, self.customer, at)
        following = decision.next_payment_attempt
        if advice is None or following is None:
            return []
        planned = kept.invoice.planned_retry
        weighed = planned.foresight.considered if planned is not None and planned.foresight else ()
        if weighed and is_same_time(weighed[0].at, following):
            times = [one.at for one in weighed]
            told = advice.weighed(chosen.retry, method, standing.attempts, times)
            pairs = zip(weighed, told, strict=True)
            return [Possible(one.at, one.propensity, chance) for one, chance in pairs]
        ahead = self._ahead(number, at + at_rest_after(chosen.retry))
        times = [one.at for one in ahead if one.deed is Deed.CHARGE]
        return [Possible(times[0], 1.0, advice.together(method, standing.attempts, times))] if times else []

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
