"""`dunwell redrive`: what the caller asked for, done to the dead letters of a deployed stack, and told.

It works on an AWS account, with its caller's own credentials.
"""

import json
import re
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from sandbox.owner.dead_letters import HELD_S, DeadLetter, Queue, Stack, count, look, read_stack, redrive
from sandbox.owner.deployed import AWS_CONFIG, Account, advising

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LOOKED_AT_MAX: Final = 100
"""Messages of each queue that a dry run looks at when it is given no limit."""

BODY_MAX: Final = 200
"""Characters of a body that the table shows; `--json` shows all."""

_ID_WIDTH: Final = 36
"""Characters of an SQS message id, so that it can be copied from the table."""

_RIGHTS: Final = (
    "you need cloudformation:ListStackResources, and on the stack's queues sqs:SendMessage, "
    "sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility and sqs:GetQueueAttributes"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller wants. No `queues` are all; `limit` counts messages of each queue, None is all."""

    account: Account
    queues: tuple[str, ...] = ()
    limit: int | None = None


@dataclass(slots=True)
class Report:
    """What became of one queue's dead letters: `waiting` at the start, of which `wanted` were to be moved."""

    queue: Queue
    waiting: int
    wanted: int
    moved: int = 0
    seen: list[DeadLetter] = field(default_factory=list)

    @property
    def not_moved(self) -> int:
        return self.wanted - self.moved


def run_redrive(asked: Asked, console: Console, *, dry_run: bool, as_json: bool) -> int:
    """Redrives, or only looks, and returns the exit code: 0 when all that were wanted were moved.

    What was done is told even when it was interrupted. Raises `ValueError`, which says what to do.
    """
    with advising(_RIGHTS):
        session = asked.account.session()
        stack = read_stack(session.client("cloudformation", config=AWS_CONFIG), asked.account.stack)
        queues = _chosen(stack, asked)
        client = session.client("sqs", config=AWS_CONFIG)
        reports = [_begun(client, queue, asked.limit) for queue in queues]
        unqueued = {} if asked.queues else {n: count(client, url) for n, url in stack.unqueued.items()}
        try:
            for report in reports:
                if dry_run:
                    report.seen = look(client, report.queue, min(report.wanted, asked.limit or LOOKED_AT_MAX))
                else:
                    _redrive(client, report, console)
        finally:
            _tell(reports, unqueued, console, dry_run=dry_run, as_json=as_json)
    return 0 if dry_run or not any(report.not_moved for report in reports) else 1


def _chosen(stack: Stack, asked: Asked) -> list[Queue]:
    """The queues that the caller named, or all. Raises `ValueError` where there are none such."""
    by_function = {queue.function: queue for queue in stack.queues}
    if not by_function:
        raise ValueError(f"the stack {asked.account.stack} has no queue with dead letters: is it Dunwell's?")
    for name in asked.queues:
        if name not in by_function:
            raise ValueError(
                f"the stack {asked.account.stack} has no queue {name}; it has {', '.join(by_function)}"
            )
    return [by_function[name] for name in dict.fromkeys(asked.queues or by_function)]


def _begun(client: "SQSClient", queue: Queue, limit: int | None) -> Report:
    waiting = count(client, queue.dead_letters_url)
    return Report(queue, waiting, waiting if limit is None else min(waiting, limit))


def _redrive(client: "SQSClient", report: Report, console: Console) -> None:
    if not report.wanted:
        return
    each = redrive(client, report.queue, report.wanted)
    doing = f"Redriving {report.queue.function}"
    for moved in track(each, doing, total=report.wanted, console=console, transient=True):
        report.moved += moved


# ------------------------------------------------------------------------------------ what is told


def _tell(
    reports: list[Report], unqueued: dict[str, int], console: Console, *, dry_run: bool, as_json: bool
) -> None:
    if as_json:
        told = {"dry_run": dry_run, "queues": [_as_json(r) for r in reports], "not_redriven": unqueued}
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        return
    found = [report for report in reports if report.waiting]
    if not found:
        console.print("no dead letters to redrive")
    elif dry_run:
        _print_seen(found, console)
    else:
        _print_moved(found, console)
    for name, waiting in unqueued.items():
        if waiting:
            console.print(_about_unqueued(name, waiting), highlight=False, soft_wrap=True)


def _about_unqueued(name: str, waiting: int) -> str:
    return (
        f"{waiting} in {name} came from a schedule, not from a queue, and are not redriven: the next wake-up "
        "finds all that is due. Mend the cause; they go by themselves after 14 days."
    )


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "queue": report.queue.function,
        "waiting": report.waiting,
        "moved": report.moved,
        "messages": [
            {
                "id": m.id,
                "body": _without_addresses(m.body),
                "sent_at": m.sent_at.isoformat(),
                "receive_count": m.receive_count,
            }
            for m in report.seen
        ],
    }


def _print_seen(reports: list[Report], console: Console) -> None:
    table = _table("Dead letters (dry run: nothing is sent)", "dead letters", "looked at", "oldest of these")
    now = datetime.now(UTC)
    for report in reports:
        oldest = _age(now - report.seen[0].sent_at) if report.seen else ""
        table.add_row(report.queue.function, str(report.waiting), str(len(report.seen)), oldest)
    console.print(table)
    for report in reports:
        console.print(_letters(report))


def _letters(report: Report) -> Table:
    table = Table(title=report.queue.function, title_justify="left")
    table.add_column("message", min_width=_ID_WIDTH)
    table.add_column("received", justify="right")
    table.add_column("body")
    for letter in report.seen:
        table.add_row(letter.id, str(letter.receive_count), _one_line(letter.body))
    return table


def _print_moved(reports: list[Report], console: Console) -> None:
    table = _table("Redriven", "dead letters", "moved")
    for report in reports:
        table.add_row(report.queue.function, str(report.waiting), str(report.moved))
    console.print(table)
    left = sum(report.not_moved for report in reports)
    if left:
        told = f"{left} could not be moved: somebody holds them, or SQS did not take them"
        console.print(f"{told}. Run it again in {HELD_S // 60} minutes.", style="red", soft_wrap=True)


def _table(title: str, *numbers: str) -> Table:
    table = Table("queue", title=title, title_justify="left")
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _age(age: timedelta) -> str:
    """In its two largest units, as `3 d 4 h`."""
    minutes = int(age.total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"


def _one_line(body: str) -> Text:
    """A body as ASCII on one line: what is no id (escape codes, markup) is shown, not obeyed."""
    return Text(_without_addresses(body).encode("unicode_escape").decode("ascii")[:BODY_MAX])


def _without_addresses(body: str) -> str:
    """SES's reports name whom a mail went to; nobody needs to read that to redrive them."""
    return re.sub(r"[^\s\"<>:,]+@[^\s\"<>:,]+", "(an address)", body)
