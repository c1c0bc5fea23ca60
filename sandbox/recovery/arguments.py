"""The arguments of `dunwell recovery`; what they ask for is loaded when it is run."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.recovery.catalogue import POLICIES, SMART, SMART_DAY_0, WORLDS

if TYPE_CHECKING:
    from rich.console import Console

_EPILOG: Final = f"""\
examples:
  dunwell recovery --seeds 4 --invoices 400                 all policies on all own worlds
  dunwell recovery --world mixed_pay_days --policy smart --policy "even 8"
  dunwell recovery --world my_world.py --world other.py     your own: see sandbox/recovery/protocol.py
  dunwell recovery --seeds 20 --invoices 2000 --runs build/recovery.jsonl    goes on where it was stopped
  dunwell recovery --json --pictures build/recovery         the same as JSON, and three pictures

own worlds: {", ".join(WORLDS[:7])},
  {", ".join(WORLDS[7:])}
policies: {", ".join(POLICIES)}; the numbers may be others
  {SMART_DAY_0}, which never learns, where it is asked for
The policy `smart` is {SMART}, over the functions that production uses.

Every policy meets the same seeds. Only policies on the same world may be compared: a simulated share says
nothing beside a vendor's percentage. The comparison that counts is with `even 8`.

exit codes: 0 everything ran; 1 a world or a policy cannot be run; 2 the command line is wrong.
"""


def add_recovery(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the others."""
    recovery = commands.add_parser(
        "recovery",
        help="measure how well failed payments are retried, in simulated worlds",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    recovery.add_argument(
        "--world",
        action="append",
        metavar="NAME|PATH",
        help="an own world's name, or a Python file with open_world; again for more (default all own ones)",
    )
    recovery.add_argument("--seeds", type=_positive, default=2, metavar="N", help="how many (default 2)")
    recovery.add_argument("--seed0", type=int, default=0, metavar="S", help="the first (default 0)")
    recovery.add_argument(
        "--invoices", type=_positive, default=200, metavar="M", help="scored in each world (default 200)"
    )
    recovery.add_argument(
        "--policy", action="append", metavar="NAME", help="only this one; again for more (default all)"
    )
    recovery.add_argument(
        "--jobs",
        type=_positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes (default: one for each CPU)",
    )
    recovery.add_argument("--json", action="store_true", help="print the outcome as JSON")
    recovery.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw SVG pictures into it")
    recovery.add_argument(
        "--runs",
        type=Path,
        metavar="FILE",
        help="keep what each run comes to in it, a line each, and make only those that are missing",
    )
    recovery.set_defaults(run=_recovery)


def _recovery(options: argparse.Namespace, console: "Console") -> int:
    from sandbox.recovery.command import Asked, run_recovery

    asked = Asked(
        tuple(options.world or WORLDS),
        range(options.seed0, options.seed0 + options.seeds),
        options.invoices,
        tuple(options.policy) if options.policy else None,
        options.jobs,
        options.pictures,
        options.runs,
        options.json,
    )
    return run_recovery(asked, console)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not positive")
    return value
