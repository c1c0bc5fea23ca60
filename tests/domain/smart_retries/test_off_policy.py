"""What another policy would have earned."""

import math
from dataclasses import replace
from random import Random

import pytest
from dunwell.domain.smart_retries.off_policy import (
    Estimate,
    LoggedChoice,
    Step,
    doubly_robust,
    inverse_propensity,
    mean_of,
    robust_course,
    self_normalised,
)

REAL = (0.2, 0.35, 0.5)
"""How often each of three options is rewarded."""

LOGGED, OTHER = (0.6, 0.3, 0.1), (0.1, 0.2, 0.7)

TRUTH = sum(share * real for share, real in zip(OTHER, REAL, strict=True))

ESTIMATORS = [inverse_propensity, self_normalised, doubly_robust]


def logged_choices(seed, count=400, logged=LOGGED, predicted=(0.4, 0.4, 0.4)):
    """Made by `LOGGED`; the model that predicts is wrong, unless told."""
    chance = Random(seed)  # noqa: S311 -- draws for a test
    found = []
    for _ in range(count):
        taken = chance.choices(range(3), LOGGED)[0]
        found.append(LoggedChoice(taken, logged, OTHER, predicted, float(chance.random() < REAL[taken])))
    return found


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_an_estimate_is_near_what_the_other_policy_earns(estimator):
    """From twenty thousand choices of a policy that hardly ever does what the other one does."""
    found = estimator(logged_choices(1, 20_000))
    assert found.value == pytest.approx(TRUTH, abs=0.02)
    assert found.low < TRUTH < found.high
    assert found.choices == 20_000


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_an_interval_covers_the_truth_as_often_as_it_says(estimator):
    """In at least 93 % of 200 runs, with a model that is wrong."""
    runs = [estimator(logged_choices(seed)) for seed in range(200)]
    assert sum(found.low <= TRUTH <= found.high for found in runs) >= 0.93 * 200


def test_a_right_model_makes_up_for_wrong_propensities():
    """And is surer of it than weights alone."""
    wrong = (1 / 3, 1 / 3, 1 / 3)
    choices = logged_choices(2, 20_000, logged=wrong, predicted=REAL)
    assert doubly_robust(choices).value == pytest.approx(TRUTH, abs=0.02)
    assert inverse_propensity(choices).value != pytest.approx(TRUTH, abs=0.05)
    right = logged_choices(2, 20_000, predicted=REAL)
    assert doubly_robust(right).error < inverse_propensity(right).error


def test_too_little_has_no_interval():
    """Nothing, one choice, and choices that the other policy never makes."""
    one = LoggedChoice(0, (0.5, 0.5), (1.0, 0.0), (0.2, 0.2), 1.0)
    never = LoggedChoice(1, (0.5, 0.5), (1.0, 0.0), (0.2, 0.2), 1.0)
    assert doubly_robust([]) == Estimate(0.0, math.inf, 0)
    assert inverse_propensity([one]) == Estimate(2.0, math.inf, 1)
    assert self_normalised([one]) == Estimate(1.0, math.inf, 1)
    assert self_normalised([never, never]) == Estimate(0.0, math.inf, 2)
    assert doubly_robust([never, never]).value == pytest.approx(0.2)


def courses(path=()):
    """All that may become of an invoice in two days: (chance, the steps another policy looks at).

    Each day one of two times is drawn; what a model expects is wrong throughout. The other policy takes the
    second time on the first day and mixes on the second.
    """
    logged, other = ((0.7, 0.3), (0.0, 1.0)) if not path else ((0.4, 0.6), (0.25, 0.75))
    predicted = (0.9, 0.1) if not path else (0.6, 0.2)
    expected = sum(share * told for share, told in zip(other, predicted, strict=True))
    for taken in (0, 1):
        real = REAL_BY_DAY[len(path)][taken]
        step = Step(expected, other[taken] / logged[taken], predicted[taken])
        paid = replace(step, reward=1.0)
        yield logged[taken] * real, [*path, paid]
        if path:
            yield logged[taken] * (1 - real), [*path, step, Step(0.0)]
        else:
            for chance, steps in courses((step,)):
                yield logged[taken] * (1 - real) * chance, steps


REAL_BY_DAY = ((0.3, 0.5), (0.2, 0.6))


def test_a_course_is_estimated_without_bias_however_wrong_the_model_is():
    """Over all that may happen the mean is what the other policy earns: half at first, then the mix."""
    every = list(courses())
    assert math.fsum(chance for chance, _ in every) == pytest.approx(1)
    truth = 0.5 + 0.5 * (0.25 * 0.2 + 0.75 * 0.6)
    assert math.fsum(chance * robust_course(steps) for chance, steps in every) == pytest.approx(truth)


def test_a_course_that_was_left_where_the_other_goes_on_is_what_the_model_expects():
    """One that the other would never have taken, too; the same choices earn what was earned."""
    assert robust_course([Step(0.6, 0.0, 0.6, 1.0)]) == 0.6
    assert robust_course([Step(0.6, 1.0, 0.6), Step(0.4)]) == pytest.approx(0.4)
    assert robust_course([Step(0.6, 1.0, 0.6), Step(0.4, 1.0, 0.4, 1.0)]) == pytest.approx(1.0)
    assert robust_course([Step(0.6, 1.0, 0.6), Step(0.0)]) == pytest.approx(0.0)
    assert robust_course([]) == 0.0


def test_a_mean_has_the_error_that_the_text_books_give_it():
    """The spread with n - 1, over the root of n; of one value it is unknown."""
    found = mean_of([1.0, 2.0, 6.0])
    assert (found.value, found.choices) == (3.0, 3)
    assert found.error == pytest.approx(math.sqrt((4 + 1 + 9) / 2 / 3))
    assert mean_of([1.0, 2.0]).error == pytest.approx(0.5)
    assert mean_of([5.0]) == Estimate(5.0, math.inf, 1)
    assert mean_of([]) == Estimate(0.0, math.inf, 0)


def test_a_self_normalised_mean_has_the_error_of_a_ratio():
    """Weighted deviations over the sum of the weights; of one choice it is unknown."""
    told = {"logged": (0.5, 0.5), "predicted": (0.0, 0.0)}
    choices = [
        LoggedChoice(0, other=(0.25, 0.75), reward=1.0, **told),
        LoggedChoice(1, other=(0.25, 0.75), reward=0.0, **told),
    ]
    found = self_normalised(choices)
    assert found.value == pytest.approx(0.25)
    assert found.error == pytest.approx(math.sqrt((0.5 * 0.75) ** 2 + (1.5 * 0.25) ** 2) / 2)
    assert self_normalised(choices[:1]) == Estimate(1.0, math.inf, 1)
    never = [LoggedChoice(0, other=(0.0, 1.0), reward=1.0, **told)]
    assert self_normalised(never) == Estimate(0.0, math.inf, 1)


def test_options_of_different_numbers_are_a_mistake():
    """A prediction for each of them is needed."""
    with pytest.raises(ValueError, match="zip"):
        doubly_robust([LoggedChoice(0, (1.0,), (1.0, 0.0), (0.5,), 1.0)])
