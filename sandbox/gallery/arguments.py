"""The arguments of `dunwell mails`. What renders is imported when it runs."""

import argparse
from pathlib import Path

from rich.console import Console


def add_mails(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    mails = commands.add_parser("mails", help="every mail in every language, as pages to look at")
    mails.add_argument(
        "--settings", type=Path, metavar="FILE", help="your settings: their brand and own texts are shown"
    )
    mails.add_argument(
        "--folder", type=Path, default=Path("build/mails"), help="where the pages go (default build/mails)"
    )
    mails.set_defaults(run=_mails)


def _mails(options: argparse.Namespace, console: Console) -> int:
    from sandbox.gallery.command import run_mails

    return run_mails(options.settings, options.folder, console)
