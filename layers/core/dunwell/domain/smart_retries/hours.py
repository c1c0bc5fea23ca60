"""Hours of the day, local: how much oftener attempts succeed then than was predicted without them."""

import math
from collections.abc import Sequence
from typing import Final

HOURS_BUCKET: Final = 3
"""Hours that are counted together."""

BUCKETS: Final = 24 // HOURS_BUCKET

EFFECT_MAX: Final = 1.6
"""No hour is this much better or worse than was predicted without it."""

WAVE_LEANING: Final = 25.0
BUCKET_LEANING: Final = 200.0
"""As many expected successes where a wave is high, or in a bucket, give it half the say."""

_ANGLES: Final = tuple(2.0 * math.pi * (bucket + 0.5) / BUCKETS for bucket in range(BUCKETS))
_WAVES: Final = (tuple(map(math.cos, _ANGLES)), tuple(map(math.sin, _ANGLES)))


def effects_seen(
    usual: Sequence[float], expected: Sequence[float], succeeded: Sequence[float]
) -> list[float]:
    """By how much chances are to be multiplied in each bucket: from the effects in a wider group (`usual`),
    the successes that were expected without any, and those seen.

    Few counts are enough for a wave, high at one hour and low twelve hours later: a step of Newton's towards
    the likeliest one (Poisson's counts, a normal prior). Many in one bucket move that bucket alone.
    """
    likely = [one * effect for one, effect in zip(expected, usual, strict=True)]
    waves = [0.0] * BUCKETS
    for wave in _WAVES:
        more = sum((seen - one) * high for seen, one, high in zip(succeeded, likely, wave, strict=True))
        known = sum(one * high * high for one, high in zip(likely, wave, strict=True))
        height = more / (known + WAVE_LEANING)
        waves = [told + height * high for told, high in zip(waves, wave, strict=True)]
    return [
        _bounded((seen + BUCKET_LEANING * effect * (1.0 + told)) / (one + BUCKET_LEANING))
        for seen, one, effect, told in zip(succeeded, expected, usual, waves, strict=True)
    ]


def _bounded(effect: float) -> float:
    return min(max(effect, 1.0 / EFFECT_MAX), EFFECT_MAX)
