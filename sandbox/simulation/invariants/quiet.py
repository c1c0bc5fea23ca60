"""What must hold once faults have stopped and the queues are empty (E2, E3, M5b, R3, S1, S3, E7)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from dunwell.adapters.stripe_processor import EVENT_TYPES
from dunwell.domain.customers import MessageRecord, MessageState, WantedMessage
from dunwell.domain.payments import Origin, Outcome
from dunwell.heard_events import EventState
from dunwell.records import DueEntry, Facts

from sandbox.simulation.invariants.progress import is_pursued, method_of, retry_missed
from sandbox.simulation.invariants.published import (
    contradicted,
    missing,
    out_of_number,
    told_of,
    undelivered,
    unheard_mails,
    untimely,
)
from sandbox.simulation.invariants.report import miscounted
from sandbox.simulation.invariants.zones import zone_of
from sandbox.simulation.witness import OWN, ViolationError, Witness

LOOKED_AT_DAYS: Final = 7
IN_HAND: Final = (MessageState.PLANNED, MessageState.CLAIMED)
BORN_TOGETHER_S: Final = 7_200
REPAIRED_WITHIN: Final = timedelta(hours=24)
HELD_FOR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is stored at the end: facts, agenda, messages and events."""

    now: datetime
    facts: Mapping[str, Facts]
    due: Mapping[str, DueEntry]
    customers_due: Mapping[str, datetime]
    records: Mapping[str, tuple[MessageRecord, ...]]
    wanted: Mapping[str, tuple[str, ...]]
    events: Mapping[str, EventState]
    dead: frozenset[str]
    """Ids of events, and of webhooks (`<endpoint>/<event id>`), that lie in a dead-letter queue."""
    published: Sequence[Mapping[str, Any]] = ()
    """What was put on the bus, as its consumers read it, in that order."""
    untold: Mapping[str, int] | None = None
    """How many failures of each invoice came before it was first heard of; None where nobody knows."""
    taken: Sequence[tuple[str, Mapping[str, Any]]] = ()
    """What the owner's endpoints took, by their addresses."""
    given_up: frozenset[str] = frozenset()
    """The webhooks that were given up, as `<endpoint>/<event id>`."""
    sums: Sequence[tuple[date, str, Mapping[str, int]]] = ()
    """The report's sums, by day and section."""


def check_quiet(witness: Witness, snapshot: Snapshot) -> None:
    """Raises `ViolationError` for the first thing that does not hold."""
    checks = (
        _events,
        _states,
        _methods,
        _attempts,
        _agenda,
        _messages,
        _reminders,
        _retries,
        _published,
        _counted,
    )
    for check in checks:
        for invariant, seen in check(witness, snapshot):
            raise ViolationError(invariant, seen)


