"""The arguments of the commands that ask a stack's `operations`. What they do is imported when it runs."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from sandbox.arguments import a_day, between
from sandbox.owner.stack_arguments import account_of

if TYPE_CHECKING:
    from sandbox.owner.door import Door


def add_owners_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    _add_settings(commands)
    _add_preview(commands)
    _add_backtest(commands)
    _add_report(commands)
    _add_why(commands)
    _add_exceptions(commands)
    _add_console(commands)


def _add_settings(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    settings = commands.add_parser("settings", help="look at your settings, check a file, apply it, go back")
    actions = settings.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser(
        "check", help="is a file right? Each problem with its line and what would be right"
    )
    check.add_argument("file", type=Path, metavar="FILE", help="a settings file, YAML or JSON")
    check.set_defaults(run=_check)
    actions.add_parser("schema", help="the JSON Schema by which editors check a file").set_defaults(
        run=_schema
    )
    apply = actions.add_parser(
        "apply", help="make a file the newest version; the whole book is decided again"
    )
    apply.add_argument("file", type=Path, metavar="FILE", help="a settings file, YAML or JSON")
    apply.set_defaults(run=_apply)
    show = actions.add_parser("show", help="a version as it was written")
    show.add_argument(
        "--version", type=between(1, 10**9), metavar="N", help="which one (default: the newest)"
    )
    show.set_defaults(run=_show)
    history = actions.add_parser("history", help="the versions: when, by whom, why")
    history.set_defaults(run=_history)
    back = actions.add_parser("rollback", help="make an earlier version the newest one again")
    back.add_argument("version", type=between(1, 10**9), metavar="N", help="the version to go back to")
    back.set_defaults(run=_roll_back)
    for changing in (apply, back):
        changing.add_argument(
            "--on-version",
            type=between(0, 10**9),
            metavar="N",
            help="only while this one is still the newest",
        )
        changing.add_argument("--yes", action="store_true", help="however much it changes")
        changing.add_argument("--why", default="", help="the reason, kept with the version")
    for reading in (show, history):
        reading.add_argument("--json", action="store_true", help="print JSON")
    for asking in (apply, show, history, back):
        _add_door(asking)


def _add_preview(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    preview = commands.add_parser("preview", help="what a settings file would change, before it is applied")
    preview.add_argument("file", type=Path, metavar="FILE", help="a settings file, YAML or JSON")
    preview.add_argument(
        "--days", type=between(1, 92), default=30, metavar="N", help="how far ahead (default 30)"
    )
    preview.add_argument("--customers", action="store_true", help="list all that is otherwise, by customer")
    preview.add_argument(
        "--html", type=Path, metavar="FOLDER", help="write a page to look at into this folder"
    )
    preview.add_argument("--json", action="store_true", help="print JSON")
    _add_door(preview)
    preview.set_defaults(run=_preview)


def _add_backtest(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    backtest = commands.add_parser(
        "backtest", help="what a settings file would have done with the failures of the past: an estimate"
    )
    backtest.add_argument("file", type=Path, metavar="FILE", help="a settings file, YAML or JSON")
    backtest.add_argument(
        "--since",
        type=a_day,
        required=True,
        metavar="DATE",
        help="the first day of it, like 2026-04-01 (UTC)",
    )
    backtest.add_argument("--json", action="store_true", help="print JSON, with each invoice")
    _add_door(backtest)
    backtest.set_defaults(run=_backtest)


def _add_report(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    report = commands.add_parser(
        "report", help="what failed, what was recovered of it, and what Smart Retries add"
    )
    report.add_argument(
        "--since", type=a_day, metavar="DATE", help="the first day, your zone (default: 90 days before)"
    )
    report.add_argument("--until", type=a_day, metavar="DATE", help="the last day (default: today)")
    report.add_argument("--html", type=Path, metavar="PATH", help="write a page to look at")
    report.add_argument("--json", action="store_true", help="print JSON, amounts in minor units")
    _add_door(report)
    report.set_defaults(run=_report)


def _add_exceptions(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    told = {
        "pause": "rest everything about an invoice or a customer until a day",
        "resume": "end a pause",
        "exempt": "keep an invoice or a customer out, until it is included again",
        "include": "end that: the settings alone say whether it is collected",
        "schedule": "retry an invoice or a customer by a rule of their own",
        "answer": "say that a payer's dispute is answered: collecting goes on",
        "give-up": "mark an invoice uncollectible in the next night, once it is past due",
        "send-again": "mail an open invoice again, within the customer's hours and budget",
        "retry-now": "try an invoice at once, where a retry may be made",
    }
    for name, text in told.items():
        asked = commands.add_parser(name, help=text)
        asked.add_argument(
            "subject", metavar="ID", help="an invoice's id (in_...), or a customer's (cus_...)"
        )
        if name == "schedule":
            asked.add_argument(
                "rule", nargs="?", default="", metavar="RULE", help="off, smart, even, or days: 3,5,7"
            )
        if name in ("pause", "schedule"):
            asked.add_argument(
                "--until", required=name == "pause", metavar="DAY", help="like 2026-04-01, your zone"
            )
        needed = name in ("pause", "exempt", "give-up")
        asked.add_argument(
            "--why", default="", required=needed, help="the reason, kept with it and told in each decision"
        )
        _add_door(asked)
        asked.set_defaults(run=_except, operation=name.replace("-", "_"))


def _add_console(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    console = commands.add_parser("console", help="the book, invoices and settings as pages on this machine")
    console.add_argument("--port", type=between(1, 65535), default=8500, help="of loopback (default 8500)")
    _add_door(console)
    console.set_defaults(run=_console)


def _add_why(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for what, run in (("invoice", _invoice), ("customer", _customer)):
        told = (
            "its story: what is next, and each decision's reasons" if what == "invoice" else "their messages"
        )
        asked = commands.add_parser(what, help=f"{told}, from the stack")
        asked.add_argument("id", metavar="ID", help=f"the {what}'s id in Stripe")
        asked.add_argument("--json", action="store_true", help="print JSON")
        _add_door(asked)
        asked.set_defaults(run=run)


def _add_door(command: argparse.ArgumentParser) -> None:
    """Which stack: a deployed one, or the sandbox that `dunwell up` keeps standing."""
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--stack", help="the CloudFormation stack's name")
    which.add_argument(
        "--sandbox",
        type=between(1, 65535),
        nargs="?",
        const=8400,
        metavar="PORT",
        help="the sandbox of `dunwell up` at this port (default 8400)",
    )
    command.add_argument("--region", help="the stack's AWS region (default: your AWS configuration's)")
    command.add_argument("--profile", help="a profile of your AWS configuration")


def _door(options: argparse.Namespace) -> "Door":
    from sandbox.owner.door import DeployedDoor, SandboxDoor

    return SandboxDoor(options.sandbox) if options.sandbox else DeployedDoor(account_of(options))


def _report(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.report import run_report

    days = {name: f"{day}" for name in ("since", "until") if (day := getattr(options, name)) is not None}
    return run_report(_door(options), days, options.html, console, as_json=options.json)


def _check(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.settings import run_check

    return run_check(options.file, console)


def _schema(_: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.settings import run_schema

    return run_schema(console)


def _apply(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.settings import How, run_apply

    how = How(options.why, options.on_version, options.yes)
    return run_apply(_door(options), options.file, how, console)


def _show(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.settings import run_show

    return run_show(_door(options), options.version, console, as_json=options.json)


def _history(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.settings import run_history

    return run_history(_door(options), console, as_json=options.json)


def _roll_back(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.settings import How, run_roll_back

    how = How(options.why, options.on_version, options.yes)
    return run_roll_back(_door(options), options.version, how, console)


def _invoice(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.why import run_invoice

    return run_invoice(_door(options), options.id, console, as_json=options.json)


def _customer(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.why import run_customer

    return run_customer(_door(options), options.id, console, as_json=options.json)


def _preview(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.preview import Ways, run_preview

    ways = Ways(options.customers, options.json, options.html)
    return run_preview(_door(options), options.file, options.days, ways, console)


def _backtest(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.backtest import run_backtest

    return run_backtest(_door(options), options.file, options.since, console, as_json=options.json)


def _except(options: argparse.Namespace, console: Console) -> int:
    door = _door(options)
    asked = {"subject": options.subject, "by": door.who, "why": options.why}
    more = {name: told for name in ("until", "rule") if (told := getattr(options, name, None))}
    done = door.ask(options.operation, **asked, **more)["done"]
    told = " ".join([f"{done.replace('_', ' ')}: {options.subject}", *(f"{k} {v}" for k, v in more.items())])
    console.print(told, highlight=False)
    return 0


def _console(options: argparse.Namespace, console: Console) -> int:
    from sandbox.owner.console.server import run_console

    return run_console(_door(options), options.port, console)
