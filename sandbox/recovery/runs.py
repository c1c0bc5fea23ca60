"""Every policy on every world and seed, spread over processes; nothing is printed here."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.recovery.catalogue import load_world, policy_factory
from sandbox.recovery.driver import run
from sandbox.recovery.scores import Run
from sandbox.simulation.parallel import in_order


@dataclass(frozen=True, slots=True)
class Piece:
    """The policies that one process runs on one world and seed: what they share is drawn once."""

    path: Path
    seed: int
    invoices: int
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is to be run."""

    paths: tuple[Path, ...]
    seeds: range
    invoices: int
    policies: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.paths) * len(self.seeds) * len(self.policies)

    def pieces(self, jobs: int) -> list[Piece]:
        """Policies stay together unless processes would have nothing to do."""
        alone = len(self.paths) * len(self.seeds) < jobs
        groups = [(policy,) for policy in self.policies] if alone else [self.policies]
        return [
            Piece(path, seed, self.invoices, group)
            for path in self.paths
            for seed in self.seeds
            for group in groups
        ]


def run_all(plan: Plan, jobs: int) -> Iterator[list[Run]]:
    """The runs of each piece, in order. Raises `ValueError` when a world or a policy breaks its promises."""
    return in_order(run_piece, plan.pieces(jobs), jobs)


def run_piece(piece: Piece) -> list[Run]:
    open_world = load_world(piece.path)
    found = []
    for name in piece.policies:
        world = open_world(piece.seed, piece.invoices)
        policy = policy_factory(name)(world.attempts_max, world.window)
        found.append(Run(world.name, piece.seed, name, run(world, policy)))
    return found
