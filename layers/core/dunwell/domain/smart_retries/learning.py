"""What a night adds to the lessons: soft counts from invoices that came to rest, and from every attempt."""

from collections import defaultdict
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from dunwell.domain.history import Group
from dunwell.domain.smart_retries.causes import code_of
from dunwell.domain.smart_retries.lessons import HOURS_BUCKET, Counts, Lessons, bin_of
from dunwell.domain.smart_retries.model import SmartRetries
from dunwell.domain.smart_retries.posterior import Case, belief_in

HALF_LIFE_DAYS: Final = 60.0
"""What was learnt counts half after so long: habits, banks and codes change."""

FORGOTTEN_BELOW: Final = 0.02
"""Counts that have faded to less are dropped."""

USUAL_SUCCESS: Final = 0.85
USUAL_LEANING: Final = 20.0
"""How often a first attempt succeeds before anything is learnt, and how many attempts that is worth."""


class Learning:
    """Lessons in the making. Begins with those learnt so far."""

    def __init__(self, so_far: Lessons) -> None:
        self._so_far = so_far
        self._causes = _copied(so_far.causes)
        self._curves = _copied(so_far.curves)
        self._expected_by_hour = _copied(so_far.expected_by_hour)
        self._succeeded_by_hour = _copied(so_far.succeeded_by_hour)
        self._expected = _copied(so_far.expected)
        self._succeeded = _copied(so_far.succeeded)
        self._every = (
            self._causes,
            self._curves,
            self._expected_by_hour,
            self._succeeded_by_hour,
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
        for curve, weight in zip(belief.curves, belief.weights, strict=True):
            for level in case.group.levels:
                self._causes[f"{level}|{code}|{curve.cause}"] += weight
            for level in case.group.levels[:3]:
                self._curves[f"{level}|{curve.cause}|{curve.key}"] += weight
                self._curves[f"{level}|{curve.cause}"] += weight
        self._hear_retries(case)

    def _hear_retries(self, case: Case) -> None:
        """What was to be expected of each retry, and what became of it."""
        model = SmartRetries(self._so_far)
        for before, at, succeeded in case.retries():
            chance, effect = model.raw_chance(before, at)
            self._hear_hour(case, at, chance / effect, succeeded=succeeded)
            name = str(bin_of(chance))
            self._expected[name] += chance
            self._succeeded[name] += succeeded

    def _hear_hour(self, case: Case, at: datetime, expected: float, *, succeeded: bool) -> None:
        bucket = bucket_of(at, case.zone)
        for level in case.group.levels:
            self._expected_by_hour[f"{level}|{bucket}"] += expected
            self._succeeded_by_hour[f"{level}|{bucket}"] += succeeded

    def hear_first(self, at: datetime, zone: str, group: Group, *, succeeded: bool) -> None:
        """The first attempt on an invoice at a UTC instant, whether it succeeded or not: it tells of
        hours."""
        bucket = bucket_of(at, zone)
        for level in group.levels:
            tried, paid = f"{level}|tried", f"{level}|paid"
            usual = (self._succeeded_by_hour[paid] + USUAL_LEANING * USUAL_SUCCESS) / (
                self._expected_by_hour[tried] + USUAL_LEANING
            )
            self._expected_by_hour[tried] += 1.0
            self._succeeded_by_hour[paid] += succeeded
            self._expected_by_hour[f"{level}|{bucket}"] += usual
            self._succeeded_by_hour[f"{level}|{bucket}"] += succeeded

    def sealed(self, version: str) -> Lessons:
        """What was learnt, as lessons of this version."""
        return Lessons(version, *(dict(counts) for counts in self._every))


def bucket_of(at: datetime, zone: str) -> int:
    """The bucket of local hours in which a UTC instant lies."""
    return at.astimezone(ZoneInfo(zone)).hour // HOURS_BUCKET


def _copied(counts: Counts) -> defaultdict[str, float]:
    return defaultdict(float, counts)
