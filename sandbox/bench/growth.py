"""Due work on books of any size: the same calls and units, whatever else lies in the tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, Final

import boto3
from dunwell.adapters.indexes import due_partition
from dunwell.workers import Lane

from sandbox.bench.lives import BEGIN, SETTINGS
from sandbox.bench.meter import Cost, Meter
from sandbox.cloud.translation import REGION
from sandbox.fake_stripe.bank import ScriptedBank, declined
from sandbox.stack import Options, Sandbox, open_sandbox

BATCH: Final = 25
"""Items that one BatchWriteItem takes."""


@dataclass(frozen=True, slots=True)
class Grown:
    """What the same due work used in a book of so many invoices."""

    invoices: int
    cost: Cost


def due_work(invoices: int, due: int) -> Grown:
    """Plays the days in which `due` failed invoices are retried, beside so many others that rest."""
    bank = ScriptedBank()
    with open_sandbox(BEGIN, Options(settings={**SETTINGS, "retry": {"kind": "even"}}, bank=bank)) as sandbox:
        account = sandbox.account
        for number in range(due):
            customer = account.create_customer(email=f"c{number}@customer.example.com")
            bank.script(account.attach_method(customer)["id"], declined("insufficient_funds"))
            account.finalize(account.create_invoice(customer, 4_900))
        sandbox.run_until(BEGIN + timedelta(hours=3))
        _fill(sandbox, invoices - due)
        meter = Meter(sandbox.deployment, sandbox.functions)
        sandbox.calls.guards.append(meter.measure)
        sandbox.run_until(BEGIN + timedelta(days=2, hours=3))
        total = Cost()
        for cost in meter.by_function.values():
            total = total.plus(cost)
        return Grown(invoices, total)


def _fill(sandbox: Sandbox, count: int) -> None:
    """Open invoices that wait for a look in some days, each with its entry in the index."""
    client, table = (
        boto3.client("dynamodb", region_name=REGION),
        sandbox.deployment.physical_ids["InvoicesTable"],
    )
    rows = iter(_resting(count))
    while batch := list(islice(rows, BATCH)):
        requests: Any = [{"PutRequest": {"Item": row}} for row in batch]
        client.batch_write_item(RequestItems={table: requests})


def _resting(count: int) -> Iterator[dict[str, Any]]:
    due_at = (BEGIN + timedelta(days=6)).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")
    for number in range(count):
        invoice_id = f"in_resting_{number:07d}"
        lane = due_partition(Lane.WORK, invoice_id)
        told = {"invoice_id": invoice_id, "part": "facts", "due_lane": lane, "due_at": due_at}
        told |= {"worker": "event_processing", "open_customer_id": f"cus_resting_{number:07d}"}
        yield {name: {"S": value} for name, value in told.items()}
