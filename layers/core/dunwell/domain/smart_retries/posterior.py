"""The posterior: how likely each assumption is after everything that was seen of a customer and a failure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from dunwell.domain.history import Group, History, PastAttempt
from dunwell.domain.payments import Failure
from dunwell.domain.smart_retries.causes import Cause, advice_of, code_of, shares_of
from dunwell.domain.smart_retries.curves import FIXED, Curve, Waiting, curves_for
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.pay_cycles import (
    DRAINS_DAYS,
    LEAK,
    LEFT,
    LEFT_STEPS,
    RHYTHM_PHASES,
    last_pay_days,
)

FORGOTTEN_DAYS: Final = 120.0
"""What a customer's attempt tells of their pay cycle is worth half after so long."""

USUAL_LACK: Final = 0.25
"""How often a customer has no money at any time: what an account's own record is compared with."""

REPEAT_TOLD: Final = 0.4
"""A further decline's code tells less than the first one's: banks repeat themselves."""

KEPT_MIN: Final = 0.003
"""Assumptions less likely than this are left out of plans."""

HOPELESS: Final = 0.0002
"""Assumptions that much less likely than the likeliest before any retry are not asked what the retries
tell."""

OUTAGE_SPAN: Final = timedelta(hours=4)
"""Attempts on other cards of the issuer so close to a failure tell whether the bank was reached."""


@dataclass(frozen=True, slots=True)
class Decline:
    """One decline on the invoice: when (UTC), and what was told."""

    at: datetime
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An invoice whose payment failed: its `declines`, oldest first and at least one, what is remembered, and
    the customer's IANA zone. `paid_at` is when a retry succeeded, None while none has."""

    declines: tuple[Decline, ...]
    history: History
    zone: str
    paid_at: datetime | None = None

    @property
    def group(self) -> Group:
        return self.history.group

    def retries(self) -> Iterator[tuple["Case", datetime, bool]]:
        """Each retry: the case as it was before it, when it was made, and whether it succeeded."""
        ends = [(decline.at, False) for decline in self.declines[1:]]
        if self.paid_at is not None:
            ends.append((self.paid_at, True))
        for number, (at, succeeded) in enumerate(ends, start=1):
            yield Case(self.declines[:number], self.history, self.zone), at, succeeded


@dataclass(frozen=True, slots=True)
class Belief:
    """The assumptions that are left, the likeliest first, with weights that add up to 1."""

    curves: tuple[Curve, ...]
    weights: tuple[float, ...]

    def of(self, cause: Cause) -> float:
        """How likely a cause is."""
        pairs = zip(self.curves, self.weights, strict=True)
        return sum(weight for curve, weight in pairs if curve.cause is cause)


def local_days(at: datetime, zone: ZoneInfo) -> float:
    """A UTC instant as a local ordinal day with its fraction."""
    local = at.astimezone(zone)
    return local.toordinal() + (local.hour * 3600 + local.minute * 60 + local.second) / 86_400


def belief_in(case: Case, lessons: Lessons) -> Belief:
    """The posterior after the declines of a case and, where it was paid, its payment."""
    zone = ZoneInfo(case.zone)
    first = case.declines[0]
    curves = curves_for(advice_of(first.failure))
    shares = _cause_shares(case, lessons)
    common = lessons.curve_shares(curves, case.group)
    seen = _own_record(case.history.own, first.at, case.zone)
    instants = [local_days(decline.at, zone) for decline in case.declines]
    if case.paid_at is not None:
        instants.append(local_days(case.paid_at, zone))
    weights = []
    for curve, share in zip(curves, common, strict=True):
        weight = shares.get(curve.cause, 0.0) * share
        if curve.cause is Cause.FUNDS:
            weight *= seen.get(curve.key, 1.0)
        weights.append(weight)
    least = HOPELESS * max(weights)
    paid = case.paid_at is not None
    told = [
        weight * _told_by_retries(curve, instants, paid=paid) if weight > least else 0.0
        for curve, weight in zip(curves, weights, strict=True)
    ]
    return _kept(curves, told)


def _kept(curves: Sequence[Curve], weights: Sequence[float]) -> Belief:
    total = sum(weights)
    found = sorted(
        ((weight / total, number) for number, weight in enumerate(weights) if weight > KEPT_MIN * total),
        key=lambda pair: (-pair[0], pair[1]),
    )
    left = sum(weight for weight, _ in found)
    return Belief(tuple(curves[n] for _, n in found), tuple(weight / left for weight, _ in found))


def _told_by_retries(curve: Curve, instants: Sequence[float], *, paid: bool) -> float:
    """How likely the retries went as they did."""
    if len(instants) < 2:
        return 1.0
    chance, likely, last = curve.over(instants), 1.0, len(instants) - 1
    for number in range(last):
        succeeded = chance(number, number + 1, number)
        likely *= succeeded if paid and number + 1 == last else 1.0 - succeeded
    return likely