def _events(witness: Witness, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """E2, and E7: those that never arrived were asked for."""
    for event_id, event in witness.account.objects["event"].items():
        old = snapshot.now.timestamp() - event["created"] > REPAIRED_WITHIN.total_seconds()
        if old and event["type"] in EVENT_TYPES and event_id not in snapshot.events:
            yield "E7", f"nothing is known of {event_id}, a day later"
    for event_id, state in snapshot.events.items():
        if state is EventState.STORED and event_id not in snapshot.dead:
            yield "E2", f"{event_id} is neither applied nor a dead letter"


def _states(witness: Witness, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """E3 and E7: what is stored is the processor's truth, whatever was heard of it."""
    for invoice_id, invoice in witness.account.objects["invoice"].items():
        known = snapshot.facts.get(invoice_id)
        if known is None:
            if invoice["status"] == "open":
                yield "E7", f"{invoice_id} is open, and nothing is known of it"
            continue
        told = (known.invoice.status, known.invoice.amount_remaining.amount, known.invoice.amount_paid.amount)
        true = (invoice["status"], invoice["amount_remaining"], invoice["amount_paid"])
        if told != true:
            yield "E3", f"{invoice_id} is stored as {told}, and is {true}"
        charged = {a.charge_id for a in known.attempts if a.charge_id}
        missing = {c["id"] for c in witness.charges_of(invoice_id)} - charged
        if missing and invoice["status"] == "open":
            yield "E3", f"{sorted(missing)} on {invoice_id} are not known"


def _methods(witness: Witness, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """E3, of what would be charged next."""
    for invoice_id, facts in snapshot.facts.items():
        method = method_of(witness, invoice_id)
        if not facts.invoice.is_open or method is None or method["type"] != "card":
            continue
        born = facts.invoice.created_at.timestamp()
        if any(abs(changed - born) < BORN_TOGETHER_S for changed in _changes(witness, method)):
            continue  # the card came, or changed, as the invoice was first looked at: learnt at the next look
        told, card = facts.invoice.payment_method, method["card"]
        true = (method["id"], card["exp_year"])
        if told is None or (told.id, told.exp_year) != true:
            yield (
                "E3",
                f"{told.id if told else None} is stored as what {invoice_id} charges, and it is {true}",
            )


def _changes(witness: Witness, method: dict[str, Any]) -> Iterator[float]:
    """When a payment method came, and when the network renewed it."""
    yield method["created"]
    for event in witness.account.objects["event"].values():
        if event["type"].startswith("payment_method.") and event["data"]["object"]["id"] == method["id"]:
            yield event["created"]


def _attempts(witness: Witness, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """M5b: what was unknown is resolved, and as the processor has it."""
    for invoice_id, facts in snapshot.facts.items():
        keys = {witness.origins[c["id"]]: c for c in witness.charges_of(invoice_id)}
        for attempt in facts.attempts:
            if attempt.outcome is Outcome.UNKNOWN and facts.invoice.is_open:
                age = snapshot.now - attempt.started_at
                if age < timedelta(hours=23):
                    yield "M5b", f"{attempt.id} on {invoice_id} is unknown after {age}"
            charge = keys.get(f"{OWN}:{attempt.idempotency_key}")
            ended = attempt.charged and attempt.outcome is not Outcome.UNKNOWN
            if attempt.origin is Origin.DUNWELL and ended and charge is None and attempt.charge_id is None:
                yield "M5b", f"{attempt.id} on {invoice_id} is {attempt.outcome}, and made no charge"
            if attempt.origin is Origin.DUNWELL and charge is not None and attempt.charge_id != charge["id"]:
                yield (
                    "M5b",
                    f"{attempt.id} on {invoice_id} made {charge['id']}; stored is {attempt.charge_id}",
                )


def _agenda(witness: Witness, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """S1"""
    for invoice_id, facts in snapshot.facts.items():
        entry = snapshot.due.get(invoice_id)
        if facts.invoice.is_open and entry is None:
            yield "S1", f"{invoice_id} is open and has no entry in the agenda"
        if entry is not None and entry.due_at > snapshot.now + timedelta(days=LOOKED_AT_DAYS):
            yield "S1", f"{invoice_id} is not looked at before {entry.due_at}"
        unproven = any(a.outcome is Outcome.UNKNOWN for a in facts.attempts)
        if not facts.invoice.is_open and entry is not None and not unproven:
            yield "S1", f"{invoice_id} is {facts.invoice.status} and still in the agenda"
    for customer_id, keys in snapshot.wanted.items():
        done = {told.key for told in _told(snapshot.records.get(customer_id, ()))}
        if set(keys) - done and customer_id not in snapshot.customers_due:
            yield "S1", f"{customer_id} has wanted messages and no entry in the agenda"


def _told(records: Iterable[MessageRecord]) -> Iterator[MessageRecord | WantedMessage]:
    """All messages that records tell of: their own, and what a statement that may leave stands for."""
    for record in records:
        yield from record.messages if record.may_leave else (record,)


def _messages(_: Witness, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """R3"""
    for customer_id, records in snapshot.records.items():
        for record in records:
            if record.state in IN_HAND and snapshot.now - record.at > HELD_FOR:
                yield "R3", f"{record.key} of {customer_id} is {record.state} since {record.at}"


def _reminders(witness: Witness, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """R3, of reminders that nobody remembers: each that fell due has a record, sent or not."""
    policy = witness.settings.messages
    for invoice_id, invoice in witness.account.objects["invoice"].items():
        if invoice["collection_method"] != "send_invoice" or not is_pursued(witness, invoice_id):
            continue
        told = _told(snapshot.records.get(invoice["customer"], ()))
        known = {one.offset_days for one in told if one.invoice_id == invoice_id}
        zone = zone_of(witness, invoice["customer"])
        today = snapshot.now.astimezone(zone).date()
        due = datetime.fromtimestamp(invoice["due_date"], ZoneInfo(witness.settings.time_zone)).date()
        born = datetime.fromtimestamp(invoice["status_transitions"]["finalized_at"], zone).date()
        for offset in policy.reminder_offsets_days:
            first = due + timedelta(days=offset)
            over = first + timedelta(days=policy.grace_days + 1) < today
            rests = _rested(witness, invoice_id, first, policy.grace_days)
            if first >= born and over and offset not in known and not rests:
                yield "R3", f"nothing is known of reminder {offset:+d} of {invoice_id}"


def _rested(witness: Witness, invoice_id: str, first: date, grace_days: int) -> bool:
    """Whether a reminder's days met a promise or a dispute, so that it may never have been wanted."""
    grace = timedelta(days=grace_days + 1)
    return invoice_id in witness.unsure or any(
        said.at.date() - grace <= first
        and (said.until is None or first <= said.until.date() + timedelta(days=1))
        for said in witness.said.get(invoice_id, ())
        if said.choice in ("promise", "dispute")
    )


def _retries(witness: Witness, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """S3: late, perhaps, but made."""
    for invoice_id in witness.account.objects["invoice"]:
        missed = retry_missed(witness, invoice_id, snapshot.now)
        if missed is not None:
            yield "S3", missed


def _published(witness: Witness, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """N1, N2 and N3"""
    yield from (("N1", seen) for seen in out_of_number(snapshot.published))
    for invoice_id, facts in snapshot.facts.items():
        untold = snapshot.untold.get(invoice_id, 0) if snapshot.untold is not None else None
        told = told_of(invoice_id, snapshot.published)
        records = snapshot.records.get(facts.invoice.customer_id, ())
        for seen in (
            *missing(facts, told, untold),
            *untimely(facts, told, snapshot.now),
            *unheard_mails(invoice_id, told, records),
            *contradicted(told),
        ):
            yield "N2", seen
    webhooks = witness.settings.webhooks
    yield from (
        ("N3", seen)
        for seen in undelivered(
            webhooks, snapshot.published, snapshot.taken, snapshot.given_up, snapshot.dead, snapshot.now
        )
    )


def _counted(_: Witness, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """N4"""
    records = (record for of_customer in snapshot.records.values() for record in of_customer)
    yield from (("N4", seen) for seen in miscounted(snapshot.facts.values(), records, snapshot.sums))
