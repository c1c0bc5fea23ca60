"""A customer's own record, against the same rules written down plainly, way by way and attempt by attempt."""

import math
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from dunwell.domain.history import PastAttempt
from dunwell.domain.smart_retries.causes import Cause, shares_of
from dunwell.domain.smart_retries.curves import FIXED, PAYDAYS, Irregular
from dunwell.domain.smart_retries.own_record import (
    FORGOTTEN_DAYS,
    PRESENT_LACK,
    RETRIES_FAIL,
    USUAL_KNOWN,
    USUAL_LACK,
    likely_records,
)
from dunwell.domain.smart_retries.pay_cycles import LEAK, gone_since, last_pay_days, left_at, local_days

from tests.build import day

ZONE = "Europe/Berlin"
IRREGULAR = [curve for curve in FIXED if isinstance(curve, Irregular)]


def paid(days, invoice=""):
    return PastAttempt(day(days), succeeded=True, invoice_id=invoice)


def failed(days, code="insufficient_funds", invoice=""):
    return PastAttempt(day(days), succeeded=False, code=code, invoice_id=invoice)


def blur(code):
    """How often such a failure has nothing to do with money, for each one that has."""
    funds = shares_of(code or "-")[Cause.FUNDS]
    return (1 - funds) / max(funds, 0.01) * USUAL_LACK


def seen_of(own, now):
    """(local day, succeeded, blur, weight) of each attempt before now, and of the failure of now."""
    found = [
        (
            local_days(past.at, ZoneInfo(ZONE)),
            past.succeeded,
            blur(past.code),
            2 ** (-((now - past.at) / timedelta(days=1)) / FORGOTTEN_DAYS),
        )
        for past in own
        if past.at < now
    ]
    return [*found, (local_days(now, ZoneInfo(ZONE)), False, 0.0, 1.0)]


def speaks(there, succeeded, noise):
    """What a payment says for so much money being there, rather than what is usual."""
    if succeeded:
        return math.log(there / (1 - USUAL_LACK))
    return math.log((1 - there + noise) / (USUAL_LACK + noise))


def usual(own, now):
    """What the record is compared with: theirs go as theirs do, first attempts and retries, and money lacks
    now as in any account."""
    told, seen = math.log(PRESENT_LACK / USUAL_LACK), {False: [], True: []}
    earlier = [past for past in own if past.at < now]
    for number, (past, (_, succeeded, noise, weight)) in enumerate(
        zip(earlier, seen_of(own, now), strict=False)
    ):
        last = earlier[number - 1] if number else None
        is_retry = last is not None and not last.succeeded and past.invoice_id == last.invoice_id != ""
        before, alike = RETRIES_FAIL if is_retry else USUAL_LACK, seen[is_retry]
        lack = USUAL_KNOWN * before + sum(counted for counted, paid_then in alike if not paid_then)
        lack /= USUAL_KNOWN + sum(counted for counted, _ in alike)
        told += weight * speaks(1 - lack, succeeded, noise)
        alike.append((1 if succeeded else lack / (lack + noise), succeeded))
    return told


def by_pay_day(way, own, now):
    told, before = 0.0, None
    for at, succeeded, noise, weight in seen_of(own, now):
        pay, there = last_pay_days(int(at))[way], left_at(at)[way]
        if before is not None:
            then, then_paid = before
            if then_paid and last_pay_days(int(then))[way] == pay:
                there = min(0.97, there / left_at(then)[way])
            elif not then_paid and gone_since(then)[way] == pay:
                there = LEAK
        told += weight * speaks(there, succeeded, noise)
        if succeeded or noise < 0.5:
            before = (at, succeeded)
    return math.exp(min(told - usual(own, now), 50))


def by_coming_and_going(curve, own, now):
    told, before = 0.0, None
    for at, succeeded, noise, weight in seen_of(own, now):
        there = curve.most
        if before is not None:
            forgotten = 1 - math.exp(-(at - before[0]) / curve.pace_days)
            there = curve.most * forgotten + (1 - forgotten) * before[1]
        told += weight * speaks(min(max(there, LEAK), 0.97), succeeded, noise)
        before = (at, succeeded)
    return math.exp(min(told - usual(own, now), 50))


