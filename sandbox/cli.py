"""The command `dunwell`: each subcommand is one module's work; here are only arguments and exit codes."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from sandbox.arguments import between
from sandbox.bench.arguments import add_bench
from sandbox.gallery.arguments import add_mails
from sandbox.owner.arguments import add_owners_commands
from sandbox.owner.stack_arguments import add_stack_commands
from sandbox.recovery.arguments import add_recovery

if TYPE_CHECKING:
    from sandbox.simulation.faults import Fault

EXIT_FAILED = 1

_EPILOG = """\
examples:
  dunwell demo                          a quarter of a small company's invoices, in about a minute
  dunwell up --speed 3600               the same stack, standing, an hour a second
  dunwell replay payloads/ --json       posts a folder of Stripe payloads through the intake
  dunwell invoke due_dispatch events/due_dispatch.every_minute.json
  dunwell redrive --stack dunwell --dry-run    what lies in your stack's dead-letter queues
  dunwell lessons --stack dunwell       what its retries have taught; --roll-back VERSION goes back to it
  dunwell revoke --stack dunwell in_1   ends all links to an invoice's hosted page
  dunwell webhooks --stack dunwell      what your endpoints have not taken; --again tells what was given up
  dunwell tell in_1:3 --stack dunwell   tells an event again, on the bus or to an --endpoint
  dunwell invoice in_1 --stack dunwell  its story: what is next, each decision with its reasons
  dunwell console --sandbox             the book of the sandbox of `dunwell up`, as pages
  dunwell settings check settings.yaml  what is wrong in a settings file, line by line
  dunwell preview settings.yaml --stack dunwell     what it would add, drop or move, before it applies
  dunwell backtest settings.yaml --stack dunwell --since 2026-04-01    what it would have done with the past
  dunwell settings apply settings.yaml --sandbox    has the sandbox of `dunwell up` collect by it
  dunwell simulate --seeds 20000        histories in which everything goes wrong, judged by the invariants
  dunwell mails                         every mail in every language, as pages to look at
  dunwell bench                         what an invoice uses and costs at AWS, each figure beside its floor
  dunwell recovery --seeds 4            how much of what failed is recovered, by policy, in simulated worlds

exit codes: 0 all went well; 1 something failed or was dead-lettered; 2 the command line is wrong.
What is given a --stack works on your deployed stack with your own AWS credentials. All else runs on this
machine, against moto and a fake Stripe, and touches no AWS account.
"""

_SIMULATE_EPILOG = """\
examples:
  dunwell simulate --seeds 20000                    on the fast model: use cases over ports in memory
  dunwell simulate --model full --seeds 100         on the whole sandbox: functions, adapters, template
  dunwell simulate --from 4711 --seeds 1            one history again
  dunwell simulate --seeds 5000 --faults lost,timeout_after    only these faults
  dunwell simulate --seeds 1000 --replay            each seed twice: is the same seed the same history?
  dunwell simulate --seeds 1000 --shuffled          the same events in 20 orders: do they end alike?
  dunwell simulate --planted                        does it catch the bugs that were planted?
  dunwell simulate --seeds 1000000 --shard build/simulation    goes on where it was stopped

A violation is told with its seed, what was seen, and the shortest history found that still shows it. Results
do not depend on the number of jobs. From 10,000 seeds on (full model: 1,000) a call site that no fault ever
met is a failure, too.

