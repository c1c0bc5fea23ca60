"""How an invoice lies in its rows: facts, decisions, attempts with their entries in a card's window."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dunwell.adapters.codec import dumps, loads
from dunwell.adapters.indexes import due_partition, sortable
from dunwell.adapters.packing import Kind, pack, unpack
from dunwell.adapters.tables import CardRow, InvoiceRow
from dunwell.domain.announcements import Announced
from dunwell.domain.customers import WantedMessage
from dunwell.domain.decision import Action, ActionKind
from dunwell.domain.invoices import Invoice
from dunwell.domain.limits import CARD_WINDOW
from dunwell.domain.payments import Attempt
from dunwell.history import LedgerEntry
from dunwell.records import WORKER_OF, Facts, PublishedEvent, attempt_key, card_key, lane_of

PUBLISHED: Final = "published#"
"""What the part of an event's row begins with; it sorts behind `facts`, so that nobody reads it with them."""

PUBLISHED_KEPT: Final = timedelta(days=35)
"""So long an event can be looked up."""

CARD_ROWS_KEPT: Final = CARD_WINDOW + timedelta(days=5)


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """What lies packed in the main row."""

    invoice: Invoice
    wanted: tuple[WantedMessage, ...] = ()

    @classmethod
    def read(cls, row: InvoiceRow) -> "StoredFacts":
        return loads(unpack(row.packed) if row.packed else row.body or "", cls)

    def actions(self) -> Iterator[Any]:
        """What writes it."""
        yield InvoiceRow.packed.set(pack(dumps(self), Kind.INVOICE_FACTS))
        yield InvoiceRow.body.remove()


def in_substance(entry: LedgerEntry) -> LedgerEntry:
    """A decision without what changes at every look: its own time, and when "look again" is."""
    action = entry.next_action
    if action is not None and action.kind is ActionKind.LOOK_AGAIN:
        action = replace(action, at=datetime(1970, 1, 1, tzinfo=UTC))
    return replace(entry, at=datetime(1970, 1, 1, tzinfo=UTC), next_action=action)


def agenda_actions(invoice_id: str, action: Action | None) -> Iterator[Any]:
    """The one entry of the invoice in the due index; a closed invoice has none."""
    if action is None:
        yield from (
            attribute.remove()
            for attribute in (
                InvoiceRow.due_lane,
                InvoiceRow.due_at,
                InvoiceRow.planned_at,
                InvoiceRow.worker,
            )
        )
        return
    yield InvoiceRow.due_lane.set(due_partition(lane_of(action.kind), invoice_id))
    yield InvoiceRow.due_at.set(action.at)
    yield InvoiceRow.planned_at.set(action.at)
    yield InvoiceRow.worker.set(WORKER_OF[action.kind].value)


def attempt_rows(before: Facts | None, after: Facts) -> list[Any]:
    """The rows of attempts that are new or changed, each with its entry in the card's window; our own,
    the last ones made, come first."""
    known = {attempt.id: attempt for attempt in before.attempts} if before else {}
    changed = [attempt for attempt in after.attempts if known.get(attempt.id) != attempt]
    rows: list[Any] = []
    for attempt in sorted(changed, key=lambda attempt: (attempt.number is None, attempt.id)):
        rows.append(InvoiceRow(after.invoice.id, f"attempt#{attempt.id}", body=dumps(attempt)))
        rows += _card_rows(after, attempt)
    return rows


def announced_actions(announced: Announced) -> list[Any]:
    """What keeps how much was announced of an invoice."""
    occasions = json.dumps(announced.occasions, separators=(",", ":"))
    return [InvoiceRow.announced.set(announced.count), InvoiceRow.occasions.set(occasions)]


def announced_in(row: InvoiceRow) -> Announced:
    """What `announced_actions` keep."""
    return Announced(int(row.announced or 0), tuple(json.loads(row.occasions or "[]")))


def published_rows(events: Iterable[PublishedEvent]) -> list[InvoiceRow]:
    """The row of each event to publish: writing it is what has the table's stream tell of it."""
    return [
        InvoiceRow(
            event.invoice_id,
            f"{PUBLISHED}{event.number:08d}",
            body=dumps(event),
            expires_at=event.at + PUBLISHED_KEPT,
        )
        for event in events
    ]


def _card_rows(facts: Facts, attempt: Attempt) -> list[CardRow]:
    """An attempt's entry in its card's window, if it has one."""
    if attempt.method is None or not attempt.charged:
        return []
    key = f"{sortable(attempt.last_asked_at)}#{attempt_key(facts.invoice.id, attempt)}"
    return [CardRow(card_key(attempt.method), key, expires_at=attempt.last_asked_at + CARD_ROWS_KEPT)]


def gone_rows(before: Facts | None, after: Facts) -> list[Any]:
    """The rows of what is told otherwise now: a foreign attempt that turned out to be ours, and entries in
    the window of a card that an attempt never reached after all."""
    kept = {attempt.id for attempt in after.attempts}
    counted = {_key(row) for attempt in after.attempts for row in _card_rows(after, attempt)}
    rows: list[Any] = []
    for attempt in before.attempts if before else ():
        if attempt.id not in kept:
            rows.append(InvoiceRow(after.invoice.id, f"attempt#{attempt.id}"))
        rows += [row for row in _card_rows(after, attempt) if _key(row) not in counted]
    return rows


def _key(row: CardRow) -> tuple[str, str]:
    return row.card, row.attempt
