"""`dunwell webhooks`: what your endpoints have not taken, in a deployed stack; and the way to tell it again.

It works on an AWS account, with its caller's own credentials.
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from dunwell.adapters.clock import SystemClock
from dunwell.adapters.delivery_store import DynamoDeliveryStore
from dunwell.adapters.sqs_queues import SqsQueues
from dunwell.domain.deliveries import Delivery, delivery_id
from dunwell.workers import Worker
from rich.console import Console
from rich.table import Table

from sandbox.owner.dead_letters import read_stack
from sandbox.owner.deployed import AWS_CONFIG, Account, advising, bind_table

_RIGHTS: Final = (
    "you need cloudformation:ListStackResources, on the stack's table of deliveries dynamodb:Scan, and to "
    "tell again sqs:SendMessage on the queue of webhook_delivery"
)


def run_webhooks(
    account: Account, endpoint: str | None, console: Console, *, again: bool, as_json: bool
) -> int:
    """Lists what was not taken, by `endpoint` where one is named; or has what was given up told `again`.
    Returns the exit code. Raises `ValueError`, which says what to do."""
    with advising(_RIGHTS):
        bind_table(account, "DeliveriesTable")
        every = DynamoDeliveryStore(SystemClock()).not_taken()
        found = [one for one in every if endpoint in (None, one.endpoint)]
        if not again:
            _tell(found, console, as_json=as_json)
            return 0
        given_up = [delivery_id(one.endpoint, one.event_id) for one in found if one.is_given_up]
        sent = deliver(account, given_up)
    if as_json:
        sys.stdout.write(json.dumps({"told_again": sent}) + "\n")
    else:
        console.print(f"{sent} enqueued; what is not taken now is tried for three days")
    return 0


def deliver(account: Account, names: Iterable[str]) -> int:
    """Has `webhook_delivery` try each of these deliveries (`<endpoint>/<event id>`), and returns how many
    there are. Raises `ValueError` for a stack without its queue, and what boto3 raises."""
    session = account.session()
    stack = read_stack(session.client("cloudformation", config=AWS_CONFIG), account.stack)
    url = next((one.url for one in stack.queues if one.function == Worker.WEBHOOK_DELIVERY), None)
    if url is None:
        raise ValueError(f"the stack {account.stack} has no queue of webhook_delivery: is it Dunwell's?")
    queues = SqsQueues(session.client("sqs", config=AWS_CONFIG), {Worker.WEBHOOK_DELIVERY: url})
    return queues.send(Worker.WEBHOOK_DELIVERY, ({"delivery": name} for name in names))


def _tell(found: list[Delivery], console: Console, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps([_plain(one) for one in found], indent=2) + "\n")
        return
    if not found:
        console.print("every webhook was taken")
        return
    table = Table(title="Webhooks not taken", title_justify="left")
    for heading in ("endpoint", "event", "since (UTC)", "tries", "why", "next try (UTC)"):
        table.add_column(heading, justify="right" if heading == "tries" else "left")
    for one in found:
        following = "given up" if one.due_at is None else f"{one.due_at:%Y-%m-%d %H:%M}"
        since = f"{one.begun_at:%Y-%m-%d %H:%M}"
        table.add_row(one.endpoint, one.event_id, since, str(one.tries), one.problem or "", following)
    console.print(table)
    if any(one.is_given_up for one in found):
        console.print("once the endpoint is well, --again tells it what was given up")


def _plain(one: Delivery) -> dict[str, Any]:
    told = asdict(one)
    for name in ("begun_at", "due_at"):
        told[name] = told[name].isoformat() if told[name] is not None else None
    return told
