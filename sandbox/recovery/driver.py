"""Runs one policy on one world: events and retries merged in time order; it judges nothing."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.recovery.protocol import Event, Ledger, Policy, World


@dataclass(slots=True)
class Outcome:
    """What the driver saw of one scored invoice; amounts in minor units. `informed` is whether the informed
    policy recovers it, None where the world does not say."""

    opened_at: datetime
    amount: int
    attempts: int = 0
    recovered: bool = False
    informed: bool | None = None


@dataclass(frozen=True, slots=True)
class FirstChoice:
    """What was weighed for a scored invoice's first retry, the time that was drawn first: propensities,
    predicted chances, and whether a retry would really have passed."""

    propensities: tuple[float, ...]
    chances: tuple[float, ...]
    passed: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One run. `predictions` are probabilities with what happened, of the scored invoices' attempts;
    `choices` are there where the policy explores and the world is transparent."""

    ledger: Ledger
    outcomes: list[Outcome]
    predictions: list[tuple[float, bool]]
    choices: list[FirstChoice] = field(default_factory=list)


@dataclass
class Driver:
    """A clock that only goes forward. What waits is (instant, number, invoice, version of its plan)."""

    world: World
    policy: Policy
    open: dict[str, Outcome] = field(default_factory=dict)
    scored: list[Outcome] = field(default_factory=list)
    predictions: list[tuple[float, bool]] = field(default_factory=list)
    choices: list[FirstChoice] = field(default_factory=list)
    _waiting: list[tuple[datetime, int, str, int]] = field(default_factory=list)
    _versions: dict[str, int] = field(default_factory=dict)
    _number: int = 0

    def run(self) -> Record:
        """Raises `ValueError` when a policy plans into the past."""
        for event in self.world.events():
            self._retry_until(event["at"])
            self._hear(event)
        self._retry_until(None)
        return Record(self.world.ledger(), self.scored, self.predictions, self.choices)

    def _retry_until(self, at: datetime | None) -> None:
        """Makes the retries due before an instant, None: all. At a tie the event is heard first."""
        while self._waiting and (at is None or self._waiting[0][0] < at):
            due_at, _, invoice, version = heapq.heappop(self._waiting)
            if version == self._versions.get(invoice) and invoice in self.open:
                self._retry(invoice, due_at)

    def _hear(self, event: Event) -> None:
        at, kind = event["at"], event["type"]
        if kind == "invoice.payment_failed":
            self._forget_before(at - self.world.window)
            self.open[event["invoice"]] = outcome = Outcome(at, event["amount"])
            if at >= self.world.scored_from:
                self.scored.append(outcome)
                informed: Any = getattr(self.world, "informed", None)
                outcome.informed = informed(event["invoice"]) if informed else None
        invoice: str = event.get("invoice", "")
        self.policy.observe(event)
        affected: Iterable[str] = getattr(self.policy, "affected", lambda _: ())(event)
        again = [one for one in affected if one != invoice and one in self.open]
        for one in [invoice, *again] if kind == "invoice.payment_failed" else again:
            self._plan(one, at)

    def _plan(self, invoice: str, now: datetime) -> None:
        """A later plan takes an earlier one's place."""
        self._versions[invoice] = self._versions.get(invoice, 0) + 1
        at = self.policy.plan(invoice, now)
        if at is None:
            return
        if at < now:
            raise ValueError(f"the policy plans a retry of {invoice} at {at}, which is before {now}")
        self._number += 1
        heapq.heappush(self._waiting, (at, self._number, invoice, self._versions[invoice]))

    def _retry(self, invoice: str, at: datetime) -> None:
        outcome = self.open[invoice]
        predict: Any = getattr(self.policy, "predicted", None)
        probability = predict(invoice, at) if predict else None
        if outcome.attempts == 0 and outcome.opened_at >= self.world.scored_from:
            self._keep_choice(invoice)
        try:
            result = self.world.attempt(invoice, at)
        except ValueError:
            return  # the world counts what it refuses as a violation; the policy is not asked again
        outcome.attempts += 1
        outcome.recovered = result["succeeded"]
        if probability is not None and outcome.opened_at >= self.world.scored_from:
            self.predictions.append((float(probability), outcome.recovered))
        self.policy.observe_attempt(invoice, at, result)
        if outcome.recovered:
            del self.open[invoice]
        else:
            self._plan(invoice, at)

    def _keep_choice(self, invoice: str) -> None:
        """What was weighed for a first retry, and what each time would have come to."""
        considered: Any = getattr(self.policy, "considered", None)
        would_pass: Any = getattr(self.world, "would_pass", None)
        weighed = considered(invoice) if considered and would_pass else ()
        if weighed:
            self.choices.append(
                FirstChoice(
                    tuple(one.propensity for one in weighed),
                    tuple(one.chance for one in weighed),
                    tuple(would_pass(invoice, one.at) for one in weighed),
                )
            )

    def _forget_before(self, at: datetime) -> None:
        """Invoices whose window is over are not planned again."""
        over = [invoice for invoice, outcome in self.open.items() if outcome.opened_at < at]
        for invoice in over:
            del self.open[invoice]


def run(world: World, policy: Policy) -> Record:
    return Driver(world, policy).run()
