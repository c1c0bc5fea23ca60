"""Why then, in one sentence."""

import pytest
from dunwell.domain.history import PastAttempt
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.curves import FIXED, Luck, Payday
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.locks import Locks
from dunwell.domain.smart_retries.model import Chosen, Option
from dunwell.domain.smart_retries.posterior import Belief
from dunwell.domain.smart_retries.sentences import why

from tests.build import DAY_0, day
from tests.domain.smart_retries.build_cases import GROUP, case

THEN = Option(day(4), 0.62)


def told(curve, weight=1.0, made=None, others=()):
    rest = Luck(Cause.DEAD, 1.0, 0.01, "dead")
    belief = Belief((curve, rest), (weight, 1.0 - weight))
    return why(Chosen(THEN, (THEN, *others), belief), made or case(), Lessons())


def payday(rhythm, phase):
    return next(
        curve
        for curve in FIXED
        if isinstance(curve, Payday) and (curve.cycle.rhythm, curve.cycle.phase) == (rhythm, phase)
    )


@pytest.mark.parametrize(
    ("rhythm", "phase", "words"),
    [
        ("monthly", 1, "on the 1st of the month"),
        ("monthly", 22, "on the 22nd of the month"),
        ("monthly", 3, "on the 3rd of the month"),
        ("monthly", 11, "on the 11th of the month"),
        ("monthly", 10, "on the 10th of the month"),
        ("monthly", 20, "on the 20th of the month"),
        ("twice monthly", 1, "on the 1st and 15 days later"),
        (
            "monthly, working days",
            25,
            "on the 25th of the month (the Friday before, where that is a weekend)",
        ),
        ("twice monthly, working days", 2, "on the 2nd and 15 days later (the Friday before, where"),
        ("weekly", 5, "every week on Fridays"),
        ("fortnightly", 5, "every other week on Fridays"),
    ],
)
def test_a_pay_cycle_that_stands_out_is_named(rhythm, phase, words):
    """With the local time that was chosen, and its chance."""
    text = told(payday(rhythm, phase))
    assert f"paid {words}" in text
    assert ("Friday before" in text) is ("working" in rhythm)
    assert "Fri 06 Mar 10:00 their time succeeds with 62%" in text


def test_without_a_pay_cycle_the_payments_about_that_day_are_counted():
    """Two of three in other months; one alone says nothing, nor do those that mostly failed."""
    own = [PastAttempt(DAY_0.replace(year=2025, month=month, day=6), month != 11) for month in (10, 11, 12)]
    belief = Belief(tuple(payday("monthly", n) for n in (1, 2, 3, 4)), (0.25,) * 4)
    chosen = Chosen(THEN, (THEN,), belief)
    assert "2 of 3 payments about the 6th went through" in why(chosen, case(own=own), Lessons())
    assert "payments about" not in why(chosen, case(own=own[:1]), Lessons())
    failed = [PastAttempt(past.at, succeeded=False) for past in own[:2]]
    assert "payments about" not in why(chosen, case(own=[*failed, own[2]]), Lessons())


def test_other_causes_are_named_and_other_times_too():
    """What was considered besides, with its chance."""
    others = (Option(day(6), 0.4, retries=2, together=0.55),)
    text = told(Luck(Cause.CHANCE, 1.0, 0.5, "chance"), others=others)
    assert text.startswith("the failure shows no pattern (100%)")
    assert "considered to begin with: Sun 08 Mar 10:00 (40%, then 55%)" in text
    assert "first of" not in text
    belief = Belief((Luck(Cause.CHANCE, 1.0, 0.5, "chance"),), (1.0,))
    weighed = tuple(Option(day(n), n / 100, retries=1, together=0.5) for n in (6, 7, 8, 9))
    text = why(Chosen(THEN, (THEN,), belief, weighed), case(), Lessons())
    assert [f"({n}%," in text for n in (6, 7, 8, 9)] == [True, True, False, False]
    text = why(Chosen(THEN, (THEN, *weighed[:3]), belief, weighed[3:]), case(), Lessons())
    assert [f"({n}%," in text for n in (6, 7, 8, 9)] == [True, True, True, False]


def test_a_first_retry_of_several_tells_what_they_come_to():
    """Its own chance may be small; together they are likely."""
    first = Option(day(4), 0.1, retries=6, together=0.7)
    belief = Belief((Luck(Cause.CHANCE, 1.0, 0.5, "chance"),), (1.0,))
    text = why(Chosen(first, (first,), belief), case(), Lessons())
    assert "succeeds with 10%, the first of 6 retries that together succeed with 70%" in text


