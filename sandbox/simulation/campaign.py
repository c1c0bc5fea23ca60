"""Many seeds on one model: played in blocks over processes, kept in a folder if one is given, summed up."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from sandbox.simulation.coverage import never_hit, possible_of
from sandbox.simulation.models import MODELS
from sandbox.simulation.parallel import in_order
from sandbox.simulation.shards import Shelf
from sandbox.simulation.stories import Case, Story, tell
from sandbox.simulation.tallies import Block, Found, Tally, play_block

STORIES_MAX: Final = 5
"""Violations that are made short and told, one for each invariant; of the others the seeds are told."""


@dataclass(slots=True)
class Campaign:
    """`whole` is what was asked for; `kept` the blocks of it that are done, by their first seed."""

    whole: Block
    jobs: int
    shelf: Shelf | None = None
    kept: dict[int, Tally] = field(default_factory=dict)

    def missing(self) -> list[Block]:
        """The blocks that are still to be played."""
        return [block for block in self._blocks() if block.first not in self.kept]

    def take_from_shelf(self) -> None:
        """Takes over the blocks that were played before."""
        for block in self._blocks():
            tally = self.shelf.read(block) if self.shelf else None
            if tally is not None:
                self.kept[block.first] = tally

    def play(self, told: Callable[[Tally], None]) -> None:
        """Plays what is missing, and tells of each part as it is done. Raises `OSError`."""
        blocks, size = self.missing(), MODELS[self.whole.model].part_seeds
        parts = [part for block in blocks for part in block.pieces(size)]
        with closing(in_order(play_block, parts, self.jobs)) as tallies:
            for block in blocks:
                tally = Tally()
                for _, part in zip(block.pieces(size), tallies, strict=False):
                    told(part)
                    tally.add(part)
                self._keep(block, tally.sealed())

    def total(self) -> Tally:
        """The sum over the blocks, in the order of their seeds."""
        total = Tally()
        for first in sorted(self.kept):
            total.add(self.kept[first])
        return total

    def stories(self, found: list[Found]) -> list[Story]:
        """Of each invariant the violation with the fewest choices, made shorter still."""
        shortest: dict[str, Found] = {}
        for one in sorted(found, key=lambda one: (one.choices, one.seed)):
            shortest.setdefault(one.invariant, one)
        cases = [Case(self.whole.model, one, self.whole.kinds) for one in shortest.values()][:STORIES_MAX]
        return list(in_order(tell, cases, min(self.jobs, len(cases)) or 1))

    def never_hit(self, total: Tally) -> list[str]:
        """The call sites that no fault met."""
        return never_hit(total.met, possible_of(self.whole, total.met))

    def _blocks(self) -> Iterator[Block]:
        return self.whole.pieces(MODELS[self.whole.model].block_seeds)

    def _keep(self, block: Block, tally: Tally) -> None:
        self.kept[block.first] = tally
        if self.shelf:
            self.shelf.keep(block, tally)
