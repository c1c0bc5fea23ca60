"""The posterior, against Bayes' rule written down plainly: assumption by assumption, retry by retry."""

from datetime import timedelta
from itertools import pairwise
from math import prod
from zoneinfo import ZoneInfo

import pytest
from dunwell.domain.history import Group, History, PastAttempt
from dunwell.domain.smart_retries.causes import ADVICE_WAITS, Cause, advice_of, code_of
from dunwell.domain.smart_retries.curves import CHANCE_MAX, FIXED, Advised, Payday
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.locks import trail_of
from dunwell.domain.smart_retries.outages import OUTAGES_MIN, outage_evidence
from dunwell.domain.smart_retries.own_record import likely_records
from dunwell.domain.smart_retries.pay_cycles import LEAK, gone_since, local_days
from dunwell.domain.smart_retries.posterior import (
    KEPT_MIN,
    REPEAT_TOLD,
    Case,
    Decline,
    belief_in,
)

from tests.build import day
from tests.domain.smart_retries.build_cases import BERLIN, GROUP, failure, paid_monthly

GAPS = {f"issuer {GROUP.issuer}|{bucket}": 500.0 for bucket in range(9)}
PASSED = {name: 500.0 for name in GAPS if name.endswith(("7", "8"))}
ADVISED = {
    f"{level}|{code}|{Cause.ADVISED}": 80.0 for level in GROUP.levels[:1] for code in ("do_not_honor", "-")
}
LOCKING = Lessons(causes=ADVISED, expected_by_gap=GAPS, succeeded_by_gap=PASSED)
ZONE = ZoneInfo(BERLIN)


def made(*declines, paid_on=None, own=(), issuer=(), signals=(), group=GROUP):
    """A case of declines, each a day with what `failure` takes."""
    told = tuple(Decline(day(on), failure(*why)) for on, *why in declines)
    paid_at = day(paid_on) if paid_on is not None else None
    return Case(told, History(tuple(own), tuple(issuer), group), BERLIN, paid_at, signals)


CASES = {
    "the first decline": made((0, "insufficient_funds")),
    "an unknown bank": made((0, "do_not_honor"), (1, "insufficient_funds"), (3,), group=Group()),
    "a bank that locks": made((0,), (1,), (1.4,), (4,), own=paid_monthly(2)),
    "paid within a lock": made((0,), (0.8,), (1.4,), paid_on=2.2),
    "paid at last": made((0, "do_not_honor"), (2, "generic_decline"), (5, "do_not_honor"), paid_on=9),
    "told to wait": made((0, "do_not_honor", "26"), (1, "do_not_honor"), (1.5, "generic_decline", "24")),
    "waited, and paid": made((0, "do_not_honor", "26"), (1, "do_not_honor"), paid_on=3, own=paid_monthly(7)),
    "told later, and paid": made((0, "do_not_honor"), (0.5,), (1, "do_not_honor", "25"), paid_on=6),
    "an outage": made(
        (0, "issuer_not_available"),
        (0.1, "issuer_not_available"),
        issuer=[PastAttempt(day(0) - timedelta(minutes=9 * n), succeeded=n == 3) for n in range(1, 6)],
    ),
    "an outage on the pay day": made(
        (0, "insufficient_funds"),
        (5, "issuer_not_available"),
        (5.3, "insufficient_funds"),
        own=paid_monthly(7),
    ),
    "signals": made((0, "do_not_honor"), (2, "do_not_honor"), signals=("expired", "ends soon")),
}


def causes(case, lessons, *, is_advised):
    """Up to a common factor."""
    first, *others = (lessons.shares(code_of(decline.failure), case.group) for decline in case.declines)
    usual = lessons.shares("-", case.group)
    found = {}
    for cause in Cause:
        told = prod(((other[cause] + 0.01) / (usual[cause] + 0.01)) ** REPEAT_TOLD for other in others)
        ratios = prod(lessons.signal_ratios(signal)[cause] for signal in case.signals)
        found[cause] = first[cause] * ratios * (told if cause is not Cause.ADVISED else float(is_advised))
    found[Cause.OUTAGE] *= outage_evidence(
        case.declines[0].at, case.history.issuer, lambda code: lessons.shares(code, case.group)
    )
    return found


