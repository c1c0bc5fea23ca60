"""The policy `smart`: production's own plans, memory and learning, fed with a world's events.

Nothing is decided here: events become facts, `plan_retry` plans, the contest learns every night.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from dunwell.domain.history import OUTAGE_SPAN, History, PastAttempt, group_of
from dunwell.domain.invoices import CollectionMethod, Invoice, Status
from dunwell.domain.money import Money
from dunwell.domain.payment_records import OWN_MAX
from dunwell.domain.payments import Attempt, Considered, Failure, Origin, Outcome, PaymentMethod
from dunwell.domain.policies import RetryPolicy, Settings
from dunwell.domain.retries import plan_retry
from dunwell.domain.smart_retries.advice import SmartAdvice, room_of
from dunwell.domain.smart_retries.at_rest import AtRest, at_rest_after
from dunwell.domain.smart_retries.contest import Contest
from dunwell.domain.smart_retries.model import SmartRetries
from dunwell.domain.smart_retries.posterior import Case, Decline
from dunwell.domain.smart_retries.signals import signals_of

Json = dict[str, Any]


@dataclass(slots=True)
class Kept:
    """What is known of one invoice that failed; `considered` for its first retry."""

    invoice: Invoice
    customer: str
    zone: str
    attempts: list[Attempt]
    history: History
    paid_at: datetime | None = None
    considered: tuple[Considered, ...] = ()
    signals: tuple[str, ...] = ()


@dataclass(slots=True)
class Customer:
    """A customer's attempts, oldest first, and the card that is charged now."""

    own: list[PastAttempt] = field(default_factory=list)
    method: PaymentMethod | None = None


