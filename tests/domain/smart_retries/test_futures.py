"""What may happen, as sets of futures."""

import math
from itertools import pairwise

import pytest
from dunwell.domain.history import History
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.curves import CHANCE_MAX, Luck, Until
from dunwell.domain.smart_retries.futures import EVEN, FUTURES, Futures, below, column, steps
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.locks import GAPS_HOURS, Locks
from dunwell.domain.smart_retries.posterior import Belief, Case, Decline, belief_in

from tests.build import day
from tests.domain.smart_retries.build_cases import (
    BERLIN,
    GROUP,
    MONDAY,
    case,
    failure,
    futures_of,
    paid_monthly,
)

CASES = [
    case(),
    case(code="do_not_honor"),
    case(own=paid_monthly(10)),
    case(2, code="issuer_not_available"),
    case(code="expired_card"),
    case(code="do_not_honor", advice="26"),
    Case((Decline(day(-9.5 / 24), failure()),), History(paid_monthly(2), group=GROUP), BERLIN),
]


def share(futures):
    return futures.bit_count() / FUTURES


def test_a_column_is_nested_and_even():
    """Half of all futures are half of any quarter of them, nearly."""
    sets = column(3)
    assert all(small & ~large == 0 for small, large in pairwise(sets))
    assert [one.bit_count() for one in sets] == list(range(FUTURES + 1))
    half = below(3, 0.5)
    quarter = (1 << FUTURES // 4) - 1
    assert share(half & quarter) == pytest.approx(1 / 8, abs=0.01)


def test_two_columns_are_as_good_as_independent():
    """Of the half that one has, another has a half."""
    apart = [share(below(one, 0.5) & below(other, 0.5)) for one in (0, 1, 2) for other in (64, 65, 80)]
    assert all(both == pytest.approx(0.25, abs=0.04) for both in apart)


@pytest.mark.parametrize("made", CASES)
def test_as_many_futures_pass_as_the_belief_says(made):
    """At each of many times, whatever is believed."""
    belief = belief_in(made, Lessons())
    instants = [belief.last, *(belief.last + 0.3 + 0.41 * n for n in range(30))]
    futures = Futures(belief, instants, [1.0] * len(instants))
    for slot in range(1, len(instants)):
        told = belief.unlocked_chance(instants[slot], 1.0)
        assert share(futures.passed(0, slot)) == pytest.approx(told, abs=0.035)
        assert futures.chance(slot) == pytest.approx(told * (1.0 - belief.stopped(instants[slot])), abs=0.04)


@pytest.mark.parametrize("effect", [0.7, 1.5])
@pytest.mark.parametrize("made", CASES)
def test_an_hours_effect_is_in_all_of_them(made, effect):
    """Whatever is believed, as the prediction has it."""
    belief = belief_in(made, Lessons())
    instants = [belief.last, *(belief.last + 0.3 + 0.83 * n for n in range(15))]
    futures = Futures(belief, instants, [effect] * len(instants))
    for slot in range(1, len(instants)):
        told = belief.unlocked_chance(instants[slot], effect)
        assert share(futures.passed(0, slot)) == pytest.approx(told, abs=0.05)


def test_none_is_surer_than_sure():
    """In the best of hours."""
    futures = futures_of(Luck(Cause.CHANCE, 1.0, 0.9, "luck"), [0.0, 6.0], [1.0, 1.6])
    assert share(futures.passed(0, 1)) == pytest.approx(CHANCE_MAX, abs=0.01)


def test_a_lock_that_is_prolonged_counts_from_the_attempt_before():
    """Six days after the last decline it is over; one day after another attempt it is not."""
    futures = futures_of(Until(Cause.LOCK, 1.0, 4.0, True, "lock"), [0.0, 6.0, 7.0])
    assert share(futures.passed(0, 2)) > 0.85
    assert share(futures.passed(1, 2)) < 0.1


@pytest.mark.parametrize("begins", [0.4, 0.8])
def test_attempts_within_hours_are_one_draw_of_chance(begins):
    """On one day, and over midnight; a day apart they are two."""
    luck = Luck(Cause.CHANCE, 1.0, 0.5, "luck")
    futures = futures_of(luck, [-5.0, begins, begins + 0.3, begins + 1.0])
    first, soon, next_day = (futures.passed(before, slot) for before, slot in ((0, 1), (1, 2), (1, 3)))
    assert share(first) == pytest.approx(0.5, abs=0.01)
    assert share(soon & ~first) < 0.02
    assert share(next_day & ~first) == pytest.approx(0.25, abs=0.03)


def test_a_banks_lock_stops_what_would_pass_and_begins_anew():
    """Half of the banks lock cards for more than a day; a second decline locks the same cards again."""
    lasting = tuple(float(hours < 30.0) for hours in (*GAPS_HOURS, 200.0))
    luck = Luck(Cause.CHANCE, 1.0, 0.5, "luck")
    futures = futures_of(luck, [0.0, 0.4, 9.0], locks=Locks(0.5, lasting), locked=0.5)
    locked = futures.locked()
    assert share(locked) == 0.5
    stopped = futures.stopped(locked, 0, 1)
    assert stopped == locked
    assert futures.stopped(locked, 0, 2) == 0
    again = futures.locked_again(stopped & below(0, 0.5))
    assert again == locked
    rarely = futures_of(luck, [0.0, 0.4, 9.0], locks=Locks(0.3, lasting), locked=0.6)
    assert rarely.locked_again(rarely.locked()) == rarely.locked()
    assert share(rarely.locked_again(0)) == pytest.approx(0.3, abs=0.01)
    assert futures.chance(1) == pytest.approx(0.5 * share(futures.passed(0, 1)), abs=0.03)


def test_every_future_belongs_to_one_assumption():
    """However many there are, all are dealt out."""
    belief = belief_in(case(), Lessons())
    lucks = tuple(Luck(Cause.CHANCE, 1.0, 1.0, f"{n}") for n in range(len(belief.weights)))
    certain = Belief((*lucks, lucks[0]), (*belief.weights, 1e-9), MONDAY, MONDAY)
    futures = Futures(certain, [MONDAY, MONDAY + 50.0], [1.0] * 2)
    assert futures.passed(0, 1) == below(int(MONDAY + 50) % 64, CHANCE_MAX)


def test_the_steps_of_columns_are_roots_of_primes_far_from_small_fractions():
    """Eighty-seven of them, in the order of the primes."""

    def is_far(step):
        return all(abs(q * step - round(q * step)) * q > EVEN for q in range(1, 40))

    primes = [n for n in range(2, 1_500) if not any(n % d == 0 for d in range(2, n))]
    roots = [math.sqrt(prime) - math.isqrt(prime) for prime in primes]
    assert list(steps()) == pytest.approx([root for root in roots if is_far(root)][:87])
    assert len(steps()) == 87
    assert steps()[0] == pytest.approx(math.sqrt(2) - 1)
