"""What counts by hour of the day tell."""

import math

import pytest
from dunwell.domain.smart_retries.hours import BUCKETS, EFFECT_MAX, effects_seen

NONE = [1.0] * BUCKETS


def wave(peak, rise):
    """An effect that is highest in one bucket."""
    return [1.0 + rise * math.cos(2.0 * math.pi * (bucket - peak) / BUCKETS) for bucket in range(BUCKETS)]


def test_without_counts_hours_are_as_in_the_wider_group():
    """Nothing expected, nothing seen."""
    assert effects_seen(wave(2, 0.3), [0.0] * BUCKETS, [0.0] * BUCKETS) == pytest.approx(wave(2, 0.3))


@pytest.mark.parametrize("peak", [0, 3, 6])
def test_a_wave_is_found_with_few_counts(peak):
    """Twenty expected successes in each bucket, and the right bucket is the best; with many it is known."""
    few, many = (
        effects_seen(NONE, [each] * BUCKETS, [each * one for one in wave(peak, 0.35)]) for each in (20.0, 1e4)
    )
    assert max(range(BUCKETS), key=lambda bucket: few[bucket]) == peak
    assert 1.15 < few[peak] < 1.35
    assert many == pytest.approx(wave(peak, 0.35), abs=0.02)


def test_a_hole_in_the_counts_is_filled_by_the_wave():
    """Nobody tried from 9 to 12, between two good buckets: it is thought good."""
    expected = [20.0, 20.0, 20.0, 0.0, 20.0, 20.0, 20.0, 20.0]
    succeeded = [one * effect for one, effect in zip(expected, wave(3, 0.4), strict=True)]
    told = effects_seen(NONE, expected, succeeded)
    assert told[3] > 1.1
    assert told[7] < 0.9


def test_one_buckets_own_counts_are_believed_in_the_end():
    """Taken half again as often from 0 to 3, as usual at all other hours; thousands of times."""
    expected = [5_000.0] * BUCKETS
    told = effects_seen(NONE, expected, [7_500.0, *expected[1:]])
    assert [one / told[0] for one in told[1:]] == pytest.approx([1 / 1.5] * 7, abs=0.03)


def test_more_successes_at_the_only_hours_that_are_tried_tell_nothing_of_an_hour():
    """Nearly all attempts at noon, a quarter more successes than expected then, and a few at nine."""
    expected = [0.0, 0.0, 0.0, 20.0, 200.0, 0.0, 0.0, 0.0]
    told = effects_seen(NONE, expected, [0.0, 0.0, 0.0, 25.0, 250.0, 0.0, 0.0, 0.0])
    assert told == pytest.approx(NONE, abs=0.01)


def test_chance_alone_makes_no_wave():
    """A few more in the morning than at night: as may happen where hours are all alike."""
    told = effects_seen(NONE, [10.0] * BUCKETS, [8.0, 9.0, 11.0, 13.0, 11.0, 10.0, 9.0, 9.0])
    assert told == pytest.approx(NONE, abs=0.05)


def test_no_hour_is_thought_wonderful_or_hopeless():
    """Whatever was seen."""
    told = effects_seen(NONE, [1e4] * BUCKETS, [1e5, *[0.0] * 7])
    assert (max(told), min(told)) == (EFFECT_MAX, 1 / EFFECT_MAX)
