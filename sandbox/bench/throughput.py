"""One worker with a full queue: webhooks dealt with in a second, whether any is lost, what it keeps."""

import time
import tracemalloc
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sandbox.bench.lives import BEGIN, SETTINGS
from sandbox.cloud.queues import QueuePoller
from sandbox.stack import Options, Sandbox, open_sandbox

EVENTS_OF_AN_INVOICE: Final = 10
"""Webhooks of an invoice that is charged and paid at once (`lives.py`)."""


@dataclass(frozen=True, slots=True)
class Drained:
    """What became of a full queue: webhooks, those dealt with in a second of processor time (moto's
    included), those lost, and the bytes that Dunwell's code holds at the end more than a fifth earlier."""

    webhooks: int
    per_second: float
    lost: int
    grown: int


def drain(webhooks: int) -> Drained:
    """Enqueues about so many webhooks of paid invoices, then has one worker take them all."""
    with open_sandbox(BEGIN, Options(settings=SETTINGS)) as sandbox:
        poller = next(one for one in sandbox.driver.queues if one.mapping.function == "EventProcessing")
        sandbox.driver.queues.remove(poller)
        _bill(sandbox, webhooks // EVENTS_OF_AN_INVOICE)
        sandbox.run_until(BEGIN + timedelta(hours=1, minutes=1))
        heard = _stored(sandbox)
        begun = time.process_time()
        _take(sandbox, poller, 7 * heard // 10)
        took = time.process_time() - begun
        dealt_with = heard - _stored(sandbox)
        tracemalloc.start()
        _take(sandbox, poller, heard // 10)
        before = _held()
        _take(sandbox, poller, 10 * heard)
        grown = _held() - before
        tracemalloc.stop()
        return Drained(heard, dealt_with / took, _stored(sandbox), grown)


def _stored(sandbox: Sandbox) -> int:
    """Webhooks that nobody has dealt with yet."""
    return sum(1 for row in sandbox.items("EventsTable") if row["state"] == "stored")


def _bill(sandbox: Sandbox, invoices: int) -> None:
    account = sandbox.account
    for number in range(invoices):
        customer = account.create_customer(email=f"c{number}@customer.example.com")
        account.attach_method(customer)
        account.finalize(account.create_invoice(customer, 4_900))


def _take(sandbox: Sandbox, poller: QueuePoller, most: int) -> int:
    """Batches, one after the other, until so many were taken or none is left. Returns how many were."""
    taken = 0
    while taken < most and (some := poller.advance(sandbox.driver.now())):
        taken += some
    return taken


def _held() -> int:
    """Bytes that were asked for in Dunwell's own code and are held still."""
    ours = tracemalloc.Filter(inclusive=True, filename_pattern="*/dunwell/*")
    held = tracemalloc.take_snapshot().filter_traces([ours])
    return sum(one.size for one in held.statistics("filename"))
