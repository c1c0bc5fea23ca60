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
"""As many expected successes where a wave is high give it half the say about its height."""

BUCKET_LEANING: Final = 200.0
"""The same for a single bucket's effect."""

_ANGLES: Final = tuple(2.0 * math.pi * (bucket + 0.5) / BUCKETS for bucket in range(BUCKETS))
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
    by Laplace's method)."""
    found, told, spread = [0.0] * BUCKETS, 0.0, 1.0
    for wave in _WAVES:
        middle = sum(map(mul, likely, wave)) / max(sum(likely), 1e-9)
        highs = [high - middle for high in wave]
        more = sum(map(mul, map(sub, succeeded, likely), highs))
        known = sum(one * high * high for one, high in zip(likely, highs, strict=True)) + WAVE_LEANING
        found = [one + more / known * high for one, high in zip(found, wave, strict=True)]
        told += more * more / known / 2.0
        spread *= WAVE_LEANING / known
    with_one = WAVY * math.sqrt(spread) * math.exp(min(told, 50.0))
    return [one * with_one / (with_one + 1.0 - WAVY) for one in found]


def _bounded(effect: float) -> float:
    return min(max(effect, 1.0 / EFFECT_MAX), EFFECT_MAX)
