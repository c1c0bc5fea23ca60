"""The set of times."""

from itertools import combinations

import pytest
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.curves import Chance, Waiting
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.planner import EFFORT, IMPATIENCE, Slots, best_plan
from dunwell.domain.smart_retries.posterior import Belief, belief_in

from tests.domain.smart_retries.build_cases import case, paid_monthly

LAST = 739_677.4
INSTANTS = [LAST, *(LAST + 0.5 + 1.3 * n for n in range(9))]
CASES = [case(), case(code="do_not_honor"), case(own=paid_monthly(10)), case(2, code="issuer_not_available")]


def slots_for(made, declines=1):
    return Slots.over(belief_in(made, Lessons()), INSTANTS, [1.0] * len(INSTANTS), declines)


def worth(slots, chosen):
    """What a set is worth, assumption by assumption, attempt by attempt."""
    total = 0.0
    for number, weight in enumerate(slots.belief.weights):
        reached, before = weight, 0
        for made, slot in enumerate(chosen):
            chance = slots.row(before, slot, made)[number]
            gets = 1.0 - IMPATIENCE * (INSTANTS[slot] - INSTANTS[0])
            total += reached * (chance * gets - EFFORT)
            reached, before = reached * (1.0 - chance), slot
    return total


@pytest.mark.parametrize("made", CASES)
@pytest.mark.parametrize("retries", [1, 2, 3])
def test_a_greedy_set_is_nearly_as_good_as_the_best(made, retries):
    """Compared with every set of that size and smaller; its worth is what it says."""
    slots = slots_for(made)
    plan = best_plan(slots, retries)
    sets = (chosen for size in range(retries + 1) for chosen in combinations(range(1, len(INSTANTS)), size))
    best = max(worth(slots, chosen) for chosen in sets)
    assert plan.worth == pytest.approx(worth(slots, plan.chosen))
    assert plan.worth >= 0.95 * best


def test_a_plans_chance_is_that_of_any_of_its_retries():
    """Less the cost of attempts and delay it is what the plan is worth; no plan has none."""
    slots = slots_for(case())
    plan = best_plan(slots, 3)
    assert plan.worth < plan.chance(slots) < plan.worth + 3 * EFFORT + 14 * IMPATIENCE
    assert best_plan(slots, 0).chance(slots) == pytest.approx(0.0)


def test_more_retries_are_never_worth_less():
    """Each one is added only where it is worth more than its cost."""
    slots = slots_for(case())
    worths = [best_plan(slots, retries).worth for retries in range(9)]
    assert worths == sorted(worths)
    assert worths[0] == 0.0


def test_a_plan_can_be_made_to_begin_with_a_slot():
    """What follows lies behind it."""
    plan = best_plan(slots_for(case()), 4, must=5)
    assert plan.chosen[0] == 5
    assert list(plan.chosen) == sorted(set(plan.chosen))


def test_what_is_hopeless_is_not_tried():
    """A chance smaller than the effort."""
    nothing = Belief((Chance("dead", Cause.DEAD, 1.0, EFFORT / 2),), (1.0,))
    assert best_plan(Slots.over(nothing, INSTANTS, [1.0] * 10, 1), 8).chosen == ()


def test_retries_are_spread_where_a_draw_of_chance_decides():
    """Two on one day go alike: the second one is made on another."""
    luck = Belief((Chance("chance", Cause.CHANCE, 1.0, 0.4),), (1.0,))
    instants = [0.0, 1.0, 1.1, 1.2, 3.0]
    assert best_plan(Slots.over(luck, instants, [1.0] * 5, 1), 2).chosen[1] == 4


def test_a_lock_is_left_alone_until_it_is_over():
    """A first try after a day would prolong it."""
    lock = Belief((Waiting("lock", Cause.LOCK, 1.0, 4.0, 2.5, 3.0),), (1.0,))
    instants = [float(n) for n in range(15)]
    plan = best_plan(Slots.over(lock, instants, [1.0] * 15, 1), 3)
    assert plan.chosen[0] >= 5


def test_a_further_retry_that_would_prolong_the_lock_is_left_out():
    """However many are allowed: two, the second one long after the first."""
    lock = Belief((Waiting("lock", Cause.LOCK, 1.0, 2.0, 2.5, 1.6),), (1.0,))
    instants = [float(n) for n in range(15)]
    assert best_plan(Slots.over(lock, instants, [1.0] * 15, 1), 8).chosen == (7, 14)


def test_an_hour_counts():
    """Of two slots a few hours apart the one with the better hour is taken."""
    luck = Belief((Chance("chance", Cause.CHANCE, 1.0, 0.4),), (1.0,))
    assert best_plan(Slots.over(luck, [0.0, 2.0, 2.3], [1.0, 0.8, 1.2], 1), 1).chosen == (2,)
