"""The policy `smart`: production's own plans, memory and learning, fed with a world's events.

Nothing is decided here: events become facts and records, `plan_retry` plans, the contest learns every night
from what `at_rest` makes of the records.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from dunwell.domain.history import OUTAGE_SPAN, UNKNOWN, Group, History, group_of
from dunwell.domain.invoices import CollectionMethod, Invoice, Status
from dunwell.domain.money import Money
from dunwell.domain.payment_records import OWN_MAX, PaymentRecord, new_records, recalled
from dunwell.domain.payments import Attempt, Considered, Failure, Origin, Outcome, PaymentMethod
from dunwell.domain.policies import RetryPolicy, Settings
from dunwell.domain.retries import plan_retry
from dunwell.domain.smart_retries.advice import SmartAdvice, case_of
from dunwell.domain.smart_retries.at_rest import AtRest, at_rest, at_rest_after
from dunwell.domain.smart_retries.contest import Contest
from dunwell.domain.smart_retries.model import SmartRetries

Json = dict[str, Any]


@dataclass(slots=True)
class Kept:
    """What is known of one invoice that failed: `group` is its first attempt's card's."""

    invoice: Invoice
    zone: str
    attempts: list[Attempt]
    group: Group

    @property
    def failed_at(self) -> datetime:
        return self.attempts[0].started_at

    @property
    def is_paid(self) -> bool:
        return self.attempts[-1].outcome is Outcome.SUCCEEDED


@dataclass(slots=True)
class Customer:
    """A customer's records, oldest first, and the card that is charged now."""

    own: list[PaymentRecord] = field(default_factory=list)
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
        self._issuers: dict[str, list[PaymentRecord]] = defaultdict(list)
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
        outcome = Outcome.SUCCEEDED if event["type"] == "invoice.paid" else Outcome.DECLINED
        facts = _invoice(event, method)
        first = _attempt("a000", event["at"], outcome, facts, _failure(event.get("failure")))
        if outcome is Outcome.DECLINED:
            self._kept[facts.id] = Kept(facts, event["time_zone"], [first], group_of(method))
            self._failed_on[event["at"].date()].append(facts.id)
        self._remember(facts, [first], event["time_zone"])

    def affected(self, event: Json) -> Iterable[str]:
        """The invoices whose card was replaced."""
        if event["type"] != "payment_method.automatically_updated":
            return ()
        return [
            id_
            for id_, kept in self._kept.items()
            if kept.invoice.customer_id == event["customer"]
            and not kept.is_paid
            and event["at"] - kept.failed_at <= self._window
        ]

    def plan(self, invoice: str, now: datetime) -> datetime | None:
        """The time that production would plan."""
        kept = self._kept[invoice]
        facts = self._facts(kept)
        advice = SmartAdvice(self.model, invoice, self._history(kept, now), kept.zone)
        settings = replace(self.settings, retry=self._policy(kept, facts.payment_method))
        planned = plan_retry(facts, kept.attempts, settings, advice, now).planned
        kept.invoice = replace(kept.invoice, planned_retry=planned)
        deadline = kept.failed_at + self._window
        if planned is None or planned.at > deadline:
            return None
        return max(planned.at, now)

    def _policy(self, kept: Kept, method: PaymentMethod | None) -> RetryPolicy:
        """The owner's policy. It counts its window from a new card's first attempt; a world's has begun."""
        tried = [a.started_at for a in kept.attempts if method is not None and a.tried(method)]
        since = (tried[0] - kept.failed_at) if tried else timedelta(0)
        return replace(self.policy, window_days=(self._window - since) // timedelta(days=1))

    def observe_attempt(self, invoice: str, at: datetime, result: Json) -> None:
        """Hears how a retry went."""
        kept = self._kept[invoice]
        facts, planned = self._facts(kept), kept.invoice.planned_retry
        outcome = Outcome.SUCCEEDED if result["succeeded"] else Outcome.DECLINED
        failure = _failure(result.get("failure"))
        made = _attempt(f"a{len(kept.attempts):03d}", at, outcome, facts, failure)
        kept.attempts.append(replace(made, foresight=planned.foresight if planned else None))
        self._remember(facts, kept.attempts, kept.zone)

    def predicted(self, invoice: str, at: datetime) -> float:
        """How likely production thinks that a retry succeeds: what it keeps with the attempt."""
        kept = self._kept[invoice]
        planned = kept.invoice.planned_retry
        told = planned.foresight.chance if planned and planned.foresight else None
        if told is not None:
            return told
        method = self._facts(kept).payment_method
        if method is None:
            raise ValueError(f"no card of {kept.invoice.customer_id} was heard of")
        case = case_of(kept.attempts, self._history(kept, at), kept.zone, method)
        return self.model.predicted(case, at)

    def considered(self, invoice: str) -> tuple[Considered, ...]:
        """What production keeps of the next retry's choice."""
        planned = self._kept[invoice].invoice.planned_retry
        return planned.foresight.considered if planned and planned.foresight else ()

    def _facts(self, kept: Kept) -> Invoice:
        """The invoice with the card that is charged now."""
        return replace(kept.invoice, payment_method=self._customers[kept.invoice.customer_id].method)

    def _remember(self, facts: Invoice, attempts: list[Attempt], zone: str) -> None:
        """Keeps the record that production writes of the last attempt."""
        for record in new_records(facts, attempts, attempts[:-1], zone):
            own = self._customers[record.customer_id].own
            own.append(record)
            del own[: -2 * OWN_MAX]
            self._issuers[record.group.issuer].append(record)

    def _history(self, kept: Kept, now: datetime) -> History:
        """What is recalled for a decision."""
        own, at = self._customers[kept.invoice.customer_id].own, kept.failed_at
        return recalled(own[-OWN_MAX:], self._of_issuer(kept.group, at, now), kept.group, at)

    def _of_issuer(self, group: Group, at: datetime, now: datetime) -> list[PaymentRecord]:
        """The records of an issuer's cards about an instant, as far as they are there by now."""
        records = self._issuers[group.issuer] if group.issuer != UNKNOWN else []
        begins = bisect_left(records, at - OUTAGE_SPAN, key=lambda record: record.at)
        until = min(at + OUTAGE_SPAN, now)
        return list(takewhile(lambda record: record.at <= until, islice(records, begins, None)))

    def _nights(self, now: datetime) -> None:
        """Learns each day once, when its invoices are at rest."""
        until = (now - self._lag).date()
        if self._learnt_until is None:
            self._learnt_until = until
        while self._learnt_until < until:
            self._night(self._learnt_until)
            self._learnt_until += timedelta(days=1)

    def _night(self, day: date) -> None:
        rested = [self._at_rest(invoice) for invoice in self._failed_on.pop(day, ())]
        if not self._learns:
            return
        night = self.contest.after([one for one in rested if one is not None], f"{day}")
        self.contest = night.contest
        if night.promoted:
            self.model = SmartRetries(self.contest.champion)

    def _at_rest(self, invoice: str) -> AtRest | None:
        kept = self._kept.pop(invoice)
        at = kept.failed_at
        issuer = self._of_issuer(kept.group, at, at + OUTAGE_SPAN)
        return at_rest(invoice, self._customers[kept.invoice.customer_id].own, issuer, self.policy)


def smart(attempts_max: int, window: timedelta) -> SmartPolicy:
    """The factory that `dunwell recovery --help` names."""
    return SmartPolicy(attempts_max, window)


def day_0(attempts_max: int, window: timedelta) -> SmartPolicy:
    """The same, but it never learns."""
    return SmartPolicy(attempts_max, window, learns=False)


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


def _invoice(event: Json, method: PaymentMethod) -> Invoice:
    at, amount = event["at"], Money(event["amount"], event["currency"])
    return Invoice(
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


def _attempt(id_: str, at: datetime, outcome: Outcome, facts: Invoice, failure: Failure | None) -> Attempt:
    return Attempt(
        id_,
        Origin.DUNWELL if id_ != "a000" else Origin.PROCESSOR,
        at,
        outcome,
        facts.amount_remaining,
        failure=failure,
        method=facts.payment_method.identity if facts.payment_method else None,
    )
