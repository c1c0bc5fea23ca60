"""The two models on which a history can be played, and how much of each is played at a time."""

import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from sandbox.simulation.faults import Fault
from sandbox.simulation.witness import ViolationError

if TYPE_CHECKING:
    from sandbox.simulation.runs import Result

ERROR: Final = "error"
"""What stands in an invariant's place when a history ended in an exception that nothing expected."""


@dataclass(frozen=True, slots=True)
class Model:
    """Where a model stands, and its numbers of histories.

    `part_seeds` go to a process at once, `block_seeds` into one file, `shrink_runs_max` into one shrinking,
    `planted_seeds_max` into the search for one planted bug; from `full_size` seeds on each call site must
    have met a fault.
    """

    name: str
    runs: str
    calls: str
    part_seeds: int
    block_seeds: int
    shrink_runs_max: int
    planted_seeds_max: int
    full_size: int

    def possible(self, seen: Iterable[str]) -> Mapping[str, Sequence[Fault]]:
        """Call sites with the faults they may meet: all where the model lists them, else those `seen`."""
        calls = import_module(self.calls)
        listed = getattr(calls, "POSSIBLE", None)
        return listed if listed is not None else {site: calls.possible(site) for site in seen}

    def play(
        self,
        seed: int,
        given: Sequence[int] | None = None,
        kinds: frozenset[Fault] | None = None,
        *,
        told: bool = False,
    ) -> "Result":
        """Plays one history. An exception that nothing expected is a violation named `error`."""
        from sandbox.simulation.runs import Result

        run = getattr(import_module(self.runs), f"run_{self.name}")
        try:
            return cast("Result", run(seed, given, kinds, told=told))
        except Exception as error:  # one broken history must not end a million others
            return Result(seed, ERROR, 0, given or (), ViolationError(ERROR, _where(error)))


def _where(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({last.name}, line {last.lineno})"


MODELS: Final[Mapping[str, Model]] = {
    "fast": Model(
        name="fast",
        runs="sandbox.simulation.runs",
        calls="sandbox.simulation.fast.calls",
        part_seeds=25,
        block_seeds=1_000,
        shrink_runs_max=3_000,
        planted_seeds_max=20_000,
        full_size=10_000,
    ),
    "full": Model(
        name="full",
        runs="sandbox.simulation.full.runs",
        calls="sandbox.simulation.full.calls",
        part_seeds=1,
        block_seeds=20,
        shrink_runs_max=40,
        planted_seeds_max=200,
        full_size=1_000,
    ),
}
