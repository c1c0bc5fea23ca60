"""Every policy on every world and seed, spread over processes; nothing is printed here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.recovery.catalogue import load_world, policy_factory
from sandbox.recovery.driver import run
from sandbox.recovery.shelf import Shelf, key_of
from sandbox.recovery.tallies import Run, tally_of
from sandbox.simulation.parallel import in_order


@dataclass(frozen=True, slots=True)
class Piece:
    """The policies that one process runs on one world and seed: what they share is drawn once."""

    path: Path
    seed: int
    invoices: int
    policies: tuple[str, ...]
    shelf: Shelf | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is to be run. What lies on the shelf already is not run again."""

    paths: tuple[Path, ...]
    seeds: range
    invoices: int
    policies: tuple[str, ...]
    shelf: Shelf | None = None

    @property
    def count(self) -> int:
        return len(self.paths) * len(self.seeds) * len(self.policies)

    def pieces(self, jobs: int) -> list[Piece]:
        """Policies stay together unless processes would have nothing to do."""
        alone = len(self.paths) * len(self.seeds) < jobs
        groups = [(policy,) for policy in self.policies] if alone else [self.policies]
        return [
            Piece(path, seed, self.invoices, group, self.shelf)
            for path in self.paths
            for seed in self.seeds
            for group in groups
        ]


def run_all(plan: Plan, jobs: int) -> Iterator[list[Run]]:
    """The runs of each piece, in order. Raises `ValueError` when a world or a policy breaks its promises."""
    return in_order(run_piece, plan.pieces(jobs), jobs)


def run_piece(piece: Piece) -> list[Run]:
    kept = piece.shelf.read() if piece.shelf else {}
    return [_kept_or_run(piece, policy, kept) for policy in piece.policies]


def _kept_or_run(piece: Piece, name: str, kept: Mapping[str, Run]) -> Run:
    key = key_of(piece.path, piece.seed, piece.invoices, name)
    if key in kept:
        return kept[key]
    world = load_world(piece.path)(piece.seed, piece.invoices)
    policy = policy_factory(name)(world.attempts_max, world.window)
    made = Run(world.name, piece.seed, name, tally_of(run(world, policy)))
    if piece.shelf is not None:
        piece.shelf.keep(key, made)
    return made
