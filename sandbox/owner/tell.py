"""`dunwell tell`: tells events of a deployed stack again, on its bus or to one endpoint, under their own ids.

It works on an AWS account, with its caller's own credentials.
"""

from collections.abc import Sequence
from typing import Final

from dunwell.adapters.clock import SystemClock
from dunwell.adapters.event_bus import EventBridgeBus
from dunwell.adapters.invoice_store import published_event
from dunwell.adapters.settings_store import DynamoSettingsStore
from dunwell.domain.deliveries import delivery_id
from dunwell.observability import PowertoolsTelling
from dunwell.records import PublishedEvent, event_of
from dunwell.settings import read_settings
from rich.console import Console

from sandbox.owner.deployed import AWS_CONFIG, Account, advising, bind_table, physical_ids
from sandbox.owner.webhooks import deliver

_RIGHTS: Final = (
    "you need cloudformation:ListStackResources, on the stack's tables of invoices and settings "
    "dynamodb:GetItem and dynamodb:Query, events:PutEvents on its bus, and for an --endpoint sqs:SendMessage "
    "on the queue of webhook_delivery"
)


def run_tell(account: Account, ids: Sequence[str], endpoint: str | None, console: Console) -> int:
    """Puts the events on the bus again, or sends them to an endpoint. All of them must be there. Returns the
    exit code. Raises `ValueError`, which says what to do."""
    with advising(_RIGHTS):
        bind_table(account, "InvoicesTable")
        events = [_event(id_) for id_ in ids]
        if endpoint is None:
            bus = _bus(account)
            for event in events:
                bus.put(event)
        else:
            _check(account, endpoint)
            deliver(account, [delivery_id(endpoint, event.id) for event in events])
    how = (
        "told again"
        if endpoint is None
        else f"enqueued for {endpoint}, unless its next try is planned already"
    )
    for event in events:
        console.print(f"{event.id} {event.type} {how}", highlight=False)
    return 0


def _event(id_: str) -> PublishedEvent:
    try:
        event = published_event(*event_of(id_))
    except ValueError:
        raise ValueError(
            f"{id_} is no id of an event: they are like in_1:3, the invoice and the number"
        ) from None
    if event is None:
        raise ValueError(f"there is no event {id_}: each is kept for 35 days")
    return event


def _check(account: Account, endpoint: str) -> None:
    bind_table(account, "SettingsTable")
    newest = DynamoSettingsStore(SystemClock(), PowertoolsTelling("dunwell")).newest()
    there = [one.name for one in read_settings(newest.body, newest.version).webhooks] if newest else []
    if endpoint not in there:
        raise ValueError(f"your settings have no webhook {endpoint}; there are {', '.join(there) or 'none'}")


def _bus(account: Account) -> EventBridgeBus:
    session = account.session()
    client = session.client("cloudformation", config=AWS_CONFIG)
    buses = physical_ids(client, account.stack, "AWS::Events::EventBus")
    if "EventsOut" not in buses:
        raise ValueError(f"the stack {account.stack} has no bus EventsOut: is it Dunwell's?")
    return EventBridgeBus(session.client("events", config=AWS_CONFIG), buses["EventsOut"])
