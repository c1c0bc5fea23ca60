"""The model bound to one invoice, and who is held out."""

import pytest
from dunwell.domain.history import History
from dunwell.domain.policies import RetryKind, RetryPolicy
from dunwell.domain.retries import plan_retry
from dunwell.domain.smart_retries.advice import HELD_OUT, HeldOut, SmartAdvice, is_held_out, room_of
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.model import SmartRetries

from tests.build import attempt, card, day, invoice, rules, settings
from tests.domain.smart_retries.build_cases import BERLIN, GROUP, failure

SMART = RetryPolicy(RetryKind.SMART)


def advice(lessons=None):
    return SmartAdvice(SmartRetries(lessons or Lessons()), "in_1", History(group=GROUP), BERLIN)


def plan(attempts, model=None, now=None, **fields):
    return plan_retry(invoice(**fields), attempts, settings(retry=SMART), model or advice(), now or day(0.1))


def test_a_share_of_the_customers_is_held_out_for_good():
    """About five in a hundred; whoever is in stays in when the share grows, and nobody is at none."""
    names = [f"cus_{n}" for n in range(4000)]
    few = {name for name in names if is_held_out(name, 5)}
    assert 140 < len(few) < 260
    assert few <= {name for name in names if is_held_out(name, 20)}
    assert not any(is_held_out(name, 0) for name in names)


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
