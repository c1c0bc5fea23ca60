"""The arguments of `dunwell bench`; what they ask for is loaded when it is run."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def add_bench(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the others."""
    bench = commands.add_parser(
        "bench", help="what Dunwell uses and costs: calls, units, cold starts, each beside its floor"
    )
    bench.add_argument("--full", action="store_true", help="at full size (default: in some minutes)")
    bench.add_argument("--json", action="store_true", help="print all figures as JSON")
    bench.add_argument("--page", type=Path, metavar="PATH", help="write them as a page (docs/capacity.md)")
    bench.set_defaults(run=_bench)


def _bench(options: argparse.Namespace, console: "Console") -> int:
    from sandbox.bench.command import run_bench

    return run_bench(console, full=options.full, as_json=options.json, page=options.page)
