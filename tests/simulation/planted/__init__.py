"""The bank of planted bugs: what a simulation that is worth its name catches.

Each is a small patch that lasts as long as a `with`; nothing of what is shipped is changed for good.
Those of `INVARIANTS.md` were really shipped by somebody.
"""

import json
from pathlib import Path

from sandbox.simulation.models import MODELS
from sandbox.simulation.runs import Result
from tests.simulation.planted import (
    adapters,
    agenda,
    announcements,
    attempts,
    counts,
    days,
    deliveries,
    doors,
    events,
    final_actions,
    keys,
    mail,
    money,
    switches,
)
from tests.simulation.planted.bug import Bug

SEEDS = Path(__file__).with_name("seeds.json")
"""Where the seed that shows each bug is kept; `python -m tests.simulation.planted` finds them anew after the
simulation was changed."""

BANK: tuple[Bug, ...] = (
    *keys.BUGS,
    *attempts.BUGS,
    *switches.BUGS,
    *events.BUGS,
    *mail.BUGS,
    *final_actions.BUGS,
    *money.BUGS,
    *days.BUGS,
    *agenda.BUGS,
    *announcements.BUGS,
    *deliveries.BUGS,
    *counts.BUGS,
    *adapters.BUGS,
    *doors.BUGS,
)


def known_seeds() -> dict[str, int]:
    """A seed of its model that is known to show a bug, by the bug's name."""
    found: dict[str, int] = json.loads(SEEDS.read_text(encoding="utf-8"))
    return found


def first_caught(bug: Bug, seeds_max: int, start: int = 0) -> Result | None:
    """The first history of its model from seed `start` on that shows a bug by an invariant of its
    `caught_by`, and that is without a fault when nothing is planted. None when none of so many does.
    """
    play = MODELS[bug.model].play
    for seed in range(start, start + seeds_max):
        with bug.plant():
            result = play(seed)
        violation = result.violation
        if violation and violation.invariant in bug.caught_by and play(seed).violation is None:
            return result
    return None


__all__ = ["BANK", "SEEDS", "Bug", "first_caught", "known_seeds"]
