"""A list of choices is made short while it still violates the same, in a limited number of tries."""

import random

import pytest

from sandbox.simulation.shrinking import shrink


def watched(holds):
    """A judge of choices, and the lists that it was asked about."""
    asked = []

    def still(made):
        asked.append(made)
        return made if holds(made) else None

    return still, asked


@pytest.mark.parametrize("seed", range(5))
def test_only_what_matters_stays_at_its_lowest(seed):
    """Of 300 drawn choices the two that matter stay, in their order, next to each other."""
    drawn = random.Random(seed)  # noqa: S311 - made-up lists
    made = [drawn.randrange(100) for _ in range(300)]
    made[70], made[200] = 900, 950

    def holds(given):
        high = [value for value in given if value >= 500]
        return len(high) >= 2

    still, _ = watched(holds)
    best, runs = shrink(made, still, 3_000)
    assert best == (500, 500)
    assert runs < 500


def test_what_must_stand_at_its_place_stays_there_among_zeros():
    """A choice whose position matters keeps it."""
    still, _ = watched(lambda given: len(given) > 40 and given[40] > 3)
    best, _ = shrink([7] * 100, still, 3_000)
    assert best == (*[0] * 40, 4)


def test_no_more_histories_are_played_than_allowed():
    """The budget is a number of runs, and what was found until then is the answer."""
    still, asked = watched(lambda given: sum(given) >= 2_000)
    best, runs = shrink([9] * 1_000, still, 40)
    assert runs == len(asked) == 40
    assert sum(best) >= 2_000
    assert len(best) < 1_000


def test_no_list_is_tried_twice():
    """Each try costs a whole history."""
    still, asked = watched(lambda given: 3 in given and 5 in given)
    shrink([1, 3, 0, 0, 0, 5, 1, 1, 0, 2] * 5, still, 3_000)
    assert len(asked) == len(set(asked))


def test_what_a_history_did_not_use_is_dropped():
    """The choices made count, not those given: a history that ends earlier needs fewer."""
    best, runs = shrink([5, 6, 7, 8, 9, 9, 9, 9], lambda given: given[:2] if given[:1] == (5,) else None, 100)
    assert best == (5,)
    assert runs < 20


def test_what_violates_without_any_choice_shrinks_to_nothing():
    """The plain history is the shortest."""
    assert shrink([1, 2, 3], lambda given: given, 100) == ((), 1)


def test_what_cannot_be_made_simpler_stays_as_it_is():
    """The answer always violates."""
    best, _ = shrink([4, 4, 0, 0], lambda given: given if given == (4, 4) else None, 100)
    assert best == (4, 4)
