"""The set of times."""

from dataclasses import replace
from itertools import combinations

import pytest
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.curves import Luck, Until
from dunwell.domain.smart_retries.futures import Futures
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.locks import GAPS_HOURS, Locks
from dunwell.domain.smart_retries.planner import EFFORT, IMPATIENCE, best_plan, planned
from dunwell.domain.smart_retries.posterior import belief_in

from tests.domain.smart_retries.build_cases import case, futures_of, paid_monthly

CASES = [case(), case(code="do_not_honor"), case(own=paid_monthly(10)), case(2, code="issuer_not_available")]


def futures_for(made):
    belief = belief_in(made, Lessons())
    instants = [belief.last, *(belief.last + 0.5 + 1.3 * n for n in range(9))]
    return Futures(belief, instants, [1.0] * len(instants))


def luck(likely):
    return Luck(Cause.CHANCE, 1.0, likely, "luck")


@pytest.mark.parametrize("made", CASES)
@pytest.mark.parametrize("retries", [1, 2, 3])
def test_a_greedy_set_is_nearly_as_good_as_the_best(made, retries):
    """Compared with every set of that size and smaller."""
    futures = futures_for(made)
    plan = best_plan(futures, retries)
    sets = (chosen for size in range(retries + 1) for chosen in combinations(range(1, 10), size))
    best = max(planned(futures, chosen).worth for chosen in sets)
    assert plan == planned(futures, plan.chosen)
    assert plan.worth >= 0.95 * best


@pytest.mark.parametrize("made", CASES)
def test_a_lazy_choice_is_as_good_as_the_greedy_one(made):
    """As if all slots had been weighed again for each place."""
    futures = futures_for(made)
    chosen = []
    for _ in range(3):
        plans = [planned(futures, sorted([*chosen, slot])) for slot in range(1, 10) if slot not in chosen]
        chosen = sorted(max(plans, key=lambda plan: plan.worth).chosen)
    assert best_plan(futures, 3).worth == pytest.approx(planned(futures, chosen).worth, abs=0.002)


def test_a_plans_chance_is_that_of_any_of_its_retries():
    """Less the cost of attempts and delay it is what the plan is worth; no plan has none."""
    futures = futures_for(case())
    plan = best_plan(futures, 3)
    assert plan.worth < plan.chance < plan.worth + 3 * EFFORT + 14 * IMPATIENCE
    assert best_plan(futures, 0).chance == 0.0


def test_more_retries_are_never_worth_less():
    """Each one is added only where it is worth more than its cost."""
    futures = futures_for(case())
    worths = [best_plan(futures, retries).worth for retries in range(9)]
    assert worths == sorted(worths)
    assert worths[0] == 0.0


def test_what_is_hopeless_is_not_tried():
    """A chance smaller than the effort."""
    assert best_plan(futures_of(luck(0.0), [float(n) for n in range(10)]), 8).chosen == ()


def test_retries_are_spread_where_a_draw_of_chance_decides():
    """Two on one day go alike: the second one is made on another."""
    assert best_plan(futures_of(luck(0.4), [0.0, 1.0, 1.1, 1.2, 3.0]), 2).chosen[1] == 4


def test_a_lock_is_left_alone_until_it_is_over():
    """A first try after a day would prolong it."""
    lock = Until(Cause.LOCK, 1.0, 4.0, True, "lock")
    assert best_plan(futures_of(lock, [float(n) for n in range(15)]), 3).chosen[0] >= 4


def test_a_banks_lock_is_waited_out_between_two_retries():
    """Each decline locks the card for three days: retries are further apart than without that."""
    instants = [0.5 * n for n in range(29)]
    lasting = tuple(float(hours <= 78.0) for hours in (*GAPS_HOURS, 200.0))
    free = best_plan(futures_of(luck(0.3), instants), 8)
    locked = best_plan(futures_of(luck(0.3), instants, locks=Locks(1.0, lasting), locked=1.0), 8)
    gaps = [instants[b] - instants[a] for a, b in zip((0, *locked.chosen), locked.chosen, strict=False)]
    assert len(free.chosen) == 8
    assert min(gaps) >= 3.0


@pytest.mark.parametrize("made", [case(code="do_not_honor"), case(2, code="generic_decline")])
def test_a_try_in_vain_makes_nothing_better(made):
    """An hour after a decline chance and locks are as they were: another try then can only prolong a lock,
    and is not planned for what may be drawn behind it."""
    belief = belief_in(made, Lessons())
    instants = [belief.last, belief.last + 0.04, *(belief.last + 1.2 * n for n in range(1, 11))]
    lasting = tuple(0.9 - 0.1 * bucket for bucket in range(len(GAPS_HOURS) + 1))
    locked = replace(belief, locks=Locks(0.5, lasting), locked=0.5)
    futures = Futures(locked, instants, [0.01, 0.0, *[1.0] * 10])
    assert futures.chance(1) == 0.0
    for chosen in combinations(range(2, 12), 3):
        assert planned(futures, (1, *chosen)).chance <= planned(futures, chosen).chance


def test_an_hour_counts():
    """Of two slots a few hours apart the one with the better hour is taken."""
    assert best_plan(futures_of(luck(0.4), [0.0, 2.0, 2.3], [1.0, 0.8, 1.2]), 1).chosen == (2,)
