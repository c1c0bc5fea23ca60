"""What each assumption says of a retry."""

import pytest
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.curves import FIXED, Advised, Chance, Payday, Waiting, curves_for
from dunwell.domain.smart_retries.pay_cycles import LEAK, RHYTHM_PHASES, PayCycle, Rhythm

FRIDAY = 739_681.0
"""Friday, 6 March 2026."""


def payday(drain=7.0):
    phase = int(FRIDAY) % 7
    return Payday(PayCycle(Rhythm.WEEKLY, phase, drain), 1.0, RHYTHM_PHASES.index((Rhythm.WEEKLY, phase)))


def test_without_money_there_is_none_before_the_next_pay_day():
    """Declined on Monday: nothing on Thursday, likely on Friday, less so on the Thursday after."""
    chance = payday().over([FRIDAY - 3.5, FRIDAY - 0.5, FRIDAY + 0.5, FRIDAY + 6.5])
    assert chance(0, 1, 0) == LEAK
    assert chance(0, 2, 0) > chance(0, 3, 0) > LEAK


def test_a_lock_is_prolonged_by_each_decline():
    """The same wait is worth less the more declines there were; without growth it is worth the same."""
    growing, steady = Waiting("lock", Cause.LOCK, 1.0, 2.0, 2.5), Waiting("lock", Cause.LOCK, 1.0, 2.0)
    assert growing.over([0.0, 2.0])(0, 1, 0) > growing.over([0.0, 2.0])(0, 1, 1)
    assert steady.over([0.0, 2.0])(0, 1, 0) == steady.over([0.0, 2.0])(0, 1, 5)


def test_an_hour_back_in_autumn_is_no_wait():
    """Local time that runs backwards breaks nothing."""
    assert Waiting("lock", Cause.LOCK, 1.0, 2.0, shape=1.6).over([1.0, 0.98])(0, 1, 0) == 0.0


def test_on_one_day_all_attempts_go_alike():
    """A draw of chance is a new one only after about a day."""
    chance = Chance("chance", Cause.CHANCE, 1.0, 0.5).over([0.0, 0.1, 2.0])
    assert chance(0, 1, 0) < 0.05
    assert chance(0, 2, 0) == pytest.approx(0.5, abs=0.01)


def test_an_advice_holds_from_its_time_on():
    """Before it there is hardly a chance."""
    chance = Advised(2.0).over([0.0, 1.9, 2.0])
    assert (chance(0, 1, 0), chance(0, 2, 0)) == (LEAK, 0.85)
    assert (Advised(2.0).key, Advised(2.0).cause) == ("advised", Cause.ADVISED)


def test_every_assumption_has_a_name_of_its_own_and_shares_add_up():
    """Within each cause."""
    curves = curves_for("26")
    assert len({(curve.cause, curve.key) for curve in curves}) == len(curves) == len(FIXED) + 1
    for cause in Cause:
        assert sum(curve.share for curve in curves if curve.cause is cause) == pytest.approx(1.0)


def test_every_chance_is_one():
    """Between 0 and 1, from any instant to any later one, after any decline."""
    instants = [739_700 + n * 0.37 for n in range(80)]
    for curve in curves_for("30"):
        chance = curve.over(instants)
        assert all(0.0 <= chance(i, j, 7) <= 1.0 for i in (0, 9) for j in range(i + 1, 80))
