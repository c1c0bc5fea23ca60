"""The bank of planted bugs: what a simulation that is worth its name catches.

Each is a small patch that lasts as long as a `with`; nothing of what is shipped is changed for good.
Those of `INVARIANTS.md` were really shipped by somebody.
"""

from sandbox.simulation.runs import Result, run_fast
from tests.simulation.planted import (
    adapters,
    agenda,
    attempts,
    days,
    doors,
    events,
    final_actions,
    keys,
    mail,
    money,
    switches,
)
from tests.simulation.planted.bug import Bug

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
    *adapters.BUGS,
    *doors.BUGS,
)


def first_caught(bug: Bug, seeds_max: int, start: int = 0) -> Result | None:
    """The first history from seed `start` on that shows a bug of the fast model by an invariant of its
    `caught_by`, and that is without a fault when nothing is planted. None when none of so many does.

    How `seed_hint` is found: from 0 on, and the seed is kept.
    """
    for seed in range(start, start + seeds_max):
        with bug.plant():
            result = run_fast(seed)
        violation = result.violation
        if violation and violation.invariant in bug.caught_by and run_fast(seed).violation is None:
            return result
    return None


__all__ = ["BANK", "Bug", "first_caught"]
