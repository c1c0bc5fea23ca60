"""What is believed after a failure."""

from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from dunwell.domain.history import Group, History, PastAttempt
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.curves import Payday
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.pay_cycles import local_days
from dunwell.domain.smart_retries.posterior import Case, Decline, belief_in

from tests.build import DAY_0, day
from tests.domain.smart_retries.build_cases import BERLIN, GROUP, case, failure, paid_monthly


def believed(*days, **fields):
    return belief_in(case(*days, **fields), Lessons())


def pay_days(belief):
    found = {}
    for curve, weight in zip(belief.curves, belief.weights, strict=True):
        if isinstance(curve, Payday):
            name = (curve.cycle.rhythm.split(",")[0], curve.cycle.phase)
            found[name] = found.get(name, 0.0) + weight
    return found


def test_a_belief_is_complete():
    """Its weights add up to 1, the likeliest first."""
    belief = believed(2, 4)
    assert sum(belief.weights) == pytest.approx(1.0)
    assert list(belief.weights) == sorted(belief.weights, reverse=True)
    assert sum(belief.of(cause) for cause in Cause) == pytest.approx(1.0)


def test_a_year_of_pay_days_is_recognised():
    """Paid on the 10th of each month, never on the 6th: the pay day lies between."""
    found = pay_days(believed(own=paid_monthly(10)))
    between = sum(weight for (rhythm, day_), weight in found.items()
                  if rhythm == "monthly" and 6 < day_ <= 10)  # fmt: skip
    assert between > 0.5


def test_what_lies_ahead_tells_nothing():
    """An attempt after the failure is no part of the record before it."""
    later = PastAttempt(day(3), True)
    assert believed(own=(*paid_monthly(), later)) == believed(own=paid_monthly())


def test_a_failure_that_had_nothing_to_do_with_money_teaches_no_pay_day():
    """An outage on every 10th leaves the pay days nearly as they were; empty accounts do not."""
    months = [DAY_0 - timedelta(days=30 * n) for n in range(1, 9)]
    outages = believed(own=tuple(PastAttempt(at, False, "issuer_not_available") for at in reversed(months)))
    empty = believed(own=tuple(PastAttempt(at, False, "insufficient_funds") for at in reversed(months)))
    nothing = believed()

    def moved(belief):
        usual, found = pay_days(nothing), pay_days(belief)
        return sum(abs(found.get(name, 0.0) - weight) for name, weight in usual.items())

    assert moved(outages) < 0.5 * moved(empty)


def test_money_that_comes_and_goes_is_believed_where_no_rhythm_fits():
    """Eighteen attempts at odd intervals, taken by chance: over ten such customers rather no rhythm than any
    one of them."""
    none, best = 0.0, 0.0
    for seed in range(10):
        chance, on, own = Random(seed), -90.0, []  # noqa: S311 -- draws for a test
        for _ in range(18):
            on += chance.choice((1, 2, 3, 5, 8))
            paid = chance.random() < 0.5
            own.append(PastAttempt(day(on), paid, None if paid else "insufficient_funds"))
        belief = believed(own=tuple(past for past in own if past.at < DAY_0))
        pairs = zip(belief.curves, belief.weights, strict=True)
        none += sum(weight for curve, weight in pairs if curve.key.startswith("irregular"))
        best += max(pay_days(belief).values(), default=0.0)
    assert none > 1.5 * best


def test_two_attempts_at_the_same_instant_break_nothing():
    """They come from two invoices of one customer."""
    twice = (PastAttempt(day(-3), False, "insufficient_funds"), PastAttempt(day(-3), True))
    assert sum(believed(own=twice).weights) == pytest.approx(1.0)


def test_declines_in_a_row_speak_for_a_card_that_is_dead():
    """And against what passes within hours."""
    at_first, later = believed(code="do_not_honor"), believed(1, 3, 5, 7, 9, code="do_not_honor")
    assert later.of(Cause.DEAD) > at_first.of(Cause.DEAD)
    assert later.of(Cause.OUTAGE) < at_first.of(Cause.OUTAGE)


def test_a_payment_tells_what_it_was():
    """Taken an hour later: an outage rather than an empty account."""
    assert believed(code="issuer_not_available", paid_on=0.05).of(Cause.OUTAGE) > believed(
        code="issuer_not_available", paid_on=10
    ).of(Cause.OUTAGE)


def test_an_advice_that_was_followed_in_vain_is_believed_less():
    """Wait two days, it said; three days later the card was still declined."""
    before = believed(code="do_not_honor", advice="26").of(Cause.ADVISED)
    assert before > 0.1
    assert believed(3, code="do_not_honor", advice="26").of(Cause.ADVISED) < before / 2


def test_each_retry_is_a_case_as_it_was_before_it():
    """Two that failed and one that was paid."""
    made = case(2, 4, paid_on=6)
    found = list(made.retries())
    assert [(len(before.declines), at, paid) for before, at, paid in found] == [
        (1, day(2), False), (2, day(4), False), (3, day(6), True),
    ]  # fmt: skip
    assert {before.zone for before, _, _ in found} == {BERLIN}
    assert list(case().retries()) == []


def declined_at(*days, group=GROUP, own=()):
    """Declined for want of money at these days after DAY_0."""
    return Case(tuple(Decline(day(n), failure()) for n in days), History(tuple(own), group=group), BERLIN)


def test_an_income_of_that_day_may_come_after_a_decline_just_after_midnight():
    """Paid on the 2nd for a year: on the 2nd a retry in the evening may pass, when the decline came half an
    hour after midnight; not when it came in the afternoon, and less when a second one came then."""
    midnight, afternoon, evening = -9.5 / 24, 0.2, 0.4

    def chance(*days):
        belief = belief_in(declined_at(*days, own=paid_monthly(2)), Lessons())
        return belief.unlocked_chance(local_days(day(evening), ZoneInfo(BERLIN)), 1.0)

    assert chance(midnight) > 0.3
    assert chance(afternoon) < 0.1
    assert chance(midnight, afternoon) < chance(midnight) / 2


def test_a_lock_may_hide_that_there_is_money():
    """At a bank that locks cards for days, declines soon after each other leave the hope that the account
    was filled meanwhile; where nothing is known of the bank they do not."""
    gaps = {f"issuer {GROUP.issuer}|{bucket}": 500.0 for bucket in range(9)}
    passed = {name: 500.0 for name in gaps if name.endswith(("7", "8"))}
    locking = belief_in(declined_at(0, 1, 2), Lessons(expected_by_gap=gaps, succeeded_by_gap=passed))
    unknown = belief_in(declined_at(0, 1, 2, group=Group()), Lessons())
    assert unknown.hopes is None
    assert max(locking.hopes) > 0.3
    assert locking.stopped(locking.last + 1) > 0.5
    assert unknown.stopped(unknown.last + 1) == 0.0
