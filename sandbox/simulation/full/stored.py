"""What the deployed tables and queues hold: peeked at, through no call site."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

import boto3
from dunwell.adapters.tables import FACTS
from dunwell.bootstrap import Application
from dunwell.heard_events import EventState
from dunwell.records import DueEntry
from dunwell.workers import Worker
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from sandbox.cloud.deployment import STACK
from sandbox.cloud.translation import REGION
from sandbox.owner.dead_letters import read_stack, redrive
from sandbox.simulation.invariants import Snapshot
from sandbox.stack import Sandbox

YEARS: Final = (date(2026, 1, 1), date(2028, 12, 31))
"""In which histories are played."""


def events_of(sandbox: Sandbox) -> dict[str, EventState]:
    """What became of each event that is stored."""
    return {row["event_id"]: EventState(row["state"]) for row in sandbox.items("EventsTable")}


def snapshot_of(sandbox: Sandbox) -> Snapshot:
    made = Application(sandbox.functions.environment("EventProcessing"))
    counting = Application(sandbox.functions.environment("RecoveryCounting"))
    invoices, customers = sandbox.items("InvoicesTable"), sandbox.items("CustomersTable")
    facts = {one: made.invoices.load(one) for one in {row["invoice_id"] for row in invoices}}
    files = {one: made.customers.load(one) for one in {row["customer_id"] for row in customers}}
    return Snapshot(
        sandbox.driver.now(),
        {name: found for name, found in facts.items() if found is not None},
        {
            row["invoice_id"]: DueEntry(row["invoice_id"], Worker(row["worker"]), _instant(row["due_at"]))
            for row in invoices
            if row["part"] == FACTS and "due_at" in row
        },
        {
            row["customer_id"]: _instant(row["due_at"])
            for row in customers
            if row["part"] == FACTS and "due_at" in row
        },
        {name: file.customer.records for name, file in files.items() if file},
        {name: tuple(m.key for m in file.wanted) for name, file in files.items() if file},
        events_of(sandbox),
        frozenset(_dead_events(sandbox)),
        sandbox.listener.heard,
        taken=sandbox.merchant.taken,
        given_up=frozenset(_given_up(sandbox)),
        sums=[*counting.tallies.sums(*YEARS)],
    )


def _given_up(sandbox: Sandbox) -> Iterator[str]:
    """The webhooks that were given up, as `<endpoint>/<event id>`."""
    for row in sandbox.items("DeliveriesTable"):
        if "due_at" not in row and not str(row["delivery_id"]).endswith("/"):
            yield str(row["delivery_id"])


def redrive_all() -> tuple[int, int]:
    """Sends every dead letter back that can be received; returns how many, and how many of them lie there
    still. None is waited for: the clock stands still."""
    client = boto3.client("sqs", region_name=REGION)
    moved = left = 0
    for queue in read_stack(boto3.client("cloudformation", region_name=REGION), STACK).queues:
        letters = _letters(queue.dead_letters_url)
        ready = sum(letter.visible for letter in letters)
        moved += sum(redrive(client, queue, ready, wait_s=0))
        left += len(_letters(queue.dead_letters_url)) - (len(letters) - ready)
    return moved, left


def _dead_events(sandbox: Sandbox) -> Iterator[str]:
    """Ids of the events, and of the webhooks, that lie in a dead-letter queue."""
    for url in sandbox.driver.wiring.dead_letters.values():
        for letter in _letters(url):
            told = json.loads(letter.body)
            yield told.get("event_id") or told.get("delivery", "")


def _letters(url: str) -> list[Any]:
    """What lies in a queue and is not older than the queue keeps it; moto leaves such messages there."""
    sqs, name = sqs_backends[DEFAULT_ACCOUNT_ID][REGION], url.rsplit("/", 1)[1]
    messages = sqs.queues[name]._messages  # noqa: SLF001 - a peek, not a reception
    return [one for one in messages if sqs.is_message_valid_based_on_retention_period(name, one)]


def _instant(told: object) -> datetime:
    return datetime.fromisoformat(str(told).replace("+0000", "+00:00"))
