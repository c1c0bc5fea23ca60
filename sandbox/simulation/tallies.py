"""What many histories come to: counts, what each call met, which seeds violated what, one hash."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.simulation.faults import Fault
from sandbox.simulation.models import MODELS
from sandbox.simulation.runs import Result

Met = Counter[tuple[str, str]]
"""How often a call site met a fault, by (site, fault); "" is a call without one."""


@dataclass(frozen=True, slots=True)
class Found:
    """A seed whose history violates an invariant, what was seen, and how many choices led there."""

    seed: int
    invariant: str
    seen: str
    choices: int


@dataclass(slots=True)
class Tally:
    """The sum over `seeds` histories. `digests` are the hashes of each, or of each block of them."""

    seeds: int = 0
    steps: int = 0
    digests: list[str] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    met: Met = field(default_factory=Counter)

    def count(self, result: Result) -> None:
        self.seeds += 1
        self.steps += result.steps
        self.digests.append(result.digest)
        self.met.update(result.met)
        if result.violation is not None:
            invariant, seen = result.violation.invariant, result.violation.seen
            self.found.append(Found(result.seed, invariant, seen, len(result.made)))

    def add(self, other: "Tally") -> None:
        self.seeds += other.seeds
        self.steps += other.steps
        self.digests += other.digests
        self.found += other.found
        self.met.update(other.met)

    @property
    def digest(self) -> str:
        return hashlib.sha256(" ".join(self.digests).encode()).hexdigest()[:16]

    def sealed(self) -> "Tally":
        """The same sum with one hash in place of many."""
        return replace(self, digests=[self.digest])


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive seeds on one model, with the faults that may happen (None: all)."""

    model: str
    first: int
    seeds: int
    kinds: frozenset[Fault] | None = None

    def pieces(self, size: int) -> Iterator["Block"]:
        """The block cut at the multiples of `size`, so that the same seeds are always cut alike."""
        first, end = self.first, self.first + self.seeds
        while first < end:
            after = min(end, (first // size + 1) * size)
            yield replace(self, first=first, seeds=after - first)
            first = after


def play_block(block: Block) -> Tally:
    """Plays its seeds one after the other, in this process."""
    tally = Tally()
    for seed in range(block.first, block.first + block.seeds):
        tally.count(MODELS[block.model].play(seed, kinds=block.kinds))
    return tally


def met_as_json(met: Met) -> dict[str, dict[str, int]]:
    """By site and fault; calls without a fault as `none`."""
    sites: dict[str, dict[str, int]] = {}
    for (site, fault), times in sorted(met.items()):
        sites.setdefault(site, {})[fault or "none"] = times
    return sites


def met_from_json(sites: dict[str, Any]) -> Met:
    return Counter(
        {
            (site, "" if fault == "none" else fault): times
            for site, faults in sites.items()
            for fault, times in faults.items()
        }
    )