def test_money_without_any_rhythm_is_told_without_one():
    """An account that is filled now and then."""
    irregular = next(curve for curve in FIXED if curve.key.startswith("irregular"))
    assert told(irregular).startswith("the account probably lacked money (100%): Fri")


def test_what_was_learnt_of_the_bank_is_told():
    """An hour at which it takes more cards than at the first attempt's, and that it locks them."""
    level = GROUP.levels[-1]
    hours = Lessons(
        expected_by_hour={f"{level}|{bucket}": 300.0 for bucket in range(8)},
        succeeded_by_hour={f"{level}|{bucket}": 390.0 if bucket == 0 else 300.0 for bucket in range(8)},
    )
    luck = Luck(Cause.CHANCE, 1.0, 0.5, "chance")
    belief = Belief((luck,), (1.0,), locks=Locks(0.6), locked=0.6)
    midnight = Option(day(4, -9.5), 0.5)
    text = why(Chosen(midnight, (midnight,), belief), case(), hours)
    assert "such cards are probably taken 18% more often from 00:00 to 03:00" in text
    assert "this bank locks cards for a while after a decline" in text
    assert "more often" not in told(luck)


def test_of_several_pay_days_the_likeliest_one_is_named():
    """Summed over how fast the account empties; none where none is likely enough."""
    first = [one for one in FIXED if isinstance(one, Payday) and one.key.startswith("monthly/1/")][:2]
    belief = Belief((payday("monthly", 28), *first), (0.4, 0.3, 0.3))
    assert "paid on the 1st of the month, as it seems" in why(
        Chosen(THEN, (THEN,), belief), case(), Lessons()
    )
    spread = Belief(tuple(payday("monthly", n) for n in (1, 9, 22)), (0.34, 0.33, 0.33))
    assert "as it seems" not in why(Chosen(THEN, (THEN,), spread), case(), Lessons())


def test_a_pay_day_is_told_with_what_speaks_for_it():
    """The rhythm, and how the customer's own payments about the retry's day went."""
    belief = Belief((payday("monthly", 6),), (1.0,))
    dates = [DAY_0.replace(year=2025, month=month, day=6) for month in (9, 10, 11)]
    own = [PastAttempt(at, succeeded=at.month != 9) for at in dates]
    text = why(Chosen(THEN, (THEN,), belief), case(own=own), Lessons())
    assert "paid on the 6th of the month, as it seems; 2 of 3 payments about the 6th went through" in text


def test_the_payments_about_a_day_are_those_of_the_day_before_and_after_it():
    """By the customer's calendar; as many that went through as not speak for it still."""
    belief = Belief(tuple(payday("monthly", n) for n in (1, 2, 3, 4)), (0.25,) * 4)
    days = (5, 7, 4, 8)
    own = [
        PastAttempt(DAY_0.replace(year=2025, month=11, day=on), on == 7, None if on == 7 else "do_not_honor")
        for on in days
    ]
    text = why(Chosen(THEN, (THEN,), belief), case(own=own), Lessons())
    assert "1 of 2 payments about the 6th went through" in text
    night = Option(day(4, 14.5), 0.62)  # half past midnight on the 7th in Berlin
    text = why(Chosen(night, (night,), belief), case(own=own), Lessons())
    assert "1 of 2 payments about the 7th went through" in text
    assert text.endswith("Sat 07 Mar 00:30 their time succeeds with 62%")


def test_the_words_stand_as_they_are_read():
    """One sentence whole, with two retries, another time and a bank that locks."""
    first = Option(day(4), 0.1, retries=2, together=0.2)
    others = (Option(day(5), 0.05, together=0.15), Option(day(6), 0.04, together=0.14))
    belief = Belief((Luck(Cause.CHANCE, 1.0, 0.5, "chance"),), (1.0,), locked=0.4)
    assert why(Chosen(first, (first, *others), belief), case(), Lessons()) == (
        "the failure shows no pattern (100%); this bank locks cards for a while after a decline: "
        "Fri 06 Mar 10:00 their time succeeds with 10%, the first of 2 retries that together succeed "
        "with 20%; considered to begin with: Sat 07 Mar 10:00 (5%, then 15%), Sun 08 Mar 10:00 (4%, then 14%)"
    )