class SmartPolicy:
    """Smart Retries with no data at first. See `sandbox.recovery.protocol`."""

    def __init__(self, attempts_max: int, window: timedelta, *, learns: bool = True) -> None:
        self._learns = learns
        self.policy = RetryPolicy(retries=attempts_max, window_days=window // timedelta(days=1))
        self.settings = Settings(retry=self.policy)
        self.contest = Contest()
        self.model = SmartRetries()
        self._kept: dict[str, Kept] = {}
        self._customers: dict[str, Customer] = defaultdict(Customer)
        self._issuers: dict[str, deque[tuple[str, PastAttempt]]] = defaultdict(deque)
        self._failed_on: dict[date, list[str]] = defaultdict(list)
        self._learnt_until: date | None = None
        self._window, self._lag = window, at_rest_after(self.policy)

    def observe(self, event: Json) -> None:
        """Hears one event of the stream."""
        self._nights(event["at"])
        customer = self._customers[event["customer"]]
        method = _method(event)
        if event["type"] == "payment_method.automatically_updated":
            customer.method = method
            return
        if customer.method is None or customer.method.id != method.id or event["type"] == "invoice.paid":
            customer.method = method
        failure = _failure(event.get("failure"))
        succeeded = event["type"] == "invoice.paid"
        if not succeeded:
            self._open(event, method, failure, customer)
        past = PastAttempt(
            event["at"], succeeded, failure.classified_on if failure else None, event["invoice"]
        )
        self._remember(event["customer"], method, past)

    def affected(self, event: Json) -> Iterable[str]:
        """The invoices whose card was replaced."""
        if event["type"] != "payment_method.automatically_updated":
            return ()
        return [
            id_
            for id_, kept in self._kept.items()
            if kept.customer == event["customer"]
            and kept.paid_at is None
            and event["at"] - kept.attempts[0].started_at <= self._window
        ]

    def plan(self, invoice: str, now: datetime) -> datetime | None:
        """The time that production would plan."""
        kept = self._kept[invoice]
        facts = replace(kept.invoice, payment_method=self._customers[kept.customer].method)
        advice = SmartAdvice(self.model, invoice, kept.history, kept.zone)
        settings = replace(self.settings, retry=self._policy(kept, facts.payment_method))
        planned = plan_retry(facts, kept.attempts, settings, advice, now).planned
        kept.invoice = replace(kept.invoice, planned_retry=planned)
        deadline = kept.attempts[0].started_at + self._window
        if planned is None or planned.at > deadline:
            return None
        return max(planned.at, now)

    def _policy(self, kept: Kept, method: PaymentMethod | None) -> RetryPolicy:
        """The owner's policy. It counts its window from a new card's first attempt; a world's has begun."""
        tried = [a.started_at for a in kept.attempts if method is not None and a.tried(method)]
        since = (tried[0] - kept.attempts[0].started_at) if tried else timedelta(0)
        return replace(self.policy, window_days=(self._window - since) // timedelta(days=1))

    def observe_attempt(self, invoice: str, at: datetime, result: Json) -> None:
        """Hears how a retry went."""
        kept = self._kept[invoice]
        failure = _failure(result.get("failure"))
        method = self._customers[kept.customer].method
        if method is None:
            raise ValueError(f"no card of {kept.customer} was heard of")
        number = len(kept.attempts)
        if number == 1:
            kept.considered = self.considered(invoice)
        outcome = Outcome.SUCCEEDED if result["succeeded"] else Outcome.DECLINED
        kept.attempts.append(_attempt(f"a{number:03d}", at, outcome, kept.invoice, method, failure))
        if result["succeeded"]:
            kept.paid_at = at
        past = PastAttempt(at, result["succeeded"], failure.classified_on if failure else None, invoice)
        self._remember(kept.customer, method, past)

    def predicted(self, invoice: str, at: datetime) -> float:
        """How likely production thinks that a retry succeeds: what it keeps with the attempt."""
        kept = self._kept[invoice]
        planned = kept.invoice.planned_retry
        told = planned.foresight.chance if planned is not None and planned.foresight else None
        return self.model.predicted(_case(kept), at) if told is None else told

    def considered(self, invoice: str) -> tuple[Considered, ...]:
        """What production keeps of the next retry's choice."""
        planned = self._kept[invoice].invoice.planned_retry
        return planned.foresight.considered if planned and planned.foresight else ()

    def _open(self, event: Json, method: PaymentMethod, failure: Failure | None, customer: Customer) -> None:
        at, amount = event["at"], Money(event["amount"], event["currency"])
        invoice = Invoice(
            event["invoice"],
            event["customer"],
            Status.OPEN,
            CollectionMethod.CHARGE_AUTOMATICALLY,
            amount,
            Money(0, amount.currency),
            amount,
            at,
            at,
            attempted=True,
            payment_method=method,
        )
        group = group_of(method)
        issuer = tuple(
            past
            for who, past in self._issuers[group.issuer]
            if who != event["customer"] and at - past.at <= OUTAGE_SPAN
        )
        history = History(tuple(customer.own), issuer, group)
        first = _attempt("a000", at, Outcome.DECLINED, invoice, method, failure)
        kept = Kept(invoice, event["customer"], event["time_zone"], [first], history)
        kept.signals = signals_of(method, amount, at)
        self._kept[invoice.id] = kept
        self._failed_on[at.date()].append(invoice.id)

    def _remember(self, customer: str, method: PaymentMethod, past: PastAttempt) -> None:
        own = self._customers[customer].own
        own.append(past)
        del own[:-OWN_MAX]
        recent = self._issuers[group_of(method).issuer]
        recent.append((customer, past))
        while past.at - recent[0][1].at > OUTAGE_SPAN:
            recent.popleft()

    def _nights(self, now: datetime) -> None:
        """Learns each day once, when its invoices are at rest."""
        until = (now - self._lag).date()
        if self._learnt_until is None:
            self._learnt_until = until
        while self._learnt_until < until:
            self._night(self._learnt_until)
            self._learnt_until += timedelta(days=1)

    def _night(self, day: date) -> None:
        invoices = []
        for invoice in self._failed_on.pop(day, ()):
            kept = self._kept.pop(invoice)
            case = replace(_case(kept), paid_at=kept.paid_at)
            failed_at = kept.attempts[0].started_at
            room = room_of(self.policy, [failed_at], failed_at)
            invoices.append(AtRest(invoice, case, room, kept.considered))
        if not self._learns:
            return
        night = self.contest.after(invoices, f"{day}")
        self.contest = night.contest
        if night.promoted:
            self.model = SmartRetries(self.contest.champion)


def smart(attempts_max: int, window: timedelta) -> SmartPolicy:
    """The factory that `dunwell recovery --help` names."""
    return SmartPolicy(attempts_max, window)


def day_0(attempts_max: int, window: timedelta) -> SmartPolicy:
    """The same, but it never learns."""
    return SmartPolicy(attempts_max, window, learns=False)


def _case(kept: Kept) -> Case:
    declines = [Decline(a.started_at, a.failure) for a in kept.attempts if a.failed]
    return Case(tuple(declines), kept.history, kept.zone, signals=kept.signals)


def _method(event: Json) -> PaymentMethod:
    card = event["card"]
    return PaymentMethod(
        event["payment_method"],
        "card",
        card["fingerprint"],
        card["brand"],
        card["funding"],
        card["country"],
        card["exp_month"],
        card["exp_year"],
        issuer=card["issuer"],
        devices=event.get("device_count_24h"),
    )


def _failure(told: Json | None) -> Failure | None:
    if told is None:
        return None
    return Failure(
        decline_code=told["decline_code"],
        advice_code=told["advice_code"],
        network_decline_code=told["network_decline_code"],
        network_advice_code=told["network_advice_code"],
    )


def _attempt(
    id_: str, at: datetime, outcome: Outcome, invoice: Invoice, method: PaymentMethod, failure: Failure | None
) -> Attempt:
    return Attempt(
        id_,
        Origin.DUNWELL if id_ != "a000" else Origin.PROCESSOR,
        at,
        outcome,
        invoice.amount_remaining,
        failure=failure,
        method=method.identity,
    )
