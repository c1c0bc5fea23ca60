"""What goes wrong at a call, and the table of which call met which fault."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sandbox.simulation.choices import Choices


class Fault(StrEnum):
    """One way in which a call goes wrong. *Before* is without its effect, *after* is with it."""

    ERROR = "error"
    """An error before the effect."""
    LOST = "lost"
    """The effect, and a lost response."""
    THROTTLED = "throttled"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    CRASH_BEFORE = "crash_before"
    CRASH_AFTER = "crash_after"
    REPEATED = "repeated"
    """The SDK's own hidden retry of a lost response: the effect twice, the second answer."""
    SLOW = "slow"
    """An answer that takes longer than the reading before it stays fresh."""
    STALE = "stale"
    """An index that shows what was so a moment ago."""
    CONFLICT = "conflict"
    """Somebody else's transaction holds the row just now."""
    PARTIAL = "partial"
    """A queue says that it took a batch only in part."""
    CACHED_500 = "cached_500"
    """The processor's own failure, kept by its idempotency layer and replayed to the key."""
    CACHED_400 = "cached_400"
    """A refusal that the idempotency layer keeps: whatever is mended, this key is refused."""
    CONFLICT_409 = "conflict_409"
    """The processor says that the key is in use."""


CRASHES: Final = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER)
EDGES: Final = (Fault.ERROR, Fault.LOST, Fault.THROTTLED, Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER)

BROKEN: Final = {Fault.CACHED_500: 500, Fault.CACHED_400: 400, Fault.CONFLICT_409: 409}
"""The statuses with which the processor breaks a request."""

READS: Final = (Fault.ERROR, Fault.THROTTLED, Fault.TIMEOUT_BEFORE, Fault.SLOW, *CRASHES)
WRITES: Final = (*EDGES, Fault.REPEATED, Fault.SLOW, *CRASHES)
INDEX_READS: Final = (*READS, Fault.STALE)
MONEY: Final = (*EDGES, *BROKEN, *CRASHES)
MAIL: Final = (*EDGES, *CRASHES)


RARE_TIMES: Final = 10
ODDS_MAX: Final = 600


@dataclass(slots=True)
class Faults:
    """Draws faults from a history's choices: at most `left` of them, each call with the odds `per_mille`.

    `kinds` are those that may be drawn (None: all). `met` counts (site, fault), calls without one as "".
    """

    choices: Choices
    per_mille: int = 0
    left: int = 0
    kinds: frozenset[Fault] | None = None
    met: Counter[tuple[str, str]] = field(default_factory=Counter)

    def draw(self, site: str, possible: Sequence[Fault], *, rare: bool = False) -> Fault | None:
        """The fault that a call meets, None when it goes well. Calls that are `rare` in a history meet one
        more often, or most of them would never be hit."""
        fault, odds = None, self.per_mille * RARE_TIMES if rare else self.per_mille
        if self.left > 0 and odds and self.choices.chance(min(odds, ODDS_MAX)):
            allowed = [f for f in possible if self.kinds is None or f in self.kinds]
            if allowed:
                self.left -= 1
                fault = self.choices.one_of(allowed)
        self.met[site, fault or ""] += 1
        return fault

    @contextmanager
    def spared(self) -> Iterator[None]:
        """Within it everything goes well."""
        left, self.left = self.left, 0
        try:
            yield
        finally:
            self.left = left

    def stop(self) -> None:
        """From now on everything goes well."""
        self.left = 0
