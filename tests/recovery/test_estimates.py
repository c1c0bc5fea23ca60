"""Off-policy estimates, where the truth is known."""

from random import Random

import pytest

from sandbox.recovery.catalogue import load_world, policy_factory, world_path
from sandbox.recovery.driver import FirstChoice, run
from sandbox.recovery.estimates import CHOICES_MIN, coverages, estimated, likeliest


def first_choices(seed, count, *, biased):
    """Drawn with the propensities that are told, or never the likeliest time."""
    chance = Random(seed)  # noqa: S311 -- draws for a test
    found = []
    for _ in range(count):
        chances = [0.6, 0.3] if chance.random() < 0.5 else [0.2, 0.5]
        passed = [chance.random() < told for told in chances]
        propensities = [0.7, 0.3]
        drawn = 1 - (chances[1] > chances[0]) if biased else int(chance.random() >= propensities[0])
        if drawn == 1:
            propensities, chances, passed = propensities[::-1], chances[::-1], passed[::-1]
        found.append(FirstChoice(tuple(propensities), tuple(chances), tuple(passed)))
    return found


def runs(*, biased=False, count=200):
    return [estimated(first_choices(seed, count, biased=biased)) for seed in range(60)]


def test_honest_propensities_cover_the_truth():
    """By each estimator, nearly always: its interval is for more invoices than just these."""
    found = {one.estimator: one for one in coverages(runs())}
    assert all(one.covered >= 0.93 for one in found.values())
    assert abs(found["doubly robust"].bias) < 0.01
    assert found["doubly robust"].half_width < found["inverse propensity"].half_width
    assert {one.runs for one in found.values()} == {60}


def test_propensities_that_lie_are_found_out():
    """Weights alone miss the truth where what is told is not how it was drawn."""
    found = {one.estimator: one for one in coverages(runs(biased=True))}
    assert found["inverse propensity"].covered < 0.5


def test_runs_of_few_choices_are_left_out():
    """Nothing is said of them."""
    assert coverages(runs(count=CHOICES_MIN - 1)) == []


def test_the_driver_keeps_what_was_weighed_for_scored_first_retries():
    """And what each time would have come to: the one that was taken agrees with what happened."""
    world = load_world(world_path("outages"))(1, 30)
    record = run(world, policy_factory("smart")(world.attempts_max, world.window))
    assert 0 < len(record.choices) <= len(record.outcomes)
    for one in record.choices:
        assert len(one.propensities) == len(one.chances) == len(one.passed)
        assert sum(one.propensities) == pytest.approx(1.0, abs=0.001)
        assert likeliest(one) < len(one.chances)
    at_once = sum(one.recovered and one.attempts == 1 for one in record.outcomes)
    assert sum(one.passed[0] for one in record.choices) == at_once
    assert sum(one.amount for one in record.outcomes if one.informed) == record.ledger["amount_informed"]
