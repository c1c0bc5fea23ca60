"""Hours of the day, local: how much oftener attempts succeed then than was predicted without them."""

import math
from collections.abc import Sequence
from operator import mul, sub
from typing import Final

HOURS_BUCKET: Final = 3
"""Hours that are counted together."""

BUCKETS: Final = 24 // HOURS_BUCKET

EFFECT_MAX: Final = 1.6
"""No hour is this much better or worse than was predicted without it."""

WAVY: Final = 0.3
"""How many groups of cards have hours of their own, before anything is learnt."""

WAVE_LEANING: Final = 10.0
"""A wave's height is drawn from a normal distribution of this precision: where there is one, 20 expected
successes, spread over all hours, have half the say about it."""

BUCKET_LEANING: Final = 200.0
"""As many expected successes give a single bucket half the say about its effect."""

_ANGLES: Final = tuple(2.0 * math.pi * bucket / BUCKETS for bucket in range(BUCKETS))
_WAVES: Final = (tuple(map(math.cos, _ANGLES)), tuple(map(math.sin, _ANGLES)))


def effects_seen(
    usual: Sequence[float], expected: Sequence[float], succeeded: Sequence[float]
) -> list[float]:
    """By how much chances are to be multiplied in each bucket: from the effects in a wider group (`usual`),
    the successes that were expected without any, and those seen.

    Few counts are enough for a wave, high at one hour and low twelve hours later; many in one bucket move
    that bucket alone. More or fewer successes at all hours that were tried tell nothing of an hour.
    """
    likely = [one * effect for one, effect in zip(expected, usual, strict=True)]
    scale = (sum(succeeded) + 1.0) / (sum(likely) + 1.0)
    wave = _wave([scale * one for one in likely], succeeded)
    return [
        _bounded((seen + BUCKET_LEANING * effect * (1.0 + more)) / (scale * one + BUCKET_LEANING))
        for seen, one, effect, more in zip(succeeded, expected, usual, wave, strict=True)
    ]


def _wave(likely: Sequence[float], succeeded: Sequence[float]) -> list[float]:
    """What the likeliest wave adds to each bucket's effect, a step of Newton's away (Poisson's counts, a
    normal prior of its height), as far as the counts are likelier with a wave than without (Bayes' factor,
    by Laplace's method).

    A wave is the sum of a cosine and a sine, fitted together: where few hours are tried, the same counts
    speak for both.
    """
    total = sum(likely) or 1.0
    highs = [[high - sum(map(mul, likely, wave)) / total for high in wave] for wave in _WAVES]
    of_cosine, of_sine = (sum(map(mul, map(sub, succeeded, likely), high)) for high in highs)
    cosine = sum(map(mul, likely, map(mul, highs[0], highs[0]))) + WAVE_LEANING
    sine = sum(map(mul, likely, map(mul, highs[1], highs[1]))) + WAVE_LEANING
    both = sum(map(mul, likely, map(mul, *highs)))
    known = cosine * sine - both * both
    heights = (sine * of_cosine - both * of_sine) / known, (cosine * of_sine - both * of_cosine) / known
    told = (of_cosine * heights[0] + of_sine * heights[1]) / 2.0
    with_one = WAVY * WAVE_LEANING / math.sqrt(known) * math.exp(min(told, 50.0))
    believed = with_one / (with_one + 1.0 - WAVY)
    return [believed * (heights[0] * one + heights[1] * other) for one, other in zip(*highs, strict=True)]


def _bounded(effect: float) -> float:
    return min(max(effect, 1.0 / EFFECT_MAX), EFFECT_MAX)
