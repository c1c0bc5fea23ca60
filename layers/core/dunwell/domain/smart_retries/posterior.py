"""The posterior: how likely each assumption is after everything that was seen of a customer and a failure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from dunwell.domain.history import Group, History
from dunwell.domain.payments import Failure
from dunwell.domain.smart_retries.causes import ADVICE_WAITS, Cause, advice_of, code_of
from dunwell.domain.smart_retries.curves import (
    CHANCE_MAX,
    FIXED,
    OTHERS,
    PAYDAYS,
    Advised,
    Curve,
    Payday,
    payday_chances,
)
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.locks import Locks, Trail, trail_of
from dunwell.domain.smart_retries.outages import hiding, outage_evidence
from dunwell.domain.smart_retries.own_record import likely_records
from dunwell.domain.smart_retries.pay_cycles import (
    LEAK,
    gone_since,
    local_days,
)

REPEAT_TOLD: Final = 0.4
"""A further decline's code tells less than the first one's: banks repeat themselves."""

KEPT_MIN: Final = 0.003
"""Assumptions less likely than this are left out of plans."""


@dataclass(frozen=True, slots=True)
class Decline:
    """One decline on the invoice: when (UTC), and what was told."""

    at: datetime
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An invoice whose payment failed: its `declines`, oldest first and at least one, what is remembered, and
    the customer's IANA zone. `paid_at` is when a retry succeeded, None while none has; `signals` are what
    else was known at first (`signals_of`)."""

    declines: tuple[Decline, ...]
    history: History
    zone: str
    paid_at: datetime | None = None
    signals: tuple[str, ...] = ()

    @property
    def group(self) -> Group:
        return self.history.group

    def retries(self) -> Iterator[tuple["Case", datetime, bool]]:
        """Each retry: the case as it was before it, when it was made, and whether it succeeded."""
        ends = [(decline.at, False) for decline in self.declines[1:]]
        if self.paid_at is not None:
            ends.append((self.paid_at, True))
        for number, (at, succeeded) in enumerate(ends, start=1):
            before = Case(self.declines[:number], self.history, self.zone, signals=self.signals)
            yield before, at, succeeded


@dataclass(frozen=True, slots=True)
class Belief:
    """The assumptions that are left, the likeliest first, with weights that add up to 1.

    `first` and `last` are the days of the first and the last decline, local; `locked` is how likely the
    card is locked since, by its bank's `locks`. `hopes` tells for each of `PAYDAYS` how likely the declines
    of its current period say nothing of money because a lock hid behind them; None: not at all.
    """

    curves: tuple[Curve, ...]
    weights: tuple[float, ...]
    first: float = 0.0
    last: float = 0.0
    locks: Locks = field(default_factory=Locks)
    locked: float = 0.0
    hopes: Sequence[float] | None = None

    def of(self, cause: Cause) -> float:
        """How likely a cause is."""
        pairs = zip(self.curves, self.weights, strict=True)
        return sum(weight for curve, weight in pairs if curve.cause is cause)

    def unlocked_chance(self, at: float, effect: float) -> float:
        """How likely an attempt at a local day succeeds if no lock stops it, in an hour of such an effect."""
        first, last, told = self.first, self.last, 0.0
        for curve, weight in zip(self.curves, self.weights, strict=True):
            if self.hopes is not None and isinstance(curve, Payday):
                chance = curve.chance(first, last, at, self.hopes[curve.number])
            else:
                chance = curve.chance(first, last, at)
            told += weight * min(CHANCE_MAX, chance * effect)
        return told

    def stopped(self, at: float) -> float:
        """How likely a lock stops an attempt at a local day."""
        return self.locked * self.locks.after(at - self.last)


def belief_in(case: Case, lessons: Lessons) -> Belief:
    """The posterior after the declines of a case and, where it was paid, its payment."""
    zone = ZoneInfo(case.zone)
    days = [local_days(decline.at, zone) for decline in case.declines]
    if case.paid_at is not None:
        days.append(local_days(case.paid_at, zone))
    locks = lessons.locks(case.group)
    codes = [decline.failure.classified_on if decline.failure else None for decline in case.declines]
    trail = hiding(trail_of(locks, days, codes), codes, lambda code: lessons.shares(code, case.group))
    advice = _advice(case, days)
    curves = FIXED if advice[-1] is None else (*FIXED, advice[-1])
    shares = _cause_shares(case, lessons, advised=advice[-1] is not None)
    common = lessons.curve_shares(curves, case.group)
    paid = case.paid_at is not None
    of_paydays, hopes = _told_of_paydays(days, trail, paid=paid)
    likely = [
        *of_paydays,
        *_told_of_others(days, trail, paid=paid),
        _told_of_advice(advice, days, trail, paid=paid),
    ]
    for number, seen in enumerate(likely_records(case.history.own, case.declines[0].at, case.zone)):
        likely[number] *= seen
    kept, weights = _kept(
        curves,
        [
            shares.get(curve.cause, 0.0) * share * told
            for curve, share, told in zip(curves, common, likely, strict=False)
        ],
    )
    return Belief(kept, weights, days[0], days[len(case.declines) - 1], locks, trail.locked, hopes)


