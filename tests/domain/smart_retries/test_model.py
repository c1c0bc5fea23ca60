"""The choice of the next retry."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from dunwell.domain.history import History
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.model import CLOSE, OPTIONS, Room, SmartRetries
from dunwell.domain.smart_retries.posterior import Case, Decline

from tests.build import day
from tests.domain.smart_retries.build_cases import BERLIN, GROUP, case, failure, paid_monthly, room

STEADY = SmartRetries(exploring=False)


def test_the_same_question_has_the_same_answer():
    """Draws of chance come from the seed; another seed may draw another option."""
    model, made = SmartRetries(), case(code="issuer_not_available")
    first = model.choose(made, room(), "in_1|1")
    assert model.choose(made, room(), "in_1|1") == first
    drawn = {model.choose(made, room(), f"in_{n}|1").option.at for n in range(60)}
    assert len(drawn) > 1


def test_a_choice_lies_within_its_room():
    """Whatever failed, however late it is."""
    for made in (case(), case(2, 4, code="do_not_honor"), case(own=paid_monthly())):
        opens = (made.declines[-1].at - day(0)) / timedelta(days=1) + 0.05
        chosen = SmartRetries().choose(made, room(opens=opens), "in_1")
        assert all(day(opens) <= option.at <= day(14) for option in chosen.considered)


def test_options_are_few_apart_and_drawn_with_their_propensities():
    """They add up to 1; none is impossible, the best is the likeliest."""
    chosen = SmartRetries().choose(case(code="issuer_not_available"), room(), "in_1")
    shares = [option.propensity for option in chosen.considered]
    assert 1 < len(shares) <= OPTIONS
    assert sum(shares) == pytest.approx(1.0)
    assert min(shares) >= CLOSE * max(shares)
    best = max(chosen.considered, key=lambda option: option.worth)
    assert best.propensity == max(shares)
    assert chosen.option in chosen.considered


def test_only_the_first_retry_is_explored():
    """Nothing would be learnt from exploring further ones, and each draw of a worse time costs."""
    chosen = SmartRetries().choose(case(2, code="do_not_honor"), room(), "in_1")
    assert chosen.considered == (chosen.option,)
    assert chosen.option.propensity == 1.0


@pytest.mark.parametrize("days", [(), (2,)])
def test_what_was_weighed_and_not_drawn_from_is_told_as_well(days):
    """At the first retry and at later ones: times a day and more apart, none worth much more than the one
    that is chosen greedily."""
    made = case(*days, code="do_not_honor")
    chosen = STEADY.choose(made, room(opens=2.1), "in_1")
    assert 1 <= len(chosen.others) < OPTIONS
    assert max(one.worth for one in chosen.others) < chosen.option.worth + 0.01
    assert {one.propensity for one in chosen.others} == {0.0}
    assert all(abs(one.at - chosen.option.at) >= timedelta(days=1) for one in chosen.others)
    told = SmartRetries().choose(made, room(opens=2.1), "in_1")
    times = [one.at for one in (*told.considered, *told.others)]
    assert len(set(times)) == len(times)


def in_vain(since):
    """The local dates of an unknown customer's retries, where nothing but `do_not_honor` is told."""
    declines = [Decline(day(since), failure("do_not_honor"))]
    while len(declines) <= 8:
        unknown = Case(tuple(declines), History((), (), GROUP), BERLIN)
        left = Room(declines[-1].at + timedelta(hours=1), day(since + 14), 9 - len(declines))
        chosen = SmartRetries().choose(unknown, left, f"in_1|{len(declines)}")
        if chosen is None:
            break
        declines.append(Decline(chosen.option.at, failure("do_not_honor")))
    return [decline.at.astimezone(ZoneInfo(BERLIN)).date() for decline in declines[1:]]


@pytest.mark.parametrize("since", [0, 4.11, 8.22, 12.33, 16.44, 20.55, 24.66, 28.77])
def test_before_anything_is_learnt_the_retries_are_used_on_as_many_days(since):
    """Nobody knows yet whether money, a lock or mere chance is behind it: whatever the day of the month, no
    wait for a pay day leaves more than one of eight retries unmade, or two on one day."""
    assert len(set(in_vain(since))) >= 7


def test_little_room_has_few_options():
    """Two hours are left of the window: nothing else lies a day from there."""
    chosen = SmartRetries().choose(case(), Room(day(13.9), day(14), 3), "in_1")
    assert chosen.considered == (chosen.option,)


def test_who_does_not_explore_takes_the_best():
    """With certainty."""
    chosen = STEADY.choose(case(), room(), "in_1")
    assert chosen.considered == (chosen.option,)
    assert chosen.option.propensity == 1.0


def test_without_room_there_is_no_retry():
    """No retries left, a window that is over, or one that is about to be."""
    assert STEADY.choose(case(), room(retries=0), "in_1") is None
    assert STEADY.choose(case(), Room(day(15), day(14), 3), "in_1") is None
    assert STEADY.choose(case(), Room(day(14), day(14), 3), "in_1").option.at == day(14)


def test_what_is_hopeless_is_left_alone():
    """A code behind which there was never anything but a dead card, ten thousand times."""
    level = GROUP.levels[-1]
    model = SmartRetries(Lessons(causes={f"{level}|do_not_honor|dead": 1e7}), exploring=False)
    assert model.choose(case(2, 4, 6, code="do_not_honor"), room(opens=6.5), "in_1") is None


def test_a_better_hour_is_learnt():
    """A bank that takes cards after midnight only is tried then, local time."""
    level = GROUP.levels[-1]
    lessons = Lessons(
        expected_by_hour={f"{level}|{bucket}": 300.0 for bucket in range(8)},
        succeeded_by_hour={f"{level}|{bucket}": 400.0 if bucket == 0 else 150.0 for bucket in range(8)},
    )
    chosen = replace(STEADY, lessons=lessons).choose(case(), room(), "in_1")
    assert chosen.option.at.astimezone(ZoneInfo(BERLIN)).hour < 3


def test_a_pay_day_is_waited_for():
    """Paid on the 10th for a year, and declined on the 2nd: not before the 6th, and soon after the 10th."""
    chosen = STEADY.choose(case(own=paid_monthly(10)), room(retries=1), "in_1")
    assert day(4) < chosen.option.at < day(11)


def test_a_prediction_is_a_chance_and_is_calibrated():
    """Corrected by what became of those before."""
    told = STEADY.raw_chance(case(), day(3))
    assert 0 < told.chance < told.unlocked < 1
    assert told.any_hour == told.chance
    too_bold = Lessons(
        expected={str(n): 100.0 for n in range(20)}, succeeded={str(n): 50.0 for n in range(20)}
    )
    assert replace(STEADY, lessons=too_bold).predicted(case(), day(3)) < STEADY.predicted(case(), day(3))
