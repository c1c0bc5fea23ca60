"""What others are told: each change of an invoice under one id and number (N1), and none missing (N2)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dunwell.domain.payments import Origin, Outcome
from dunwell.records import Facts

Event = Mapping[str, Any]

CLOSED = {"paid": "invoice.paid", "void": "invoice.voided", "uncollectible": "invoice.marked_uncollectible"}


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


def missing(facts: Facts, published: Sequence[Event], untold: int | None) -> Iterator[str]:
    """What became of an invoice and is not told, or told more than once. `untold` failures came before it was
    first heard of; None where nobody knows how many."""
    invoice_id, status = facts.invoice.id, facts.invoice.status.value
    once = {event["id"]: event["type"] for event in published if event["data"]["invoice_id"] == invoice_id}
    told = Counter(once.values())
    if len(once) != facts.announced.count:
        yield f"{invoice_id}: {facts.announced.count} were announced, {len(once)} published"
    for name, kind in CLOSED.items():
        if told[kind] > 1 or (status == name and not told[kind]):
            yield f"{invoice_id} is {status}, and {kind} was published {told[kind]} times"
    failed, made = told["invoice.payment_failed"], declined(facts)
    if failed > made or (untold is not None and failed < made - untold):
        yield f"{invoice_id}: {made} attempts failed, {failed} were published"
