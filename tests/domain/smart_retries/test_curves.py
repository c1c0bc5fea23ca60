"""What each assumption says of a retry."""

import pytest
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.curves import (
    FIXED,
    PAYDAYS,
    Advised,
    Irregular,
    Luck,
    Renewal,
    Until,
    booked_since,
    payday_chances,
)
from dunwell.domain.smart_retries.pay_cycles import LEAK, Rhythm, left_at

FRIDAY = 739_681.0
"""Friday, 6 March 2026."""

PAID_ON_FRIDAYS = next(
    curve
    for curve in PAYDAYS
    if curve.cycle.rhythm is Rhythm.WEEKLY and curve.cycle.phase == FRIDAY % 7 and curve.cycle.drain_days > 2
)


def test_without_money_there_is_none_before_the_next_pay_day():
    """Declined on Monday: nothing on Thursday, likely on Friday, less so on the Thursday after."""
    monday = FRIDAY - 3.5
    thursday, friday, later = (
        PAID_ON_FRIDAYS.chance(monday, monday, FRIDAY + days) for days in (-0.5, 0.5, 6.5)
    )
    assert thursday == LEAK
    assert friday > later > LEAK


def test_an_income_may_be_booked_after_a_decline_on_the_pay_day_itself():
    """Declined just after midnight: in the evening what was to come may have come, a little less likely
    than without that decline."""
    early, evening = FRIDAY + 0.05, FRIDAY + 0.8
    without = PAID_ON_FRIDAYS.chance(FRIDAY - 3, FRIDAY - 3, evening)
    assert LEAK < PAID_ON_FRIDAYS.chance(early, early, evening) < without
    assert PAID_ON_FRIDAYS.chance(evening, evening, evening + 1) == LEAK


def test_what_was_booked_since_is_what_is_left_of_the_doubt():
    """Half were there already and failed; of the other half all but a tenth are there once it is booked. Then
    it drains like any money."""
    assert booked_since(0.5, 0.95, 0.95) == pytest.approx(0.9)
    assert booked_since(0.5, 0.475, 0.95) == pytest.approx(0.45)
    assert booked_since(0.95, 0.9, 0.95) == LEAK


@pytest.mark.parametrize("prolonged", [True, False])
def test_a_lock_that_each_decline_prolongs_is_counted_from_the_last_one(prolonged):
    """Two days of it, a second decline after one and a half: a day later it is over, or is not."""
    lock = Until(Cause.LOCK, 1.0, 2.0, prolonged, "lock")
    assert lock.chance(0.0, 0.0, 1.0) == pytest.approx(LEAK if prolonged else 0.0, abs=0.01)
    assert lock.chance(0.0, 0.0, 3.0) > 0.85
    assert (lock.chance(0.0, 1.5, 2.5) > 0.5) is not prolonged


def test_money_without_a_rhythm_is_there_as_often_as_ever_after_a_while():
    """Hardly within an hour of a decline."""
    curve = Irregular(1.0, 2.0, 0.5, "irregular")
    assert curve.chance(0.0, 1.0, 1.04) < 0.02
    assert curve.chance(0.0, 1.0, 15.0) == pytest.approx(0.5, abs=0.01)


def test_on_one_day_all_attempts_go_alike():
    """A draw of chance is a new one only after about a day."""
    luck = Luck(Cause.CHANCE, 1.0, 0.5, "chance")
    assert luck.chance(0.0, 0.0, 0.1) < 0.05
    assert luck.chance(0.0, 0.0, 2.0) == pytest.approx(0.5, abs=0.01)


def test_a_card_is_replaced_one_day():
    """The later, the likelier."""
    renewal = Renewal(1.0, 20.0, 0.3, "stale")
    assert 0.0 < renewal.chance(0, 0, 2) < renewal.chance(0, 0, 9) < 0.3


def test_an_advice_holds_from_its_time_on():
    """Before it there is hardly a chance, and none either once it was followed in vain."""
    advised = Advised(2.0)
    assert (advised.chance(0, 0, 1.9), advised.chance(0, 0, 2.0), advised.chance(0, 2.5, 3.0)) == (
        LEAK,
        0.85,
        LEAK,
    )


def test_every_assumption_has_a_name_of_its_own_and_shares_add_up():
    """Within each cause."""
    curves = (*FIXED, Advised(2.0))
    assert len({(curve.cause, curve.key) for curve in curves}) == len(curves)
    for cause in Cause:
        assert sum(curve.share for curve in curves if curve.cause is cause) == pytest.approx(1.0)


def test_pay_days_are_numbered_as_they_are_looked_up():
    """Each in its place of what all cycles have left at a time."""
    lefts = left_at(FRIDAY + 0.3)
    for curve in PAYDAYS:
        before = FRIDAY - 40
        assert curve.chance(before, before, FRIDAY + 0.3) == lefts[curve.number]


@pytest.mark.parametrize("hope", [None, 0.0, 0.4])
@pytest.mark.parametrize("last", [FRIDAY + 0.05, FRIDAY + 0.6, FRIDAY + 8.3])
def test_all_pay_days_at_once_agree_with_each(last, hope):
    """After a decline before and after incomes are booked, with what a lock may have hidden and without."""
    hopes = None if hope is None else [hope] * len(PAYDAYS)
    for at in (last + 0.2, last + 0.7, last + 9.1):
        one_by_one = [curve.chance(last, last, at, hope or 0.0) for curve in PAYDAYS]
        assert list(payday_chances(last, at, hopes)) == pytest.approx(one_by_one)


def test_what_a_lock_may_have_hidden_is_hoped_for():
    """Only within the pay period of the decline."""
    certain, doubted = (
        PAID_ON_FRIDAYS.chance(FRIDAY + 1, FRIDAY + 1, FRIDAY + 2, hope) for hope in (0.0, 0.5)
    )
    assert LEAK == certain < doubted < 0.6
    later = {PAID_ON_FRIDAYS.chance(FRIDAY + 1, FRIDAY + 1, FRIDAY + 8, hope) for hope in (0.0, 0.5)}
    assert len(later) == 1


@pytest.mark.parametrize("backwards", [0.0, 0.02])
def test_every_chance_is_one(backwards):
    """Between 0 and 1, from any instant to any later one, also in the hour that is had twice in autumn."""
    instants = [739_700 + n * 0.37 for n in range(80)]
    for curve in (*FIXED, Advised(739_710.0)):
        for last in (instants[0], instants[9]):
            later = [last - backwards, *(at for at in instants if at > last)]
            assert all(0.0 <= curve.chance(instants[0], last, at) <= 1.0 for at in later)
