"""The open book as the console shows it: which state each invoice is in, how many and how much."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final

from dunwell.domain.money import Money

from sandbox.owner.amounts import written
from sandbox.owner.door import Door

Json = dict[str, Any]

STATES: Final = {
    "in_retry": "in retry",
    "past_due": "past due",
    "at_rest": "at rest",
    "observed": "only observed",
    "other": "waiting",
}

_AT_REST: Final = frozenset({"disputed", "paused", "promised"})
_OBSERVED: Final = frozenset({"observe_mode", "open_before_activation", "kept_out", "not_handed_over"})


READ_MAX: Final = 5_000
"""Open invoices that one page of the console reads; of a larger book it shows a part, and says so."""


@dataclass(frozen=True, slots=True)
class Row:
    """One open invoice; `next_at` is when something is next done about it (ISO 8601, UTC)."""

    invoice_id: str
    number: str
    customer_id: str
    state: str
    amount: Money
    next_what: str
    next_at: str
    why: str

    def matches(self, asked: str) -> bool:
        told = (self.invoice_id, self.number, self.customer_id, STATES[self.state])
        return any(asked.lower() in one.lower() for one in told)


@dataclass(frozen=True, slots=True)
class Book:
    """The open invoices, all of them where the book `is_whole`, and what was recovered this month, by
    currency."""

    rows: tuple[Row, ...]
    recovered: tuple[Money, ...]
    is_whole: bool = True

    def counted(self) -> Iterator[tuple[str, int, str]]:
        """Each state with its name, how many invoices are in it and how much is open."""
        for state, name in STATES.items():
            of_it = [row for row in self.rows if row.state == state]
            if of_it:
                yield name, len(of_it), summed(row.amount for row in of_it)


def read_book(door: Door, today: date) -> Book:
    """The book, part by part and page by page, of a large one `READ_MAX` invoices."""
    told = door.ask("book", since=today.replace(day=1).isoformat())
    lines = list(islice(_lines(door, told["parts"]), READ_MAX + 1))
    rows = sorted(
        (_row(line, today) for line in lines[:READ_MAX]),
        key=lambda row: (row.next_at or "9", row.invoice_id),
    )
    recovered = tuple(Money(amount, code) for code, amount in sorted(told["recovered"].items()))
    return Book(tuple(rows), recovered, is_whole=len(lines) <= READ_MAX)


def _lines(door: Door, parts: Iterable[str]) -> Iterator[Json]:
    for part in parts:
        after: str | None = None
        while True:
            page = door.ask("book", part=part, **({"after": after} if after else {}))
            yield from page["lines"]
            after = page["after"]
            if after is None:
                break


def summed(amounts: Iterable[Money]) -> str:
    total: Counter[str] = Counter()
    for money in amounts:
        total[money.currency] += money.amount
    return ", ".join(written(Money(amount, code)) for code, amount in sorted(total.items())) or "-"


def _row(line: Json, today: date) -> Row:
    invoice, entry = line["invoice"], line.get("entry") or {}
    action = entry.get("next_action") or {}
    reasons = entry.get("reasons", ())
    left = invoice["amount_remaining"]
    return Row(
        invoice["id"],
        invoice.get("number") or "",
        invoice["customer_id"],
        _state(invoice, action, {reason["rule"] for reason in reasons}, today),
        Money(left["amount"], left["currency"]),
        action.get("kind", "").replace("_", " "),
        action.get("at", ""),
        reasons[0]["text"] if reasons else "",
    )


def _state(invoice: Json, action: Json, rules: set[str], today: date) -> str:
    if rules & _OBSERVED:
        return "observed"
    if rules & _AT_REST:
        return "at_rest"
    if action.get("kind") in ("attempt_payment", "resolve_attempt"):
        return "in_retry"
    due = invoice.get("due_at") or invoice.get("finalized_at") or invoice["created_at"]
    return "past_due" if date.fromisoformat(due[:10]) < today else "other"
