"""What others are told: each change of an invoice under one id and number (N1), none missing (N2), and each
brought to every endpoint that wants it (N3)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from dunwell.domain.customers import Feedback, MessageKind, MessageRecord, MessageState
from dunwell.domain.payments import Origin, Outcome
from dunwell.domain.policies import Endpoint
from dunwell.records import Facts

Event = Mapping[str, Any]

ANNOUNCED_WITHIN: Final = timedelta(days=3)
"""A due date that has passed is announced the day after it; so much later at the latest, whatever failed."""

TRIED_FOR: Final = timedelta(days=2, hours=12)
"""Nothing that is younger may be given up: three days, less the last wait between two tries."""

CLOSED: Final = {
    "paid": "invoice.paid",
    "void": "invoice.voided",
    "uncollectible": "invoice.marked_uncollectible",
}


def declined(facts: Facts) -> int:
    """How many attempts on an invoice have failed, but the payer's own."""
    return sum(
        one.outcome is Outcome.DECLINED and one.charged and one.origin is not Origin.PAYER
        for one in facts.attempts
    )


def out_of_number(published: Sequence[Event]) -> Iterator[str]:
    """An id that tells two things, and a number that is missing or stands for two."""
    by_id: dict[str, Event] = {}
    numbers: dict[str, set[int]] = defaultdict(set)
    for event in published:
        if by_id.setdefault(event["id"], event) != event:
            yield f"{event['id']} tells {event['type']} and {by_id[event['id']]['type']}"
        numbers[event["data"]["invoice_id"]].add(event["number"])
    for invoice_id, found in numbers.items():
        if found != set(range(1, len(found) + 1)):
            yield f"{invoice_id}: the numbers are {sorted(found)}"
    if len(by_id) != sum(map(len, numbers.values())):
        yield "two ids bear one number"


def told_of(invoice_id: str, published: Sequence[Event]) -> list[Event]:
    """What was published of an invoice, in its order, each once."""
    once = {event["number"]: event for event in published if event["data"]["invoice_id"] == invoice_id}
    return [once[number] for number in sorted(once)]


def missing(facts: Facts, told: Sequence[Event], untold: int | None) -> Iterator[str]:
    """What became of an invoice and is not told, or told more than once. `untold` failures came before it was
    first heard of; None where nobody knows how many."""
    invoice_id, status, word = facts.invoice.id, facts.invoice.status.value, facts.invoice.word
    types = Counter(event["type"] for event in told)
    if len(told) != facts.announced.count:
        yield f"{invoice_id}: {facts.announced.count} were announced, {len(told)} published"
    for name, kind in CLOSED.items():
        if types[kind] > 1 or (status == name and not types[kind]):
            yield f"{invoice_id} is {status}, and {kind} was published {types[kind]} times"
    failed, made = types["invoice.payment_failed"], declined(facts)
    if failed > made or (untold is not None and failed < made - untold):
        yield f"{invoice_id}: {made} attempts failed, {failed} were published"
    if types["invoice.promise_made"] != len(word.promises):
        yield f"{invoice_id}: {len(word.promises)} promises, {types['invoice.promise_made']} published"
    if types["invoice.promise_broken"] > len(word.promises):
        yield f"{invoice_id}: more promises were broken than made"
    if word.dispute is not None and not types["invoice.disputed"]:
        yield f"{invoice_id} is disputed, and nobody was told"


def untimely(facts: Facts, told: Sequence[Event], now: datetime) -> Iterator[str]:
    """A due date that passed without being announced, or was announced twice."""
    invoice, due_at = facts.invoice, facts.invoice.due_at
    passed = due_at is not None and invoice.is_open and now - due_at > ANNOUNCED_WITHIN
    if passed and not any(name.startswith("overdue ") for name in facts.announced.occasions):
        yield f"{invoice.id} is overdue since {due_at}, and was not announced"
    for kind in ("will_be_due", "overdue"):
        published = sum(event["type"] == f"invoice.{kind}" for event in told)
        if published > sum(name.startswith(f"{kind} ") for name in facts.announced.occasions):
            yield f"{invoice.id}: {kind} was published {published} times"


def unheard_mails(invoice_id: str, told: Sequence[Event], records: Iterable[MessageRecord]) -> Iterator[str]:
    """A reminder that was sent, or a mail that came back, of which nobody was told, or told too often. One
    that the mail service refused after taking it was told as sent."""
    about = [(one, of) for of in records for one in of.messages if one.invoice_id == invoice_id]
    reminders = [of for one, of in about if one.kind is MessageKind.REMINDER]
    sent = sum(event["type"] == "invoice.reminder_sent" for event in told)
    left = sum(of.state is MessageState.SENT for of in reminders)
    taken = sum(of.state is MessageState.SENT or of.ses_message_id is not None for of in reminders)
    if not left <= sent <= taken:
        yield f"{invoice_id}: {left} reminders were sent, {sent} published"
    came_back = sum(event["type"] == "invoice.message_bounced" for event in told)
    bad = sum(of.feedback in (Feedback.BOUNCED, Feedback.COMPLAINED) for _, of in about)
    if not bad <= came_back <= 2 * len(about):
        yield f"{invoice_id}: {bad} mails came back, {came_back} published"


def contradicted(told: Sequence[Event]) -> Iterator[str]:
    """An event whose state says otherwise than its type, or than those before it."""
    failures = [event["data"] for event in told if event["type"] == "invoice.payment_failed"]
    numbers = [data["attempt_count"] for data in failures]
    if numbers != sorted(set(numbers)):
        yield f"{failures[0]['invoice_id']}: the failures are numbered {numbers}"
    for event in told:
        data = event["data"]
        closed = {kind: name for name, kind in CLOSED.items()}.get(event["type"])
        if closed is not None and data["status"] != closed:
            yield f"{event['id']} is {event['type']}, and says {data['status']}"
        if data["status"] in CLOSED and data["next_payment_attempt"] is not None:
            yield f"{event['id']} is {data['status']}, and tells a next payment attempt"


def undelivered(
    endpoints: Iterable[Endpoint],
    published: Sequence[Event],
    taken: Iterable[tuple[str, Event]],
    given_up: Collection[str],
    dead: Collection[str],
    now: datetime,
) -> Iterator[str]:
    """An event that an endpoint wants and has not, though it was not tried for long and is no dead letter;
    and one that it never asked for, or that tells something else than what was published."""
    by_id, had = {event["id"]: event for event in published}, defaultdict[str, set[str]](set)
    wanted_at = {one.url: one for one in endpoints}
    for url, event in taken:
        had[url].add(event["id"])
        if by_id.get(event["id"]) != event:
            yield f"{url} was told of {event['id']} otherwise than the bus"
        if url not in wanted_at or not _asked_for(wanted_at[url], event):
            yield f"{url} was told of {event['id']}, a {event['type']}, and never asked for it"
    for url, endpoint in wanted_at.items():
        for name, event in by_id.items():
            told = f"{endpoint.name}/{name}"
            if not _asked_for(endpoint, event) or name in had[url] or told in dead:
                continue
            age = now - datetime.fromisoformat(event["timestamp"])
            if told not in given_up:
                yield f"{endpoint.name} was never told of {name}"
            elif age < TRIED_FOR:
                yield f"{name} was given up for {endpoint.name} after {age}"


def _asked_for(endpoint: Endpoint, event: Event) -> bool:
    return not endpoint.events or event["type"] in endpoint.events
