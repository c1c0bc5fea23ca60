"""One seed, one history: played, judged, and told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sandbox.simulation.choices import Choices
from sandbox.simulation.fast.world import FastWorld
from sandbox.simulation.faults import Fault, Faults
from sandbox.simulation.histories import STARTS, draw_settings
from sandbox.simulation.player import begin, play
from sandbox.simulation.shuffles import ORDERS, deliver_shuffled, play_up_to_a_moment
from sandbox.simulation.witness import ViolationError

FAULT_RATES: Final = (0, 10, 40, 120)
"""Calls in a thousand that go wrong, by history."""

FAULTS_MAX: Final = 8
"""Faults in one history."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one history. `made` are its choices; `lines` what happened, where it was asked for."""

    seed: int
    digest: str
    steps: int
    made: Sequence[int]
    violation: ViolationError | None = None
    lines: Sequence[str] = ()
    met: Counter[tuple[str, str]] = field(default_factory=Counter)


def shuffle_fast(seed: int, orders: int = ORDERS) -> set[str]:
    """The hashes in which so many orders of one history end; one hash is what is promised."""
    ends = set()
    for order in range(orders):
        world = open_fast(Choices(seed))
        play_up_to_a_moment(begin(world), seed)
        ends.add(deliver_shuffled(world, seed, order))
    return ends


def open_fast(choices: Choices, kinds: frozenset[Fault] | None = None, *, told: bool = False) -> FastWorld:
    """The world that the first choices of a history make."""
    start, settings = choices.one_of(STARTS), draw_settings(choices)
    faults = Faults(choices, choices.one_of(FAULT_RATES), FAULTS_MAX, kinds)
    disordered = choices.below(2) == 1
    return FastWorld(start, settings, choices, faults, disordered=disordered, told=told)


def run_fast(
    seed: int,
    given: Sequence[int] | None = None,
    kinds: frozenset[Fault] | None = None,
    *,
    told: bool = False,
) -> Result:
    """Plays the history of a seed on the fast model, or the one that `given` choices make."""
    choices = Choices(seed, given)
    world = open_fast(choices, kinds, told=told)
    violation = None
    try:
        play(world)
    except ViolationError as found:
        violation = found
    return Result(
        seed,
        world.trace.digest,
        world.trace.steps,
        choices.made,
        violation,
        world.trace.lines or (),
        world.faults.met,
    )
