"""The arguments of the commands that work on a deployed stack itself. What they do is imported when it
runs."""

import argparse
from typing import TYPE_CHECKING

from rich.console import Console

from sandbox.arguments import between

if TYPE_CHECKING:
    from sandbox.owner.deployed import Account


def add_stack_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    _add_redrive(commands)
    _add_lessons(commands)
    _add_revoke(commands)
    _add_webhooks(commands)
    _add_tell(commands)


def add_account(command: argparse.ArgumentParser) -> None:
    """Which stack, and with whose credentials."""
    command.add_argument("--stack", required=True, help="the CloudFormation stack's name")
    command.add_argument("--region", help="the stack's AWS region (default: your AWS configuration's)")
    command.add_argument("--profile", help="a profile of your AWS configuration")


def account_of(options: argparse.Namespace) -> "Account":
    from sandbox.owner.deployed import Account

    return Account(options.stack, options.region, options.profile)


def _add_redrive(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    redrive = commands.add_parser("redrive", help="send a deployed stack's dead letters back to their queues")
    redrive.add_argument(
        "--queue",
        nargs="+",
        action="extend",
        default=[],
        metavar="FUNCTION",
        help="only these functions' queues, like retry_execution (default all)",
    )
    redrive.add_argument("--dry-run", action="store_true", help="show what lies there and send nothing")
    redrive.add_argument(
        "--limit", type=between(1, 100_000), metavar="N", help="at most so many messages of each queue"
    )
    redrive.add_argument("--json", action="store_true", help="print the outcome as JSON")
    add_account(redrive)
    redrive.set_defaults(run=_redrive)


def _add_lessons(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    lessons = commands.add_parser(
        "lessons", help="list what a deployed stack's retries have taught, or go back"
    )
    lessons.add_argument("--roll-back", metavar="VERSION", help="have plans made with these lessons again")
    lessons.add_argument("--json", action="store_true", help="print the versions as JSON")
    add_account(lessons)
    lessons.set_defaults(run=_lessons)


def _add_revoke(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    revoke = commands.add_parser("revoke", help="end all links to an invoice's hosted page")
    revoke.add_argument("invoice", metavar="INVOICE", help="the invoice's id in Stripe")
    add_account(revoke)
    revoke.set_defaults(run=_revoke)


def _add_webhooks(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    webhooks = commands.add_parser("webhooks", help="what your endpoints have not taken, and why")
    webhooks.add_argument("--endpoint", metavar="NAME", help="only this one of your settings")
    webhooks.add_argument(
        "--again", action="store_true", help="tell what was given up again, each event where it was meant for"
    )
    webhooks.add_argument("--json", action="store_true", help="print JSON")
    add_account(webhooks)
    webhooks.set_defaults(run=_webhooks)


def _add_tell(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    tell = commands.add_parser("tell", help="tell events again, on the bus or to one of your endpoints")
    tell.add_argument(
        "events", nargs="+", metavar="EVENT", help="ids like in_1:3, the invoice and the event's number"
    )
    tell.add_argument("--endpoint", metavar="NAME", help="to this one of your settings (default: on the bus)")
    add_account(tell)
    tell.set_defaults(run=_tell)


def _redrive(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.redrive import Asked, run_redrive

    asked = Asked(account_of(options), tuple(options.queue), options.limit)
    return run_redrive(asked, console, dry_run=options.dry_run, as_json=options.json)


def _lessons(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.lessons import run_lessons

    return run_lessons(account_of(options), options.roll_back, console, as_json=options.json)


def _revoke(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.revoke import run_revoke

    return run_revoke(account_of(options), options.invoice, console)


def _webhooks(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.webhooks import run_webhooks

    account = account_of(options)
    return run_webhooks(account, options.endpoint, console, again=options.again, as_json=options.json)


def _tell(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.tell import run_tell

    return run_tell(account_of(options), options.events, options.endpoint, console)
