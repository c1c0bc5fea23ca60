"""Whether the simulation catches the bugs that were planted to be caught, and how soon."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast

from sandbox.simulation.faults import Fault
from sandbox.simulation.models import ERROR, MODELS
from sandbox.simulation.shards import ROOT

BANK: Final = "tests.simulation.planted"
"""The module whose `BANK` holds the bugs."""


class Bug(Protocol):
    """One small change to the application; while `plant()` is entered it is there."""

    @property
    def name(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def caught_by(self) -> Sequence[str]: ...
    @property
    def plant(self) -> Callable[[], AbstractContextManager[object]]: ...


@dataclass(frozen=True, slots=True)
class Hunt:
    """The bug of this name in a bank, looked for in at most so many seeds (None: what its model allows)."""

    bank: str
    name: str
    seeds_max: int | None
    kinds: frozenset[Fault] | None


@dataclass(frozen=True, slots=True)
class Hunted:
    """What a hunt came to: `invariant` is None when none was violated, `seeds` is how many were played."""

    name: str
    what: str
    model: str
    invariant: str | None
    seen: str
    seeds: int

    @property
    def caught(self) -> bool:
        """An exception in the simulation itself is no catch."""
        return self.invariant not in (None, ERROR)


def bugs(bank: str) -> Sequence[Bug]:
    """The planted bugs in a module of this checkout. Raises `ValueError` where it has none."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    try:
        return cast("Sequence[Bug]", import_module(bank).BANK)
    except ModuleNotFoundError as error:
        if not bank.startswith(error.name or bank):
            raise
        raise ValueError(f"no planted bugs: this checkout has no {bank.replace('.', '/')}.py") from error


def hunt(wanted: Hunt) -> Hunted:
    """Plants a bug in this process and plays seeds from 0 until one violates an invariant that the bug may
    break: what else it breaks may be a bug that was planted badly."""
    bug = next(bug for bug in bugs(wanted.bank) if bug.name == wanted.name)
    model = MODELS[bug.model]
    seeds_max = wanted.seeds_max or model.planted_seeds_max
    with bug.plant():
        for seed in range(seeds_max):
            violation = model.play(seed, kinds=wanted.kinds).violation
            if violation is not None and violation.invariant in (*bug.caught_by, ERROR):
                return Hunted(bug.name, bug.what, bug.model, violation.invariant, violation.seen, seed + 1)
    return Hunted(bug.name, bug.what, bug.model, None, "", seeds_max)