def _cause_shares(case: Case, lessons: Lessons) -> dict[Cause, float]:
    """What the codes stand for, and the issuer's other cards."""
    shares = lessons.shares(code_of(case.declines[0].failure), case.group)
    for decline in case.declines[1:]:
        told = lessons.shares(code_of(decline.failure), case.group)
        usual = lessons.shares("-", case.group)
        for cause in shares:
            if cause is not Cause.ADVISED:
                ratio = (told.get(cause, 0.0) + 0.01) / (usual.get(cause, 0.0) + 0.01)
                shares[cause] *= ratio**REPEAT_TOLD
    shares[Cause.OUTAGE] = shares.get(Cause.OUTAGE, 0.0) * outage_evidence(
        case.declines[0].at, case.history.issuer
    )
    total = sum(shares.values())
    return {cause: share / total for cause, share in shares.items()}


def outage_evidence(at: datetime, issuer: Sequence[PastAttempt]) -> float:
    """How many times likelier an outage is, after what happened to other cards of the issuer about then."""
    ratio = 1.0
    for attempt in issuer:
        if abs(attempt.at - at) <= OUTAGE_SPAN:
            ratio *= 0.15 if attempt.succeeded else 2.0
    return min(max(ratio, 0.02), 30.0)


@lru_cache(maxsize=256)
def _own_record(own: tuple[PastAttempt, ...], now: datetime, zone_name: str) -> Mapping[str, float]:
    """How much likelier each way in which an account is filled makes the customer's own attempts, up to the
    failure at `now`, than what is usual. Asked for again with each retry of an invoice."""
    zone = ZoneInfo(zone_name)
    seen = [
        Seen(local_days(past.at, zone), past.succeeded, _blur(past.code), _age_weight(past.at, now))
        for past in own
        if past.at < now
    ]
    seen.append(Seen(local_days(now, zone), succeeded=False, blur=0.0, weight=1.0))
    found = {}
    for number, (rhythm, phase) in enumerate(RHYTHM_PHASES):
        pays = [last_pay_days(int(one.at))[number] for one in seen]
        for drain in DRAINS_DAYS:
            found[f"{rhythm}/{phase}/{drain:g}"] = _likely(seen, pays, LEFT[drain])
    for curve in FIXED:
        if isinstance(curve, Waiting) and curve.cause is Cause.FUNDS:
            found[curve.key] = _likely_irregular(seen, curve)
    return found


class Seen(NamedTuple):
    """An attempt of the customer's: local day, whether it succeeded, how likely a failure had nothing to
    do with money (relative to that it had), and what it still counts."""

    at: float
    succeeded: bool
    blur: float
    weight: float


def _likely(seen: Sequence[Seen], pays: Sequence[int], left: Sequence[float]) -> float:
    """The likelihood of what was seen under a pay cycle, relative to what is usual. Money that was gone stays
    gone until the next pay day; money that was there may be there still."""
    told, pay_before, paid_before, left_before = 0.0, -1, False, 1.0
    for (at, succeeded, blur, weight), pay in zip(seen, pays, strict=True):
        there = now_left = left[int((at - pay) * LEFT_STEPS)]
        if pay == pay_before:
            there = min(0.97, now_left / left_before) if paid_before else LEAK
        ratio = there / (1.0 - USUAL_LACK) if succeeded else (1.0 - there + blur) / (USUAL_LACK + blur)
        told += weight * math.log(ratio)
        if succeeded or blur < 0.5:
            pay_before, paid_before, left_before = pay, succeeded, now_left
    return math.exp(min(told, 50.0))


def _likely_irregular(seen: Sequence[Seen], curve: Waiting) -> float:
    """The same for money that comes and goes: after a while it is as likely there as ever (`most`)."""
    told, before, usual = 0.0, None, curve.most
    for one in seen:
        there = usual
        if before is not None:
            faded = math.exp(min(0.0, before.at - one.at) / curve.pace_days)
            there = usual + (1.0 - usual) * faded if before.succeeded else usual * (1.0 - faded)
        there = min(max(there, LEAK), 0.97)
        lack = (1.0 - there + one.blur) / (USUAL_LACK + one.blur)
        ratio = there / (1.0 - USUAL_LACK) if one.succeeded else lack
        told += one.weight * math.log(ratio)
        before = one
    return math.exp(min(told, 50.0))


@lru_cache(maxsize=256)
def _blur(code: str | None) -> float:
    """How often such a failure has nothing to do with money, for each one that has, as often as money
    lacks."""
    funds = shares_of(code or "-")[Cause.FUNDS]
    return (1.0 - funds) / max(funds, 0.01) * USUAL_LACK


def _age_weight(at: datetime, now: datetime) -> float:
    days: float = (now - at) / timedelta(days=1)
    return math.exp2(-days / FORGOTTEN_DAYS)
