"""Makes a history that violates an invariant short: fewer choices, and more of them the plain one.

A choice of 0 is the plain one and missing choices are 0 (see `Choices`), so that a shorter list is a
shorter story. It knows nothing of histories but whether one still violates the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Made = tuple[int, ...]

Still = Callable[[Made], Sequence[int] | None]
"""The choices that a history made of the given ones when it violates the same invariant, else None."""


def shrink(made: Sequence[int], still: Still, runs_max: int) -> tuple[Made, int]:
    """The simplest list found that `still` violates, and in how many histories (at most `runs_max`).

    The same list is always shrunk alike: the limit is a number of histories, not a time.
    """
    shrinker = Shrinker(still, runs_max, _without_tail(made))
    before = None
    while before != shrinker.best and shrinker.runs_left:
        before = shrinker.best
        shrinker.shorten()
        if before == shrinker.best:
            shrinker.lower()
    return shrinker.best, runs_max - shrinker.runs_left


@dataclass(slots=True)
class Shrinker:
    """`best` is the simplest list so far; `tried` are those that need no second try."""

    still: Still
    runs_left: int
    best: Made
    tried: set[Made] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.tried.add(self.best)

    def shorten(self) -> None:
        """Leaves out each stretch, or puts zeros in its place, from the end on, in ever smaller stretches."""
        size = len(self.best)
        while size and self.runs_left:
            end = len(self.best)
            while end > 0:
                start = max(0, end - size)
                head, tail = self.best[:start], self.best[end:]
                if not self._holds(head + tail):
                    self._holds((*head, *[0] * (end - start), *tail))
                end = min(end - size, len(self.best))
            size //= 2

    def lower(self) -> None:
        """Brings each choice down to where one less would be too little."""
        for at in reversed(range(len(self.best))):
            low = 0
            while at < len(self.best) and self.best[at] - low > 1:
                middle = (low + self.best[at]) // 2
                if not self._holds((*self.best[:at], middle, *self.best[at + 1 :])):
                    low = middle

    def _holds(self, candidate: Made) -> bool:
        """Whether a new list still violates: it is the best one then."""
        candidate = _without_tail(candidate)
        if candidate in self.tried or not self.runs_left:
            return False
        self.tried.add(candidate)
        self.runs_left -= 1
        made = self.still(candidate)
        if made is None:
            return False
        self.best = _without_tail(made)
        return True


def _without_tail(made: Sequence[int]) -> Made:
    """Without the zeros at its end, which a replay adds by itself."""
    end = len(made)
    while end and not made[end - 1]:
        end -= 1
    return tuple(made[:end])
