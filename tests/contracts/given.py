"""Facts, decisions and messages that the contracts are tried with."""

from dataclasses import dataclass, replace
from typing import Any

from dunwell.domain.customers import MessageKind, MessageRecord, MessageState, WantedMessage
from dunwell.domain.decision import Action, ActionKind, Decision
from dunwell.domain.invoices import PlannedRetry
from dunwell.domain.reasons import Reason
from dunwell.heard_events import HeardEvent
from dunwell.records import Facts

from tests.build import DAY_0, attempt, customer, day, invoice, own_attempt

WANTED = WantedMessage("in_1:reminder:+0", MessageKind.REMINDER, "in_1", day(1), day(3), 0)
DECISION = Decision(
    Action(ActionKind.ATTEMPT_PAYMENT, day(2), 1), day(2), (WANTED,), (Reason("retry_planned", "why"),)
)
RECORD = MessageRecord(WANTED.key, MessageKind.REMINDER, "in_1", MessageState.PLANNED, day(1), offset_days=0)
EVENT = HeardEvent("evt_1", "invoice.paid", DAY_0, invoice_id="in_1", body="{}")


@dataclass
class Stores:
    invoices: Any
    customers: Any
    events: Any
    rate: Any
    agenda: Any
    payments: Any
    lessons: Any
    pages: Any
    deliveries: Any
    tallies: Any
    forward: Any


def facts(**fields):
    kept = invoice(planned_retry=PlannedRetry(day(2), "basis", "why"))
    return replace(
        Facts(kept, (attempt(day(0)), own_attempt(1, day(1))), customer(), wanted=(WANTED,)), **fields
    )


def saved(stores, before=None, after=None, event_id=None):
    stores.invoices.save(before, after or facts(), DECISION, 1, event_id)
    return stores.invoices.load("in_1")
