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


def test_a_wave_is_believed_as_far_as_the_counts_speak_for_it():
    """A worked example: 80 expected successes where a wave is high, 28 more than that seen of one of 0.35.
    So the likeliest is 28 / 90 high, and exp(28² / 90 / 2) / 9 times likelier than none, of which 3 in 10
    groups have one; 20 expected in a bucket move it by an eleventh."""
    told = effects_seen(NONE, [20.0] * BUCKETS, [20.0 * one for one in wave(2, 0.35)])
    odds = 0.3 * math.exp(28.0**2 / 90.0 / 2.0) / 9.0
    believed = odds / (odds + 0.7) * 28.0 / 90.0
    assert told[2] == pytest.approx((1.0 + believed) * 10 / 11 + 1.35 / 11, abs=0.001)


def test_half_of_a_good_hour_is_believed_after_a_hundred_successes():
    """110 expected ones, spread over the day, of cards that are taken 35 % more often at their best hour."""
    told = effects_seen(NONE, [110.0 / BUCKETS] * BUCKETS, [110.0 / BUCKETS * one for one in wave(2, 0.35)])
    assert told[2] - 1.0 == pytest.approx(0.35 / 2.0, abs=0.01)


def test_what_is_so_in_the_wider_group_is_not_counted_again():
    """Successes just as that group's hours promise change nothing."""
    usual = wave(5, 0.3)
    told = effects_seen(usual, [50.0] * BUCKETS, [50.0 * one for one in usual])
    assert told == pytest.approx(usual, abs=0.001)


@pytest.mark.parametrize("first", range(BUCKETS))
def test_two_neighbouring_hours_are_told_apart(first):
    """Wherever in the day they lie: half as many again in one as in the next, and no other hour tried. What
    both tell of a wave is told once: no more than that is believed."""
    expected, succeeded = [0.0] * BUCKETS, [0.0] * BUCKETS
    second = (first + 1) % BUCKETS
    expected[first], expected[second] = 200.0, 200.0
    succeeded[first], succeeded[second] = 240.0, 160.0
    told = effects_seen(NONE, expected, succeeded)
    assert 1.4 < told[first] / told[second] < 1.5


def test_the_best_hour_is_not_across_the_day_from_those_tried():
    """The better of two far apart, that alone were tried; and just before three in a row, that fall."""
    apart, row = [0.0] * BUCKETS, [0.0] * BUCKETS
    apart[1], apart[5] = 240.0, 160.0
    row[2:5] = 230.0, 200.0, 170.0
    for succeeded, best in ((apart, 1), (row, 1)):
        told = effects_seen(NONE, [200.0 * (one > 0.0) for one in succeeded], succeeded)
        assert max(range(BUCKETS), key=lambda bucket: told[bucket]) == best


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