def advised(case, days):
    """What the last advice before each retry says, None before there is any."""
    found = []
    for decline, on in zip(case.declines, days, strict=False):
        told = advice_of(decline.failure)
        ready = on + ADVICE_WAITS[told].total_seconds() / 86_400 if told else None
        found.append(Advised(ready) if told else found[-1] if found else None)
    return found


def unreached_by(case, retry, lessons):
    """How likely a declined retry met an outage, by its code."""
    code = case.declines[retry].failure.decline_code
    told = lessons.shares(code or "-", case.group)
    met = told[Cause.OUTAGE] / (told[Cause.OUTAGE] + told[Cause.FUNDS])
    return met * (code is not None and told[Cause.OUTAGE] >= OUTAGES_MIN)


def plainly(case, lessons):
    """Every assumption with its weight, the likeliest first, and each pay day's hope."""
    ends = [decline.at for decline in case.declines] + [case.paid_at] * (case.paid_at is not None)
    days = [local_days(at, ZONE) for at in ends]
    trail = trail_of(lessons.locks(case.group), days, [one.failure.classified_on for one in case.declines])
    advice = advised(case, days)
    curves = [*FIXED, *([advice[-1]] if advice[-1] else [])]
    shares = causes(case, lessons, is_advised=advice[-1] is not None)
    records = likely_records(case.history.own, case.declines[0].at, BERLIN)
    weights, hopes = [], []
    for number, (curve, common) in enumerate(
        zip(curves, lessons.curve_shares(curves, case.group), strict=True)
    ):
        weight = shares[curve.cause] * common * (records[number] if number < len(records) else 1.0)
        hope = 0.0
        for retry, (before, at) in enumerate(pairwise(days), start=1):
            assumed = advice[retry - 1] if isinstance(curve, Advised) else curve
            known = (hope,) if isinstance(curve, Payday) else ()
            chance = assumed.chance(days[0], before, at, *known) if assumed else LEAK
            is_payment = case.paid_at is not None and retry == len(days) - 1
            unreached = 0.0 if is_payment else unreached_by(case, retry, lessons)
            passes = chance * (1.0 - trail.stopped[retry])
            passes *= 1.0 - unreached * (curve.cause is not Cause.OUTAGE)
            weight *= passes if is_payment else 1.0 - passes
            if isinstance(curve, Payday) and not is_payment:
                same = gone_since(before)[curve.number] == gone_since(at)[curve.number]
                hidden = 1.0 - (1.0 - trail.hidden[retry]) * (1.0 - unreached)
                hope = hidden * (hope if same else 1.0)
        weights.append(weight)
        hopes += [hope] * isinstance(curve, Payday)
    total = sum(weights)
    kept = [(weight, number) for number, weight in enumerate(weights) if weight > KEPT_MIN * total]
    kept.sort(key=lambda one: (-one[0], one[1]))
    left = sum(weight for weight, _ in kept)
    return [curves[number] for _, number in kept], [weight / left for weight, _ in kept], hopes, trail


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("lessons", [Lessons(), LOCKING], ids=["at first", "banks that lock"])
def test_a_belief_is_bayes_rule(name, lessons):
    """The same assumptions in the same order, their weights to a millionth, what is hoped and locked."""
    case = CASES[name]
    curves, weights, hopes, trail = plainly(case, lessons)
    belief = belief_in(case, lessons)
    assert belief.weights == pytest.approx(weights, rel=1e-6)
    assert belief.locked == trail.locked
    assert (belief.hopes or [0.0] * len(hopes)) == pytest.approx(hopes)
    assert {curve.key for curve in belief.curves} == {curve.key for curve in curves}
    assert [curve.cause for curve in belief.curves] == [curve.cause for curve in curves]


@pytest.mark.parametrize("name", CASES)
def test_a_chance_is_that_of_each_assumption_by_its_weight(name):
    """In a better hour too, and up to what no hour makes surer; a hope counts for its own pay day only."""
    belief = belief_in(CASES[name], LOCKING)
    hopes = belief.hopes or [0.0] * len(FIXED)
    for at in (belief.last + 0.3, belief.last + 2.6, belief.last + 9):
        for effect in (1.0, 1.4):
            told = 0.0
            for curve, weight in zip(belief.curves, belief.weights, strict=True):
                hope = (hopes[curve.number],) if isinstance(curve, Payday) else ()
                chance = curve.chance(belief.first, belief.last, at, *hope)
                told += weight * min(CHANCE_MAX, effect * chance)
            assert belief.unlocked_chance(at, effect) == pytest.approx(told)
