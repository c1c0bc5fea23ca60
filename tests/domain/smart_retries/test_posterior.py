"""What is believed after a failure."""

from datetime import timedelta

import pytest
from dunwell.domain.history import PastAttempt
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.curves import Payday
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.pay_cycles import Rhythm
from dunwell.domain.smart_retries.posterior import belief_in, outage_evidence

from tests.build import DAY_0, day
from tests.domain.smart_retries.build_cases import BERLIN, case, paid_monthly


def believed(*days, **fields):
    return belief_in(case(*days, **fields), Lessons())


def pay_days(belief):
    found = {}
    for curve, weight in zip(belief.curves, belief.weights, strict=True):
        if isinstance(curve, Payday):
            name = (curve.cycle.rhythm, curve.cycle.phase)
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
                  if rhythm is Rhythm.MONTHLY and 6 < day_ <= 10)  # fmt: skip
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
    """Eighteen attempts at odd intervals, taken by chance: rather no rhythm than any one of them."""
    days = (3, 4, 9, 11, 16, 17, 21, 26, 28, 33, 35, 36, 41, 46, 47, 52, 55, 61)
    taken = (3, 9, 16, 17, 28, 33, 41, 52, 55)
    own = [PastAttempt(day(-n), n in taken, None if n in taken else "insufficient_funds") for n in days]
    belief = believed(own=tuple(reversed(own)))
    irregular = [
        weight
        for curve, weight in zip(belief.curves, belief.weights, strict=True)
        if curve.key.startswith("irregular")
    ]
    assert sum(irregular) > max(pay_days(belief).values(), default=0.0)


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


def test_the_issuers_other_cards_tell_of_an_outage():
    """Many failures about then speak for it, successes against it; those long ago say nothing."""
    failed = [PastAttempt(day(0) - timedelta(minutes=10 * n), False) for n in range(1, 5)]
    paid = [PastAttempt(day(0) - timedelta(minutes=10 * n), True) for n in range(1, 5)]
    assert outage_evidence(day(0), failed) > 10
    assert outage_evidence(day(0), paid) < 0.1
    assert outage_evidence(day(0), [PastAttempt(day(-1), False)]) == 1.0
    assert believed(issuer=failed, code="do_not_honor").of(Cause.OUTAGE) > believed(
        issuer=paid, code="do_not_honor"
    ).of(Cause.OUTAGE)


def test_each_retry_is_a_case_as_it_was_before_it():
    """Two that failed and one that was paid."""
    made = case(2, 4, paid_on=6)
    found = list(made.retries())
    assert [(len(before.declines), at, paid) for before, at, paid in found] == [
        (1, day(2), False), (2, day(4), False), (3, day(6), True),
    ]  # fmt: skip
    assert {before.zone for before, _, _ in found} == {BERLIN}
    assert list(case().retries()) == []
