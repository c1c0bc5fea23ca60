"""What a policy recovers that knows all hidden parameters and the hidden state, but not the draws of chance.

It covers as many possible futures as it can, tries, keeps the futures in which that fails, and plans again.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

from sandbox.recovery.worlds.codes import forbids_retries
from sandbox.recovery.worlds.odds import Odds, candidates, even_hours
from sandbox.recovery.worlds.pools import ALL, FUTURES, Column, shares, turned
from sandbox.recovery.worlds.recipe import Recipe
from sandbox.recovery.worlds.stream import Opened, draw_stream
from sandbox.recovery.worlds.truth import LOCK_VARIES, Truth

DOUBT: Final = 0.03
"""By how large a share of the futures a plan must beat even steps: the best of many is partly luck."""


@lru_cache(maxsize=4)
def recovered_informed(
    recipe: Recipe, seed: int, invoices: int, window: timedelta, attempts_max: int
) -> frozenset[str]:
    """Those of the scored invoices that it recovers; kept, for every policy's ledger asks it."""
    stream = draw_stream(recipe, seed, invoices)
    hours = window // timedelta(hours=1)
    return frozenset(
        invoice
        for invoice, opened in stream.opened.items()
        if opened.scored and is_recovered(stream.truth, opened, hours, attempts_max)
    )


def is_recovered(truth: Truth, opened: Opened, hours: int, attempts_max: int) -> bool:
    """Whether the informed policy recovers one invoice within so many hours and retries. It keeps to the
    networks' rules, as whoever is compared with it."""
    planner, locked_until = Planner(truth, opened, hours, attempts_max), opened.locked_until
    now, replaced_at = opened.bill.hour, opened.bill.person.wallet.replaced_at_hour
    failure = opened.failure
    while len(planner.tried) < attempts_max:
        if forbids_retries(failure):
            if replaced_at is None or not now < replaced_at <= opened.bill.hour + hours:
                return False
            now = planner.replaced_at = replaced_at
        hour = planner.following(now)
        if hour is None:
            return False
        if replaced_at is not None and now < replaced_at <= hour and planner.replaced_at is None:
            now = planner.replaced_at = replaced_at
            continue
        cause = truth.cause(opened.bill, hour, locked_until)
        if cause is None:
            return True
        failure = truth.told(opened.bill, hour, cause, locked_until)
        locked_until = truth.lock_after(opened.bill, hour, cause, locked_until)
        planner.tried.append(hour)
        now = hour
    return False


@lru_cache(maxsize=64)
def lock_lengths(hours: float) -> Column:
    """How long a bank's locks are in each future, in hours; spread as they are drawn."""
    evenly = ((place * 89 % FUTURES + 0.5) / FUTURES for place in range(FUTURES))
    return Column(1 + int(hours * (1 - LOCK_VARIES + 2 * LOCK_VARIES * share)) for share in evenly)


@dataclass
class Tries:
    """What tries at some hours come to: the futures that pass, and the locks that the failures begin."""

    passed: int
    locks: list[tuple[int, int]]


class Planner:
    """Plans one invoice's retries; `tried` are the hours of those that failed."""

    def __init__(self, truth: Truth, opened: Opened, hours: int, attempts_max: int) -> None:
        self._opened, self._attempts_max = opened, attempts_max
        self._last = opened.bill.hour + hours
        self._odds = Odds(truth, opened)
        self._even = even_hours(opened, hours // 24, attempts_max)
        self._hours = candidates(self._odds, truth, opened, self._last, self._even)
        issuer = opened.bill.person.wallet.issuer
        self._locks = lock_lengths(issuer.lock_hours) if issuer.locks else None
        self._triggered = shares("trigger", 0).below(truth.recipe.lock_trigger)
        self._passes: dict[tuple[int, int | None], int] = {}
        self.tried: list[int] = []
        self.replaced_at: int | None = None

    def following(self, now: int) -> int | None:
        """The hour of the next try, after `now`; None when the window has no room for one."""
        left = self._attempts_max - len(self.tried)
        hours = [hour for hour in self._hours if hour > now]
        if not hours:
            return None
        before = self._tries(self.tried, Tries(0, []))
        before.passed, failed = 0, ALL & ~before.passed
        greedy = self._cover(hours, before, failed, left)
        even = [hour for hour in self._even if hour > now][:left]
        least = self._value(even, before, failed) + failed.bit_count() * DOUBT
        plan = greedy if self._value(greedy, before, failed) > least else even
        if plan and self._value(plan, before, failed):
            return min(plan)
        return now + max(1, (self._last - now) // left) if now < self._last else None

    def _cover(self, hours: list[int], before: Tries, failed: int, left: int) -> list[int]:
        """Adds again and again the hour that adds most futures to those that pass."""
        chosen: list[int] = []
        value = 0
        for _ in range(left):
            valued = [(self._value(sorted([*chosen, hour]), before, failed), -hour) for hour in hours]
            best, hour = max(valued)
            if best <= value:
                break
            value, chosen = best, sorted([*chosen, -hour])
        return chosen

    def _value(self, hours: list[int], before: Tries, failed: int) -> int:
        return (self._tries(hours, before).passed & failed).bit_count()

    def _tries(self, hours: list[int], before: Tries) -> Tries:
        passed, locks = before.passed, list(before.locks)
        for hour in hours:
            passes = self._pass(hour)
            if self._locks:
                locked = self._locked(hour, locks)
                passes &= ~locked
                locks.append((hour, ~passes & (locked | turned(self._triggered, hour * 37))))
            passed |= passes
        return Tries(passed, locks)

    def _locked(self, hour: int, locks: list[tuple[int, int]]) -> int:
        if self._locks is None or hour < self._opened.locked_until:
            return ALL if self._locks else 0
        locked = 0
        for begin, futures in locks:
            locked |= futures & turned(ALL & ~self._locks.below(hour - begin + 0.5), begin * 53)
        return locked

    def _pass(self, hour: int) -> int:
        key = hour, self.replaced_at
        if key not in self._passes:
            self._passes[key] = self._odds.passes(hour, self.replaced_at)
        return self._passes[key]
