"""The model bound to one invoice, and who is held out."""

import pytest
from dunwell.domain.history import History
from dunwell.domain.holdout import HELD_OUT, HeldOut
from dunwell.domain.payments import Considered, Foresight
from dunwell.domain.policies import RetryKind, RetryPolicy
from dunwell.domain.retries import plan_retry
from dunwell.domain.smart_retries.advice import SmartAdvice, room_of
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.model import SmartRetries
from dunwell.domain.smart_retries.posterior import Case, Decline
from dunwell.domain.smart_retries.signals import signals_of

from tests.build import attempt, card, day, invoice, rules, settings
from tests.domain.smart_retries.build_cases import BERLIN, GROUP, failure

SMART = RetryPolicy(RetryKind.SMART)
SIGNALS = signals_of(card(), attempt(day(0)).amount, day(0))


def advice(lessons=None):
    return SmartAdvice(SmartRetries(lessons or Lessons()), "in_1", History(group=GROUP), BERLIN)


def plan(attempts, model=None, now=None, **fields):
    return plan_retry(invoice(**fields), attempts, settings(retry=SMART), model or advice(), now or day(0.1))


def test_who_is_held_out_gets_the_even_schedule_and_it_is_told():
    """On day 2 at the hour of the failure; None when the window is over."""
    found = plan([attempt(day(0))], HeldOut())
    assert found.at == day(2)
    assert found.planned.foresight.by == HELD_OUT
    assert HeldOut().choose(SMART, card(), [attempt(day(n)) for n in range(9)], day(9)) is None


def test_a_smart_plan_says_why_and_what_was_considered():
    """The one taken first; its chance is kept with the plan."""
    found = plan([attempt(day(0))])
    foresight = found.planned.foresight
    assert rules(found.reasons) == ["retry_planned"]
    assert (foresight.by, foresight.considered[0].at, foresight.chance) == (
        "lessons-0",
        found.at,
        foresight.considered[0].chance,
    )
    assert "%" in found.reasons[0].text
    assert HeldOut().choose(SMART, card(), [attempt(day(0))], day(0)).foresight.chance is None


def test_a_smart_plan_stays_while_its_facts_do():
    """A later look, and other lessons, leave it where it is."""
    kept = plan([attempt(day(0))]).planned
    other = advice(Lessons("lessons-1", causes={"all|insufficient_funds|lock": 500.0}))
    assert plan([attempt(day(0))], other, day(1), planned_retry=kept).planned == kept


def test_an_advice_to_wait_is_weighed_not_obeyed():
    """Code 30 says ten days; where no model weighs it, it is a rule."""
    told = attempt(day(0), failure=failure("insufficient_funds", "30"))
    mastercard = card(brand="mastercard")
    smart = plan([told], payment_method=mastercard)
    assert rules(smart.reasons) == ["retry_planned"]
    assert smart.at < day(13)
    assert "advice_wait" in rules(plan([told], HeldOut(), payment_method=mastercard).reasons)


def test_what_is_not_worth_a_retry_is_told():
    """The reason names the policy."""
    hopeless = Lessons(causes={f"{GROUP.levels[-1]}|insufficient_funds|dead": 1e9})
    found = plan([attempt(day(n)) for n in (0, 2, 4)], advice(hopeless), day(4.1))
    assert rules(found.reasons) == ["window_over"]
    assert "worth its cost" in found.reasons[0].text


def test_an_attempt_that_was_not_declined_is_nothing_to_learn_from():
    """Its outcome is still open; the even schedule stands in."""
    waiting = attempt(day(0), None)
    assert advice().choose(SMART, card(), [waiting], day(0.1)).foresight is None


@pytest.mark.parametrize(("made", "left"), [(1, 8), (3, 6), (9, 0)])
def test_the_room_is_what_the_policy_leaves(made, left):
    """From an hour after the last attempt to the end of the window after the first."""
    found = room_of(SMART, [day(n) for n in range(made)], day(made - 1))
    assert (found.opens, found.closes, found.retries) == (day(made - 1, 1), day(14), left)


def test_some_retries_recover_more_together_than_one():
    """Each is made only where those before it failed; after another decline less is left to hope for."""
    first, second = attempt(day(0)), attempt(day(2))
    one = advice().together(card(), [first], [day(3)])
    two = advice().together(card(), [first], [day(3), day(9)])
    assert 0.05 < one < two < 0.95
    assert two < one + advice().together(card(), [first], [day(9)])
    assert advice().together(card(), [first, second], [day(3)]) < one
    assert advice().together(card(), [first], []) == 0.0
    case = Case((Decline(day(0), first.failure),), History(group=GROUP), BERLIN, signals=SIGNALS)
    assert advice().model.together(case, [day(3), day(9)]) == two


def test_a_time_is_weighed_with_the_best_that_may_follow():
    """Within what the policy leaves: of a single retry that time alone is left."""
    first, times = attempt(day(0)), [day(3), day(9)]
    alone = RetryPolicy(RetryKind.SMART, retries=1)
    for at, told in zip(times, advice().weighed(alone, card(), [first], times), strict=True):
        assert told == pytest.approx(advice().together(card(), [first], [at]), abs=0.01)
    many, single = (advice().weighed(policy, card(), [first], times) for policy in (SMART, alone))
    assert all(told > one for told, one in zip(many, single, strict=True))
    short = RetryPolicy(RetryKind.SMART, retries=8, window_days=4)
    assert advice().weighed(short, card(), [first], times[:1])[0] < many[0]
    spent = advice().weighed(alone, card(), [first, attempt(day(1))], times[:1])
    assert len(spent) == 1


def test_what_was_considered_is_kept_as_it_was_weighed():
    """The one that was drawn first; chances calibrated, and both to four places."""
    lessons = Lessons(
        "lessons-7", expected={str(n): 40.0 for n in range(10)}, succeeded={str(n): 30.0 for n in range(10)}
    )
    kept = plan([attempt(day(0))], advice(lessons)).planned.foresight
    case = Case((Decline(day(0), attempt(day(0)).failure),), History(group=GROUP), BERLIN, signals=SIGNALS)
    chosen = SmartRetries(lessons).choose(case, room_of(SMART, [day(0)], day(0.1)), "in_1|1")
    options = [chosen.option, *(one for one in chosen.considered if one is not chosen.option)]
    assert len(options) > 1
    assert kept == Foresight(
        "lessons-7",
        tuple(
            Considered(one.at, round(lessons.calibrated(one.chance), 4), round(one.propensity, 4))
            for one in options
        ),
    )
    assert any(round(lessons.calibrated(one.chance), 4) != round(one.chance, 4) for one in options)
