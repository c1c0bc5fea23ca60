"""Makes a history that violates an invariant short: fewer choices, and more of them the plain one.

A choice of 0 is the plain one and missing choices are 0 (see `Choices`), so that a shorter list is a
shorter story. It knows nothing of histories but whether one still violates the same.
"""

from collections.abc import Callable, Iterator, Sequence
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
        shrinker.walk()
    return shrinker.best, runs_max - shrinker.runs_left


@dataclass(slots=True)
class Shrinker:
    """`best` is the simplest list so far; `tried` are those that need no second try."""

    still: Still
    runs_left: int
    best: Made
    tried: set[Made] = field(default_factory=set)

    def walk(self) -> None:
        """Simplifies each stretch, from the end to the start, in ever smaller stretches."""
        size = len(self.best)
        while size and self.runs_left:
            end = len(self.best)
            while end > 0:
                self._simplify(max(0, end - size), end)
                end = min(end - size, len(self.best))
            size //= 2

    def _simplify(self, start: int, end: int) -> None:
        """The first of a stretch's simpler forms that still violates becomes the best."""
        for candidate in _simpler(self.best, start, end):
            if candidate in self.tried or not self.runs_left:
                continue
            self.tried.add(candidate)
            self.runs_left -= 1
            made = self.still(candidate)
            if made is not None:
                self.best = _without_tail(made)
                return


def _simpler(best: Made, start: int, end: int) -> Iterator[Made]:
    """The list without a stretch, with zeros in its place, and a single choice with a lower one."""
    yield _without_tail(best[:start] + best[end:])
    if any(best[start:end]):
        yield _without_tail((*best[:start], *[0] * (end - start), *best[end:]))
    if end - start == 1:
        chosen = best[start]
        for lower in dict.fromkeys((1, chosen // 2, chosen - 1)):
            if 0 < lower < chosen:
                yield (*best[:start], lower, *best[end:])


def _without_tail(made: Sequence[int]) -> Made:
    """Without the zeros at its end, which a replay adds by itself."""
    end = len(made)
    while end and not made[end - 1]:
        end -= 1
    return tuple(made[:end])
