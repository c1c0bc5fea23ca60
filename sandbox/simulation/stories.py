"""A violation as somebody can read it: the shortest history found that still shows it, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.simulation.faults import Fault
from sandbox.simulation.models import MODELS
from sandbox.simulation.shrinking import Made, shrink
from sandbox.simulation.tallies import Found

LINES_MAX: Final = 60
"""Lines of a history that are told: its end, where the violation is."""


@dataclass(frozen=True, slots=True)
class Case:
    """A violation to be made short."""

    model: str
    found: Found
    kinds: frozenset[Fault] | None


@dataclass(frozen=True, slots=True)
class Story:
    """`choices` make the short history, `drawn` is how many the seed's own had, `runs` how many were tried.

    `lines` are the last of its `steps`, `seen` is what the short history violates.
    """

    case: Case
    seen: str
    choices: Made
    drawn: int
    runs: int
    steps: int
    lines: Sequence[str]


def tell(case: Case) -> Story:
    """Shrinks a violation's history, and plays what is left of it once more to tell it."""
    model, kinds = MODELS[case.model], case.kinds
    drawn = model.play(case.found.seed, kinds=kinds).made

    def still(candidate: Made) -> Sequence[int] | None:
        result = model.play(case.found.seed, candidate, kinds)
        same = result.violation is not None and result.violation.invariant == case.found.invariant
        return result.made if same else None

    choices, runs = shrink(drawn, still, model.shrink_runs_max)
    told = model.play(case.found.seed, choices, kinds, told=True)
    seen = told.violation.seen if told.violation else case.found.seen
    return Story(case, seen, choices, len(drawn), runs, told.steps, tuple(told.lines[-LINES_MAX:]))


def command(model: str, seed: int, kinds: frozenset[Fault] | None) -> str:
    """The command line that shows a seed's history again."""
    faults = "" if kinds is None else f" --faults {','.join(sorted(kinds))}"
    return f"dunwell simulate --model {model} --from {seed} --seeds 1{faults}"
