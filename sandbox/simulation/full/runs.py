"""One seed, one history on the full model."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sandbox.simulation.choices import Choices
from sandbox.simulation.faults import Fault, Faults
from sandbox.simulation.full.world import FullWorld, open_full_world
from sandbox.simulation.histories import STARTS, draw_settings
from sandbox.simulation.player import begin, play
from sandbox.simulation.runs import FAULT_RATES, FAULTS_MAX, Result
from sandbox.simulation.shuffles import ORDERS, deliver_shuffled, play_up_to_a_moment
from sandbox.simulation.witness import ViolationError

LENGTHS = (1, 2, 4, 8, 25)
"""Days that histories last on the full model, where a day costs more."""


def shuffle_full(seed: int, orders: int = ORDERS) -> set[str]:
    """The hashes in which so many orders of one history end; one hash is what is promised."""
    ends = set()
    for order in range(orders):
        with open_full(Choices(seed)) as world:
            play_up_to_a_moment(begin(world, LENGTHS), seed)
            ends.add(deliver_shuffled(world, seed, order))
    return ends


@contextmanager
def open_full(
    choices: Choices, kinds: frozenset[Fault] | None = None, *, told: bool = False
) -> Iterator[FullWorld]:
    """The world that the first choices of a history make."""
    start, settings = choices.one_of(STARTS), draw_settings(choices)
    faults = Faults(choices, choices.one_of(FAULT_RATES), FAULTS_MAX, kinds)
    disordered = choices.below(2) == 1
    with open_full_world(start, settings, choices, faults, disordered=disordered, told=told) as world:
        yield world


def run_full(
    seed: int,
    given: Sequence[int] | None = None,
    kinds: frozenset[Fault] | None = None,
    *,
    told: bool = False,
) -> Result:
    """Plays the history of a seed on the full model, or the one that `given` choices make."""
    choices, violation = Choices(seed, given), None
    with open_full(choices, kinds, told=told) as world:
        try:
            play(world, LENGTHS)
        except ViolationError as found:
            violation = found
        digest, steps, lines = world.trace.digest, world.trace.steps, world.trace.lines or ()
    return Result(seed, digest, steps, choices.made, violation, lines, world.faults.met)