exit codes: 0 everything held; 1 an invariant was violated, a site was never hit, two plays of a seed
differed or a planted bug was not caught; 2 the command line is wrong.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one subcommand and returns the exit code."""
    options = _parser().parse_args(argv)
    console = Console(file=sys.stderr if getattr(options, "json", False) else sys.stdout)
    try:
        return int(options.run(options, console))
    except KeyboardInterrupt:
        console.print("stopped")
        return EXIT_FAILED
    except (OSError, ValueError) as error:
        console.print(f"dunwell: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        return EXIT_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dunwell",
        description="Dunwell on one machine: the real template and handlers, on moto and a fake Stripe.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_up(commands)
    _add_replay(commands)
    _add_invoke(commands)
    add_stack_commands(commands)
    add_owners_commands(commands)
    _add_simulate(commands)
    add_recovery(commands)
    add_mails(commands)
    add_bench(commands)
    return parser


def _add_demo(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    demo = commands.add_parser("demo", help="play a quarter of a small company's invoices")
    demo.add_argument("--days", type=between(1, 366), default=90, help="virtual days to play (default 90)")
    demo.add_argument("--customers", type=between(1, 500), default=20, help="customers (default 20)")
    demo.add_argument("--seed", type=int, default=1, help="what everything random is drawn from (default 1)")
    demo.add_argument(
        "--folder", type=Path, default=Path("build/demo"), help="where the mails go (default build/demo)"
    )
    demo.set_defaults(run=_demo)


def _add_up(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    up = commands.add_parser("up", help="keep the stack standing on loopback")
    up.add_argument(
        "--port", type=between(1, 65535), default=8400, help="the webhook endpoint's port (default 8400)"
    )
    up.add_argument(
        "--speed", type=between(1, 100_000), default=1, help="virtual seconds a second (default 1)"
    )
    up.add_argument(
        "--for", dest="seconds", type=between(1, 10**6), help="stop by itself after so many seconds"
    )
    up.set_defaults(run=_up)


def _add_replay(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    replay = commands.add_parser("replay", help="post recorded payloads through the webhook intake")
    replay.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="JSON files, or folders of them")
    replay.add_argument("--json", action="store_true", help="print the counts as JSON")
    replay.set_defaults(run=_replay)


def _add_invoke(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    invoke = commands.add_parser(
        "invoke", help="run one function on a sample event, in the genuine runtime client"
    )
    invoke.add_argument("function", help="a folder of functions/, like retry_execution")
    invoke.add_argument("event", type=Path, help="the event's JSON file")
    invoke.set_defaults(run=_invoke)


def _add_simulate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    simulate = commands.add_parser(
        "simulate",
        help="play histories in which everything goes wrong, each from a seed",
        epilog=_SIMULATE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    simulate.add_argument(
        "--model", choices=("fast", "full"), default="fast", help="what plays them (default fast)"
    )
    simulate.add_argument(
        "--seeds", type=between(1, 100_000_000), metavar="N", help="how many (default 1000, full 20)"
    )
    simulate.add_argument(
        "--from",
        dest="first",
        type=between(0, 10**12),
        default=0,
        metavar="SEED",
        help="the first (default 0)",
    )
    simulate.add_argument(
        "--faults", type=_faults, metavar="KIND,...", help="only these, like lost,crash_after (default all)"
    )
    simulate.add_argument(
        "--jobs",
        type=between(1, 1024),
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes (default: one for each CPU)",
    )
    simulate.add_argument(
        "--full-size", action="store_true", help="fail when a call site is never hit, however few the seeds"
    )
    simulate.add_argument("--json", action="store_true", help="print the outcome as JSON")
    _add_ways(simulate.add_mutually_exclusive_group())
    simulate.set_defaults(run=_simulate)


def _add_ways(ways: "argparse._MutuallyExclusiveGroup") -> None:
    ways.add_argument("--replay", action="store_true", help="play each seed twice and compare the hashes")
    ways.add_argument(
        "--shuffled", action="store_true", help="deliver each history's events in 20 orders: one end for all"
    )
    ways.add_argument(
        "--planted", action="store_true", help="plant each bug of tests/simulation/planted/ and look for it"
    )
    ways.add_argument(
        "--shard", type=Path, metavar="FOLDER", help="keep the results here, and play only what is missing"
    )


def _demo(options: argparse.Namespace, console: Console) -> int:
    from sandbox.demo import run_demo

    return run_demo(options.days, options.customers, options.seed, options.folder, console)


def _up(options: argparse.Namespace, console: Console) -> int:
    from sandbox.up import run_up

    return run_up(options.port, options.speed, options.seconds, console)


def _replay(options: argparse.Namespace, console: Console) -> int:
    from sandbox.replay import run_replay

    return run_replay(options.paths, console, as_json=options.json)


def _invoke(options: argparse.Namespace, console: Console) -> int:
    from sandbox.invoke import run_invoke

    return run_invoke(options.function, options.event, console)


def _simulate(options: argparse.Namespace, console: Console) -> int:
    from sandbox.simulate import Asked, run_planted, run_replayed, run_shuffled, run_simulate

    asked = Asked(
        options.model,
        options.first,
        options.seeds,
        options.faults,
        options.jobs,
        options.full_size,
        options.json,
    )
    if options.replay:
        return run_replayed(asked, console)
    if options.shuffled:
        return run_shuffled(asked, console)
    return run_planted(asked, console) if options.planted else run_simulate(asked, options.shard, console)


def _faults(text: str) -> "frozenset[Fault]":
    from sandbox.simulation.faults import Fault

    right = [str(fault) for fault in Fault]
    wrong = [name for name in text.split(",") if name not in right]
    if wrong:
        raise argparse.ArgumentTypeError(
            f"no fault is named {', '.join(wrong)}; there are {', '.join(right)}"
        )
    return frozenset(map(Fault, text.split(",")))


if __name__ == "__main__":
    sys.exit(main())
