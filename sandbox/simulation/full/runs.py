"""One seed, one history on the full model."""

from collections.abc import Sequence

from sandbox.simulation.choices import Choices
from sandbox.simulation.faults import Fault, Faults
from sandbox.simulation.full.world import open_full_world
from sandbox.simulation.histories import STARTS, draw_settings
from sandbox.simulation.player import play
from sandbox.simulation.runs import FAULT_RATES, FAULTS_MAX, Result
from sandbox.simulation.witness import ViolationError

LENGTHS = (1, 2, 4, 8, 25)
"""Days that histories last on the full model, where a day costs more."""


def run_full(
    seed: int,
    given: Sequence[int] | None = None,
    kinds: frozenset[Fault] | None = None,
    *,
    told: bool = False,
) -> Result:
    """Plays the history of a seed on the full model, or the one that `given` choices make."""
    choices = Choices(seed, given)
    start, settings = choices.one_of(STARTS), draw_settings(choices)
    faults = Faults(choices, choices.one_of(FAULT_RATES), FAULTS_MAX, kinds)
    disordered, violation = choices.below(2) == 1, None
    with open_full_world(start, settings, choices, faults, disordered=disordered, told=told) as world:
        try:
            play(world, LENGTHS)
        except ViolationError as found:
            violation = found
        digest, steps, lines = world.trace.digest, world.trace.steps, world.trace.lines or ()
    return Result(seed, digest, steps, choices.made, violation, lines, faults.met)