RECORDS = {
    "none": (),
    "paid monthly": tuple(paid(-30 * n) for n in range(6, 0, -1)),
    "paid twice within one period": (paid(-9), paid(-8), paid(-1)),
    "failed twice within one period": (failed(-9), failed(-8), failed(-0.3)),
    "failed, then paid": (failed(-20), paid(-15), failed(-14), paid(-2), failed(-1)),
    "failed for other reasons": (failed(-9, "do_not_honor"), failed(-8, None), paid(-3), failed(-1, "lost")),
    "an unreachable bank between": (paid(-5), failed(-4, "issuer_not_available"), failed(-3), paid(-2.5)),
    "at night": (paid(-3.4), failed(-2.45), failed(-0.43)),
    "long ago, and what came later": (paid(-400), failed(-380), paid(0), paid(3)),
    "retried in vain": (paid(-30, "a"), *(failed(n - 20, invoice="b") for n in range(4)), paid(-5, "c")),
    "retried twice": (failed(-9, invoice="a"), paid(-8, "a"), failed(-3, invoice="b"), paid(-2.5, "b")),
    "always": tuple(paid(-n) for n in range(60, 0, -1)),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("now", [day(0), day(12.7)])
def test_each_way_is_as_likely_as_the_rules_say(name, now):
    """All pay cycles, then money without a rhythm; nothing that came after the failure counts."""
    own = RECORDS[name]
    found = likely_records(own, now, ZONE)
    expected = [by_pay_day(way, own, now) for way in range(len(PAYDAYS))]
    expected += [by_coming_and_going(curve, own, now) for curve in IRREGULAR]
    assert list(found) == pytest.approx(expected, rel=1e-9)


def test_without_a_record_only_the_failure_of_now_speaks():
    """An account that should be full just now is the unlikelier one."""
    found = likely_records((), day(0), ZONE)
    left = left_at(local_days(day(0), ZoneInfo(ZONE)))
    for likely, there in zip(found, left, strict=False):
        assert likely == pytest.approx((1 - there) / PRESENT_LACK)


def test_without_a_record_the_failure_of_now_speaks_for_no_cause():
    """Its code does. Over a year's days the ways in which accounts are filled, each as common as it is, come
    to one."""
    ways = [curve for curve in FIXED if curve.cause is Cause.FUNDS]
    shares = [curve.share / sum(way.share for way in ways) for curve in ways]
    means = [
        sum(share * told for share, told in zip(shares, likely_records((), day(n), ZONE), strict=True))
        for n in range(0, 365, 7)
    ]
    assert sum(means) / len(means) == pytest.approx(1.0, abs=0.05)


def test_what_is_four_months_old_counts_half():
    """The same record, so much older, moves the likelihood by the root of its ratio."""
    now = day(0)
    fresh = likely_records((paid(0.0 - 1e-9),), now, "UTC")
    assert len(fresh) == len(PAYDAYS) + len(IRREGULAR)
    curve = len(PAYDAYS)
    alone = likely_records((), now, "UTC")[curve]
    old = likely_records((paid(-FORGOTTEN_DAYS),), now, "UTC")[curve]
    then = math.log(IRREGULAR[0].most / (1 - USUAL_LACK))
    assert math.log(old / alone) == pytest.approx(then / 2, rel=0.05, abs=0.05)


def test_who_nearly_always_pays_is_not_short_of_money_for_that():
    """Sixty payments in a row fit money that comes and goes, and as well a customer who simply pays: of the
    two nothing is told but by the failure of now, and that speaks against an account that is always full."""
    always = [*likely_records(RECORDS["always"], day(0), ZONE)]
    full = next(n for n, curve in enumerate(IRREGULAR) if curve.key == "irregular/0.8/10")
    assert always[len(PAYDAYS) + full] < 0.5


def test_retries_in_vain_are_no_sign_of_an_empty_account():
    """What fails once mostly fails again a day later, whatever is behind it."""
    in_vain = (failed(-20, invoice="a"), *(failed(n - 19, "do_not_honor", invoice="a") for n in range(6)))
    others = tuple(replace(past, invoice_id=str(number)) for number, past in enumerate(in_vain))
    for retried, first in zip(
        likely_records(in_vain, day(0), ZONE), likely_records(others, day(0), ZONE), strict=True
    ):
        assert retried < first