def _advice(case: Case, days: Sequence[float]) -> list[Advised | None]:
    """After each decline what the network's last advice says, None before there is any."""
    found: list[Advised | None] = []
    for decline, day in zip(case.declines, days, strict=False):
        told = advice_of(decline.failure)
        before = found[-1] if found else None
        found.append(Advised(day + ADVICE_WAITS[told] / timedelta(days=1)) if told else before)
    return found


def _kept(curves: Sequence[Curve], weights: Sequence[float]) -> tuple[tuple[Curve, ...], tuple[float, ...]]:
    """Those that are likely enough, the likeliest first, with weights that add up to 1."""
    total = sum(weights)
    found = sorted(
        ((weight / total, number) for number, weight in enumerate(weights) if weight > KEPT_MIN * total),
        key=lambda pair: (-pair[0], pair[1]),
    )
    left = sum(weight for weight, _ in found)
    return tuple(curves[n] for _, n in found), tuple(weight / left for weight, _ in found)


def _told_of_advice(
    advice: Sequence[Advised | None], days: Sequence[float], trail: Trail, *, paid: bool
) -> float:
    """How likely the retries went as they did, where what was advised before each one is true."""
    likely, final = 1.0, len(days) - 1
    for number in range(final):
        told = advice[number]
        succeeded = told.chance(days[0], days[number], days[number + 1]) if told else LEAK
        succeeded *= trail.open(number + 1)
        likely *= succeeded if paid and number + 1 == final else 1.0 - succeeded
    return likely


def _told_of_others(days: Sequence[float], trail: Trail, *, paid: bool) -> list[float]:
    """The same for all of `OTHERS` at once."""
    likely, final = [1.0] * len(OTHERS), len(days) - 1
    for number in range(final):
        chances = _other_chances(days[0], days[number], days[number + 1])
        open_ = trail.open(number + 1)
        if paid and number + 1 == final:
            return [before * chance * open_ for before, chance in zip(likely, chances, strict=True)]
        unlocked = 1.0 - trail.stopped[number + 1]
        likely = [
            before * (1.0 - chance * (unlocked if is_outage else open_))
            for before, chance, is_outage in zip(likely, chances, _OUTAGES, strict=True)
        ]
    return likely


_OUTAGES: Final = tuple(curve.cause is Cause.OUTAGE for curve in OTHERS)
"""Which of `OTHERS` an outage does not hide: they say when it is over."""


@lru_cache(maxsize=4_096)
def _other_chances(first: float, last: float, at: float) -> Sequence[float]:
    """Asked for again with each later retry of the same invoice."""
    return [curve.chance(first, last, at) for curve in OTHERS]


def _told_of_paydays(
    days: Sequence[float], trail: Trail, *, paid: bool
) -> tuple[list[float], list[float] | None]:
    """The same for all of `PAYDAYS`, and the hopes that are left (`Belief`)."""
    likely, final = [1.0] * len(PAYDAYS), len(days) - 1
    hopes = [0.0] * len(PAYDAYS) if any(trail.hidden) else None
    for number in range(final):
        gone, chances = gone_since(days[number]), payday_chances(days[number], days[number + 1], hopes)
        open_ = trail.open(number + 1)
        if paid and number + 1 == final:
            return [before * chance * open_ for before, chance in zip(likely, chances, strict=True)], hopes
        likely = [before * (1.0 - chance * open_) for before, chance in zip(likely, chances, strict=True)]
        if hopes is not None:
            hidden, since = trail.hidden[number + 1], gone_since(days[number + 1])
            hopes = [
                hidden * hope if then == now else hidden
                for then, now, hope in zip(gone, since, hopes, strict=True)
            ]
    return likely, hopes


def _cause_shares(case: Case, lessons: Lessons, *, advised: bool) -> dict[Cause, float]:
    """What the codes stand for, the signals, and the issuer's other cards."""
    shares = lessons.shares(code_of(case.declines[0].failure), case.group)
    for signal in case.signals:
        for cause, ratio in lessons.signal_ratios(signal).items():
            shares[cause] *= ratio
    for decline in case.declines[1:]:
        told = lessons.shares(code_of(decline.failure), case.group)
        usual = lessons.shares("-", case.group)
        for cause in shares:
            if cause is not Cause.ADVISED:
                ratio = (told.get(cause, 0.0) + 0.01) / (usual.get(cause, 0.0) + 0.01)
                shares[cause] *= ratio**REPEAT_TOLD
    if not advised:
        shares[Cause.ADVISED] = 0.0
    shares[Cause.OUTAGE] *= outage_evidence(
        case.declines[0].at, case.history.issuer, lambda code: lessons.shares(code, case.group)
    )
    total = sum(shares.values())
    return {cause: share / total for cause, share in shares.items()}
