"""What a night adds to the lessons: soft counts from the invoices that came to rest."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import Final
from zoneinfo import ZoneInfo

from dunwell.domain.history import UNKNOWN
from dunwell.domain.smart_retries.causes import Cause, code_of
from dunwell.domain.smart_retries.hours import HOURS_BUCKET
from dunwell.domain.smart_retries.lessons import Counts, Lessons, bin_of, issuer_level
from dunwell.domain.smart_retries.locks import bucket_of_gap
from dunwell.domain.smart_retries.model import SmartRetries
from dunwell.domain.smart_retries.posterior import Case, belief_in

HALF_LIFE_DAYS: Final = 60.0
"""What was learnt counts half after so long: habits, banks and codes change."""

FORGOTTEN_BELOW: Final = 0.02
"""Counts that have faded to less are dropped."""

COUNTS_MAX: Final = 40_000
"""Counts of one kind at most, the heaviest: what a rare bank did leans on what wider groups did anyway."""

DECIMALS: Final = 5
"""How exactly counts are kept."""

_CAUSES: Final = frozenset(Cause)


class Learning:
    """Lessons in the making. Begins with those learnt so far."""

    def __init__(self, so_far: Lessons) -> None:
        self._so_far = so_far
        self._causes = _copied(so_far.causes)
        self._signals = _copied(so_far.signals)
        self._curves = _copied(so_far.curves)
        self._expected_by_hour = _copied(so_far.expected_by_hour)
        self._succeeded_by_hour = _copied(so_far.succeeded_by_hour)
        self._expected_by_gap = _copied(so_far.expected_by_gap)
        self._succeeded_by_gap = _copied(so_far.succeeded_by_gap)
        self._expected = _copied(so_far.expected)
        self._succeeded = _copied(so_far.succeeded)
        self._every = (
            self._causes,
            self._signals,
            self._curves,
            self._expected_by_hour,
            self._succeeded_by_hour,
            self._expected_by_gap,
            self._succeeded_by_gap,
            self._expected,
            self._succeeded,
        )

    def forget(self, days: float) -> None:
        """Lets what was learnt fade, as over so many days."""
        kept = 0.5 ** (days / HALF_LIFE_DAYS)
        for counts in self._every:
            for name in list(counts):
                counts[name] *= kept
                if counts[name] < FORGOTTEN_BELOW:
                    del counts[name]

    def hear_case(self, case: Case) -> None:
        """An invoice whose window is over, with all its retries: they tell of causes, curves and hours."""
        belief = belief_in(case, self._so_far)
        code = code_of(case.declines[0].failure)
        for signal in case.signals:
            self._signals[signal] += 1.0
        for curve, weight in zip(belief.curves, belief.weights, strict=True):
            for signal in case.signals:
                self._signals[f"{signal}|{curve.cause}"] += weight
            self._signals[f"|{curve.cause}"] += weight
            for level in case.group.levels:
                self._causes[f"{level}|{code}|{curve.cause}"] += weight
                self._curves[f"{level}|{curve.cause}|{curve.key}"] += weight
                self._curves[f"{level}|{curve.cause}"] += weight
        self._hear_retries(case)

    def _hear_retries(self, case: Case) -> None:
        """What was to be expected of each retry, and what became of it."""
        model = SmartRetries(self._so_far)
        for before, at, succeeded in case.retries():
            told = model.raw_chance(before, at)
            self._hear_hour(case, at, told.any_hour, succeeded=succeeded)
            self._hear_gap(before, at, told.unlocked, succeeded=succeeded)
            name = str(bin_of(told.chance))
            self._expected[name] += told.chance
            self._succeeded[name] += succeeded

    def _hear_hour(self, case: Case, at: datetime, expected: float, *, succeeded: bool) -> None:
        bucket = bucket_of(at, case.zone)
        for level in case.group.hour_levels:
            self._expected_by_hour[f"{level}|{bucket}"] += expected
            self._succeeded_by_hour[f"{level}|{bucket}"] += succeeded

    def _hear_gap(self, before: Case, at: datetime, expected: float, *, succeeded: bool) -> None:
        if before.group.issuer == UNKNOWN:
            return
        name = (
            f"{issuer_level(before.group)}|{bucket_of_gap((at - before.declines[-1].at) / timedelta(days=1))}"
        )
        self._expected_by_gap[name] += expected
        self._succeeded_by_gap[name] += succeeded

    def sealed(self, version: str) -> Lessons:
        """What was learnt, as lessons of this version."""
        _lighten(self._causes, self._causes)
        of_curves = [name for name in self._curves if name.rpartition("|")[2] not in _CAUSES]
        for name, count in _lighten(self._curves, of_curves).items():
            self._curves[name.rpartition("|")[0]] -= count
        return Lessons(version, *(_rounded(counts) for counts in self._every))


def bucket_of(at: datetime, zone: str) -> int:
    """The bucket of local hours in which a UTC instant lies."""
    return at.astimezone(ZoneInfo(zone)).hour // HOURS_BUCKET


def _lighten(counts: dict[str, float], among: Collection[str]) -> Counts:
    """Drops the lightest of too many counts of these names, and returns those."""
    many = len(among) - COUNTS_MAX
    dropped = {name: counts[name] for name in nsmallest(many, among, key=counts.__getitem__)}
    for name in dropped:
        del counts[name]
    return dropped


def _rounded(counts: Counts) -> Counts:
    told = {name: round(count, DECIMALS) for name, count in counts.items()}
    return {name: count for name, count in told.items() if count}


def _copied(counts: Counts) -> defaultdict[str, float]:
    return defaultdict(float, counts)
