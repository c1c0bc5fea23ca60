"""What a night teaches."""

import pytest
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.learning import HALF_LIFE_DAYS, Learning, bucket_of
from dunwell.domain.smart_retries.lessons import Lessons

from tests.build import day
from tests.domain.smart_retries.build_cases import BERLIN, GROUP, case


def after(*cases, so_far=None):
    learning = Learning(so_far or Lessons())
    for made in cases:
        learning.hear_case(made)
    return learning.sealed("v1")


def test_a_code_is_learnt_by_what_became_of_its_retries():
    """Taken an hour later, forty times: the code stands for an outage."""
    before = Lessons().shares("do_not_honor", GROUP)[Cause.OUTAGE]
    learnt = after(*[case(code="do_not_honor", paid_on=0.06)] * 40)
    assert learnt.version == "v1"
    assert learnt.shares("do_not_honor", GROUP)[Cause.OUTAGE] > 3 * before


def test_predictions_are_held_against_what_happened():
    """Each retry counts, whether it failed or was paid."""
    learnt = after(case(2, 4, paid_on=6))
    assert sum(learnt.succeeded.values()) == 1.0
    assert 0 < sum(learnt.expected.values()) < 3


def test_hours_are_learnt_from_first_attempts_too():
    """A bank that declines in the morning and takes in the evening."""
    learning = Learning(Lessons())
    for n in range(200):
        learning.hear_first(day(-n, 0), BERLIN, GROUP, succeeded=n % 2 == 0)
        learning.hear_first(day(-n, 10), BERLIN, GROUP, succeeded=True)
    effects = learning.sealed("v1").hour_effects(GROUP)
    morning, evening = bucket_of(day(0), BERLIN), bucket_of(day(0, 10), BERLIN)
    assert effects[morning] < 0.85
    assert effects[evening] > 1.1


def test_what_was_learnt_fades():
    """By half in its half-life, and is dropped in the end."""
    learnt = after(case(2, paid_on=4))
    learning = Learning(learnt)
    learning.forget(HALF_LIFE_DAYS)
    assert sum(learning.sealed("v2").succeeded.values()) == pytest.approx(0.5)
    learning.forget(100 * HALF_LIFE_DAYS)
    assert learning.sealed("v3") == Lessons("v3")
    assert sum(learnt.succeeded.values()) == 1.0


def test_the_bucket_of_an_hour_is_local():
    """Half past nine in Berlin."""
    assert bucket_of(day(0, -0.5), BERLIN) == 3
