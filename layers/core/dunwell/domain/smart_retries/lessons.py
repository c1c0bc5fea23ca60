"""What past attempts taught, as counts: which codes stand for which causes, which curves are common, which
hours are good. Each group of cards leans on the wider one until it has counts of its own."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from dunwell.domain.history import UNKNOWN, Group
from dunwell.domain.smart_retries.causes import Cause, shares_of
from dunwell.domain.smart_retries.curves import Curve
from dunwell.domain.smart_retries.hours import BUCKETS, effects_seen
from dunwell.domain.smart_retries.locks import GAPS_HOURS, Locks, locks_seen
from dunwell.domain.smart_retries.signals import USUAL_RATIOS

Counts = Mapping[str, float]

CODE_LEANING: Final = 100.0
SIGNAL_LEANING: Final = 100.0
"""As many cases of its own give a group half the say about itself."""

CURVE_LEANING: Final = 3.0
"""The same for each curve that a cause has: many curves want more to be told apart."""

UNLEARNT: Final = "lessons-0"
"""The version that nothing has taught."""

CALIBRATION_BINS: Final = 20
CALIBRATION_LEANING: Final = 5.0


@dataclass(frozen=True, slots=True)
class Lessons:
    """Counts by name; a name joins a level of `Group.levels` (of hours: `Group.hour_levels`) with what is
    counted there.

    `causes`: `level|code|cause`; `signals`: `signal|cause`, and `signal` and `|cause` alone for sums;
    `curves`: `level|cause|key`. Expected and seen successes, each without what it tells of: by hour
    `level|bucket`, by gap since the last decline `issuer|bucket`, and by bin of the predicted chance.
    """

    version: str = UNLEARNT
    causes: Counts = field(default_factory=dict)
    signals: Counts = field(default_factory=dict)
    curves: Counts = field(default_factory=dict)
    expected_by_hour: Counts = field(default_factory=dict)
    succeeded_by_hour: Counts = field(default_factory=dict)
    expected_by_gap: Counts = field(default_factory=dict)
    succeeded_by_gap: Counts = field(default_factory=dict)
    expected: Counts = field(default_factory=dict)
    succeeded: Counts = field(default_factory=dict)
    _known: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def shares(self, code: str, group: Group) -> dict[Cause, float]:
        """What a code (`causes.code_of`) stands for on cards of this group; adds up to 1."""
        return dict(self._once(("shares", code, group), lambda: self._shares(code, group)))

    def signal_ratios(self, signal: str) -> Mapping[Cause, float]:
        """How many times likelier a signal (`signals_of`) is behind each cause than behind any."""
        found: Mapping[Cause, float] = self._once(("signal", signal), lambda: self._signal_ratios(signal))
        return found

    def curve_shares(self, curves: Sequence[Curve], group: Group) -> Sequence[float]:
        """How common each curve is within its cause, in this order."""
        name = ("curves", len(curves), group.levels)
        found: Sequence[float] = self._once(name, lambda: self._curve_shares(curves, group))
        return found

    def hour_effects(self, group: Group) -> Sequence[float]:
        """How much more (above 1) or less often attempts succeed in each bucket of local hours than predicted
        without it."""
        levels = group.hour_levels
        found: Sequence[float] = self._once(("hours", levels), lambda: self._hour_effects(levels))
        return found

    def locks(self, group: Group) -> Locks:
        """What these cards' banks do after a decline."""
        found: Locks = self._once(("locks", group), lambda: self._locks(group))
        return found

    def _locks(self, group: Group) -> Locks:
        if group.issuer == UNKNOWN:
            return Locks()
        names = [f"{issuer_level(group)}|{bucket}" for bucket in range(len(GAPS_HOURS) + 1)]
        return locks_seen(
            [self.expected_by_gap.get(name, 0.0) for name in names],
            [self.succeeded_by_gap.get(name, 0.0) for name in names],
        )

    def _once(self, name: Hashable, count: Callable[[], Any]) -> Any:
        """Counted once for these lessons, which never change."""
        if name not in self._known:
            self._known[name] = count()
        return self._known[name]

    def _shares(self, code: str, group: Group) -> dict[Cause, float]:
        shares = shares_of(code)
        for level in group.levels:
            seen = {cause: self.causes.get(f"{level}|{code}|{cause}", 0.0) for cause in Cause}
            total = sum(seen.values()) + CODE_LEANING
            shares = {
                cause: (count + CODE_LEANING * shares.get(cause, 0.0)) / total
                for cause, count in seen.items()
            }
        return shares

    def _signal_ratios(self, signal: str) -> dict[Cause, float]:
        every = sum(self.signals.get(f"|{cause}", 0.0) for cause in Cause)
        usual = (self.signals.get(signal, 0.0) + 1.0) / (every + 2.0)
        return {
            cause: (
                self.signals.get(f"{signal}|{cause}", 0.0)
                + SIGNAL_LEANING * usual * USUAL_RATIOS.get((signal, cause), 1.0)
            )
            / ((self.signals.get(f"|{cause}", 0.0) + SIGNAL_LEANING) * usual)
            for cause in Cause
        }

    def _curve_shares(self, curves: Sequence[Curve], group: Group) -> list[float]:
        found = [curve.share for curve in curves]
        many = Counter(curve.cause for curve in curves)
        leaning = {cause: CURVE_LEANING * number for cause, number in many.items()}
        for level in group.levels:
            totals = {cause: self.curves.get(f"{level}|{cause}", 0.0) for cause in many}
            if not any(totals.values()):
                continue
            found = [
                (self.curves.get(f"{level}|{curve.cause}|{curve.key}", 0.0) + leaning[curve.cause] * share)
                / (totals[curve.cause] + leaning[curve.cause])
                for curve, share in zip(curves, found, strict=True)
            ]
        return found

    def _hour_effects(self, levels: Sequence[str]) -> list[float]:
        """Each level leans on the wider one."""
        found = [1.0] * BUCKETS
        for level in levels:
            names = [f"{level}|{bucket}" for bucket in range(BUCKETS)]
            found = effects_seen(
                found,
                [self.expected_by_hour.get(name, 0.0) for name in names],
                [self.succeeded_by_hour.get(name, 0.0) for name in names],
            )
        return found

    def calibrated(self, chance: float) -> float:
        """A predicted chance, corrected by what became of those that were predicted alike."""
        name = str(bin_of(chance))
        expected, observed = self.expected.get(name, 0.0), self.succeeded.get(name, 0.0)
        right = chance * (observed + CALIBRATION_LEANING) / (expected + CALIBRATION_LEANING)
        return min(max(right, 0.001), 0.999)


@dataclass(frozen=True, slots=True)
class LearntLessons:
    """Lessons after the attempts of all days up to `until` (UTC). `report` are figures on why they were
    promoted, or not, `against` the version that was the champion."""

    lessons: Lessons
    until: date
    promoted: bool
    report: Mapping[str, float] = field(default_factory=dict)
    against: str = ""


def issuer_level(group: Group) -> str:
    """The name of what a bank does whatever the kind of its card."""
    return f"issuer {group.issuer}"


def bin_of(chance: float) -> int:
    """The bin of a predicted chance."""
    return min(CALIBRATION_BINS - 1, int(chance * CALIBRATION_BINS))
