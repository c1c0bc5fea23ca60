"""A world over a recipe: it lets policies retry within the rules, and keeps the ledger itself."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sandbox.recovery.protocol import Event, Ledger, Result
from sandbox.recovery.worlds.chance import draw
from sandbox.recovery.worlds.codes import Failure, forbids_retries
from sandbox.recovery.worlds.informed import recovered_informed
from sandbox.recovery.worlds.recipe import Recipe
from sandbox.recovery.worlds.stream import Opened, Stream, draw_stream

WINDOW: Final = timedelta(days=14)
ATTEMPTS_MAX: Final = 8


@dataclass(slots=True)
class Account:
    """What became of one invoice. `forbidden_on`: the fingerprint that a code forbids to retry, or None."""

    opened: Opened
    locked_until: int
    last_at: datetime
    forbidden_on: str | None = None
    attempts: int = 0
    violations: int = 0
    recovered_at: datetime | None = None

    @property
    def waited(self) -> timedelta | None:
        """From the first failure until it was paid; None while it is not."""
        return self.recovered_at - self.opened.bill.at if self.recovered_at else None


@dataclass
class RecipeWorld:
    """One world, drawn from a recipe and a seed; every policy needs a fresh one."""

    recipe: Recipe
    seed: int
    invoices: int
    window: timedelta = WINDOW
    attempts_max: int = ATTEMPTS_MAX
    _accounts: dict[str, Account] = field(default_factory=dict)
    _stream: Stream = field(init=False)

    def __post_init__(self) -> None:
        self._stream = draw_stream(self.recipe, self._world_seed, self.invoices)
        for invoice, opened in self._stream.opened.items():
            account = Account(opened, opened.locked_until, opened.bill.at)
            self._accounts[invoice] = account
            self._forbid(account, opened.failure, opened.bill.hour)

    @property
    def name(self) -> str:
        return self.recipe.name

    @property
    def scored_from(self) -> datetime:
        """Aware, in UTC."""
        return self._stream.truth.calendar.scored_from

    def events(self) -> Iterator[Event]:
        """Each event is the listener's own, to change as it likes."""
        return (deepcopy(event) for event in self._stream.events)

    def attempt(self, invoice: str, at: datetime) -> Result:
        """One retry, at an aware instant. Raises `ValueError` for an invoice that may not be retried then."""
        account = self._accounts.get(invoice)
        if account is None:
            raise ValueError(f"no invoice {invoice} has failed")
        refused = self._refusal(account, at)
        if refused:
            account.violations += 1
            raise ValueError(f"{invoice}: {refused}")
        truth, bill = self._stream.truth, account.opened.bill
        hour = truth.calendar.hour(at)
        account.attempts, account.last_at = account.attempts + 1, at
        if account.forbidden_on == bill.person.wallet.shown(hour)["fingerprint"]:
            account.violations += 1
        cause = truth.cause(bill, hour, account.locked_until)
        if cause is None:
            account.recovered_at = at
            return {"succeeded": True, "failure": None}
        failure = truth.told(bill, hour, cause, account.locked_until)
        account.locked_until = truth.lock_after(bill, hour, cause, account.locked_until)
        self._forbid(account, failure, hour)
        return {"succeeded": False, "failure": dict(failure)}

    def ledger(self) -> Ledger:
        """Counts and sums of the scored invoices; amounts in minor units, days as a float."""
        scored = [account for account in self._accounts.values() if account.opened.scored]
        paid = [account for account in scored if account.waited is not None]
        waited = sum((account.waited for account in paid if account.waited), timedelta())
        return {
            "invoices": len(scored),
            "amount_due": sum(account.opened.bill.amount for account in scored),
            "amount_recovered": sum(account.opened.bill.amount for account in paid),
            "recovered": len(paid),
            "attempts": sum(account.attempts for account in scored),
            "days_to_recovery": waited / timedelta(days=1),
            "violations": sum(account.violations for account in scored),
            "amount_informed": sum(self._stream.opened[one].bill.amount for one in self._informed()),
        }

    def informed(self, invoice: str) -> bool:
        """Whether the informed policy recovers a scored invoice."""
        return invoice in self._informed()

    def would_pass(self, invoice: str, at: datetime) -> bool:
        """Whether the first retry of an invoice would succeed at an aware instant."""
        truth, opened = self._stream.truth, self._stream.opened[invoice]
        return truth.cause(opened.bill, truth.calendar.hour(at), opened.locked_until) is None

    def _informed(self) -> frozenset[str]:
        return recovered_informed(
            self.recipe, self._world_seed, self.invoices, self.window, self.attempts_max
        )

    def _refusal(self, account: Account, at: datetime) -> str | None:
        opened_at = account.opened.bill.at
        if account.recovered_at:
            return "it is paid already"
        if not opened_at < at <= opened_at + self.window:
            return f"{at} is outside its window"
        if at < account.last_at:
            return f"{at} is before an earlier attempt"
        if account.attempts >= self.attempts_max:
            return f"all its {self.attempts_max} retries are made"
        return None

    def _forbid(self, account: Account, failure: Failure, hour: int) -> None:
        if forbids_retries(failure):
            account.forbidden_on = account.opened.bill.person.wallet.shown(hour)["fingerprint"]

    @property
    def _world_seed(self) -> int:
        """Worlds of different kinds share no draws."""
        return int(draw(self.recipe.name, self.seed) * 2**48)
