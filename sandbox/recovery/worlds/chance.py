"""Draws of chance by key, so that they depend neither on a policy nor on the order of the calls."""

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import Final, TypeVar

Choice = TypeVar("Choice")

_RANGE: Final = float(2**64)


def draw(*key: int | str) -> float:
    """A number of [0, 1) that the key alone decides."""
    return int.from_bytes(blake2b(repr(key).encode(), digest_size=8).digest(), "big") / _RANGE


def generator(*key: int | str) -> Random:
    """A generator that the key alone decides."""
    return Random(int.from_bytes(blake2b(repr(key).encode(), digest_size=8).digest(), "big"))


def opaque(prefix: str, *key: int | str) -> str:
    """An id from which nothing can be read."""
    return f"{prefix}_{blake2b(repr((prefix, key)).encode(), digest_size=9).hexdigest()}"


def pick(weighted: Sequence[tuple[Choice, float]], share: float) -> Choice:
    """The choice into which `share`, of [0, 1), falls; the weights need not add up to 1."""
    left = share * sum(weight for _, weight in weighted)
    for choice, weight in weighted:
        left -= weight
        if left < 0:
            return choice
    return weighted[-1][0]
