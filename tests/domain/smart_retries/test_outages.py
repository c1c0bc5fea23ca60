"""What tells of an outage, and what one hides."""

from datetime import timedelta

import pytest
from dunwell.domain.history import History, PastAttempt
from dunwell.domain.smart_retries.causes import Cause, shares_of
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.locks import Locks, trail_of
from dunwell.domain.smart_retries.model import SmartRetries
from dunwell.domain.smart_retries.outages import EVIDENCE_LEAST, EVIDENCE_MOST, hiding, outage_evidence
from dunwell.domain.smart_retries.posterior import Case, Decline, belief_in

from tests.build import day
from tests.domain.smart_retries.build_cases import BERLIN, GROUP, case, failure, paid_monthly, room


def others(*codes, succeeded=False):
    """Other cards of the bank, ten minutes apart before the failure."""
    return [
        PastAttempt(day(0) - timedelta(minutes=10 * n), succeeded, code) for n, code in enumerate(codes, 1)
    ]


def told(issuer):
    """Before anything is learnt."""
    return outage_evidence(day(0), issuer, shares_of)


def test_the_issuers_other_cards_tell_of_an_outage():
    """Many failures about then speak for it, successes against it; those long ago say nothing."""
    failed, paid = others(*[None] * 4), others(*[None] * 4, succeeded=True)
    assert told(failed) == 16.0
    assert told(others(None, succeeded=True)) == 0.15
    assert told(paid) == EVIDENCE_LEAST
    assert told([PastAttempt(day(-1), False)]) == 1.0
    assert told(failed * 2) == EVIDENCE_MOST
    outage = [
        belief_in(case(issuer=one, code="do_not_honor"), Lessons()).of(Cause.OUTAGE) for one in (failed, paid)
    ]
    assert outage[0] > 4 * outage[1]


@pytest.mark.parametrize(
    ("code", "ratio"), [("insufficient_funds", 0.5), ("do_not_honor", 2.0), ("issuer_not_available", 8.0)]
)
def test_a_bank_that_says_why_was_reached(code, ratio):
    """Other cards that lack money speak against an outage, those that nobody answered for speak for one."""
    assert told(others(code)) == ratio


def test_what_a_code_tells_is_learnt():
    """Where `try_again_later` turned out to be no outage, other cards say little and retries hide nothing."""
    level = GROUP.levels[-1]
    learnt = Lessons(causes={f"{level}|try_again_later|{Cause.CHANCE}": 1e4})
    later = case(2, code="try_again_later", issuer=others(*["try_again_later"] * 3))
    assert belief_in(later, Lessons()).of(Cause.OUTAGE) > 10 * belief_in(later, learnt).of(Cause.OUTAGE)
    codes = ["try_again_later"] * 2
    trail = trail_of(Locks(), [0.0, 2.0], codes)
    assert hiding(trail, codes, shares_of).unreached[1] > 0.3
    assert hiding(trail, codes, lambda code: learnt.shares(code, GROUP)).unreached[1] == 0.0


def test_cards_that_lack_money_on_the_same_morning_are_no_outage():
    """Six of them: a failure without a reason is thought no more an outage than before."""
    alone = belief_in(case(code="do_not_honor"), Lessons()).of(Cause.OUTAGE)
    among = belief_in(case(code="do_not_honor", issuer=others(*["insufficient_funds"] * 6)), Lessons())
    assert among.of(Cause.OUTAGE) <= alone


def test_a_retry_that_nobody_answered_for_tells_nothing_of_money():
    """Paid on the 10th for a year, declined on the 4th, and retried on the 10th during an outage: the money
    may be there, and is not waited for until next month."""
    assert next_after("issuer_not_available").chance > 0.3
    assert next_after("insufficient_funds").chance < 0.1


def next_after(code):
    """The retry that follows one on the pay day."""
    declines = (Decline(day(2), failure()), Decline(day(8.1), failure(code)))
    own = History(tuple(paid_monthly(10)), (), GROUP)
    made = Case(declines, own, BERLIN)
    return SmartRetries(exploring=False).choose(made, room(opens=8.2), "in_1").option


def test_an_outage_that_goes_on_is_a_long_one():
    """Unreached again after half a day: what keeps it from being taken is over later."""
    again = belief_in(case(0.5, code="issuer_not_available"), Lessons())
    over = [curve.days for curve in again.curves if curve.cause is Cause.OUTAGE]
    assert over[0] > 0.4


def test_only_further_declines_hide_and_only_those_that_tell_of_an_outage():
    """The first one's cause is weighed as a whole; a payment hides nothing."""
    days, codes = [0.0, 1.0, 2.0, 3.0], ["issuer_not_available", "do_not_honor", "issuer_not_available"]
    trail = hiding(trail_of(Locks(), days, codes), codes, shares_of)
    assert trail.unreached == pytest.approx((0.0, 0.0, 0.55 / 0.65, 0.0))
    assert trail.hidden == pytest.approx((0.0, 0.0, 0.55 / 0.65))
    assert [trail.open(number) for number in range(4)] == pytest.approx([1.0, 1.0, 0.10 / 0.65, 1.0])
    locking = hiding(trail_of(Locks(0.5, (1.0,) * 9), days, codes), codes, shares_of)
    assert locking.hidden[2] > trail.hidden[2]
    assert locking.open(2) < trail.open(2)
