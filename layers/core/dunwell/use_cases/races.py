"""Optimistic writes: read, decide, write; and the same again where somebody else wrote in between."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from dunwell.errors import StaleFactsError

TRIES_MAX: Final = 5
"""How often one piece of work is done over because of others that write the same at that moment."""

Result = TypeVar("Result")


def again_when_stale(work: Callable[[], Result]) -> Result:
    """What `work` returns, which reads anew each time it is called. Raises `StaleFactsError` when it was too
    late each time: the queue, or the stream, brings it again."""
    for _ in range(TRIES_MAX - 1):
        with suppress(StaleFactsError):
            return work()
    return work()
