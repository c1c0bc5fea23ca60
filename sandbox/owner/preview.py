"""`dunwell preview`: what changed settings would add, drop or move over the whole book."""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from dunwell.domain.limits import ATTEMPTS_PER_HOUR_MAX
from dunwell.domain.money import Money
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from sandbox.owner.door import Door
from sandbox.owner.settings_file import read_file, settings_of

CUSTOMERS_AT_ONCE: Final = 25
MOVED_MIN: Final = timedelta(minutes=1)
"""What is done by less later or earlier is not moved: new settings are decided on a moment later."""

DEEDS: Final = {
    "charge": "charges",
    "mail": "mails",
    "credit": "shortfalls credited",
    "mark_uncollectible": "invoices given up",
}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that would be done, at an instant (UTC)."""

    at: datetime
    deed: str
    customer_id: str
    invoice_id: str
    what: str
    amount: Money

    @property
    def name(self) -> tuple[str, str, str]:
        """What makes it the same thing under other settings: a reminder of its own day, the first, second
        and further mail of another kind, whichever attempt it tells of."""
        kind = self.what.partition(":")[0]
        told_by_day = self.deed != "mail" or kind == "reminder"
        return self.deed, self.invoice_id, self.what if told_by_day else kind


@dataclass(slots=True)
class Difference:
    """What changed settings do otherwise: `moved` are pairs, before and after."""

    before: list[Entry] = field(default_factory=list)
    after: list[Entry] = field(default_factory=list)
    added: list[Entry] = field(default_factory=list)
    dropped: list[Entry] = field(default_factory=list)
    moved: list[tuple[Entry, Entry]] = field(default_factory=list)
    attempts_per_hour: int = ATTEMPTS_PER_HOUR_MAX

    @property
    def crowded(self) -> tuple[int, datetime, int] | None:
        """How many clock hours (UTC) hold more charges than the circuit breaker admits, the fullest of them,
        and how many it holds; None where none does."""
        hours = Counter(
            one.at.replace(minute=0, second=0, microsecond=0) for one in _of(self.after, "charge")
        )
        full = {hour: count for hour, count in hours.items() if count > self.attempts_per_hour}
        if not full:
            return None
        fullest = max(full, key=lambda hour: (full[hour], hour))
        return len(full), fullest, full[fullest]

    @property
    def share(self) -> float:
        """Of all that would be done, how much is done otherwise: from 0 to 1."""
        whole = len(self.before) + len(self.added)
        return (len(self.added) + len(self.dropped) + len(self.moved)) / whole if whole else 0.0


def run_preview(door: Door, path: Path, days: int, ways: "Ways", console: Console) -> int:
    """Prints the difference that a file would make. Raises `ValueError`, which says what to do."""
    found = previewed(door, path, days, console)
    if ways.as_json:
        sys.stdout.write(json.dumps(_plain(found), indent=2) + "\n")
        return 0
    _print(found, days, console)
    if ways.by_customer:
        _print_customers(found, console)
    if ways.page is not None:
        from sandbox.owner.preview_page import write_page

        console.print(
            f"to look at: {write_page(ways.page, path, days, found)}", highlight=False, soft_wrap=True
        )
    return 0


@dataclass(frozen=True, slots=True)
class Ways:
    """How a preview is told: by customer as well, as JSON, as a page (its folder)."""

    by_customer: bool = False
    as_json: bool = False
    page: Path | None = None


def previewed(door: Door, path: Path, days: int, console: Console) -> Difference:
    """The difference that a settings file would make within so many days. Raises `SettingsFileError`."""
    file = read_file(path)
    settings = settings_of(file)
    found = difference(door, file.plain, days, console)
    found.attempts_per_hour = settings.attempts_per_hour
    return found


def difference(door: Door, document: Any, days: int, console: Console) -> Difference:
    """The difference that a document would make within so many days."""
    customers = list(_customers(door))
    before: list[Entry] = []
    after: list[Entry] = []
    groups = [customers[n : n + CUSTOMERS_AT_ONCE] for n in range(0, len(customers), CUSTOMERS_AT_ONCE)]
    for group in track(groups, f"Looking {days} days ahead", console=console, transient=True):
        told = door.ask("preview", customers=group, days=days, document=document)["customers"]
        for customer_id, outlooks in told.items():
            before += _entries(customer_id, outlooks["now"])
            after += _entries(customer_id, outlooks["new"])
    return compared(before, after)


def compared(before: list[Entry], after: list[Entry]) -> Difference:
    """What is added, dropped or moved. Of the same thing, the first is compared with the first."""
    found = Difference(before, after)
    olds, news = _named(before), _named(after)
    for name in dict.fromkeys([*olds, *news]):
        old, new = olds.get(name, []), news.get(name, [])
        found.moved += [(a, b) for a, b in zip(old, new, strict=False) if abs(b.at - a.at) > MOVED_MIN]
        found.dropped += old[len(new) :]
        found.added += new[len(old) :]
    return found


def _named(entries: Iterable[Entry]) -> dict[tuple[str, str, str], list[Entry]]:
    named: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda one: one.at):
        named[entry.name].append(entry)
    return named


def _customers(door: Door) -> Iterator[str]:
    """All customers of whom something lies in the agenda, each once."""
    seen: set[str] = set()
    for part in door.ask("preview.customers")["parts"]:
        after: str | None = None
        while True:
            page = door.ask("preview.customers", part=part, **({"after": after} if after else {}))
            fresh = [one for one in page["customers"] if one not in seen]
            seen.update(fresh)
            yield from fresh
            after = page["after"]
            if after is None:
                break


def _entries(customer_id: str, told: Iterable[Json]) -> Iterator[Entry]:
    for one in told:
        amount = Money(one["amount"]["amount"], one["amount"]["currency"])
        at = datetime.fromisoformat(one["at"])
        yield Entry(at, one["deed"], customer_id, one["invoice_id"], one["what"], amount)


def rows(found: Difference) -> Iterator[tuple[str, list[str]]]:
    """A row for each kind of deed: how often and how much now, with the file, and what is otherwise."""
    for deed, name in DEEDS.items():
        now, new = _of(found.before, deed), _of(found.after, deed)
        if now or new:
            otherwise = [len(_of(found.added, deed)), len(_of(found.dropped, deed))]
            moved = sum(old.deed == deed for old, _ in found.moved)
            yield name, [str(len(now)), sums(now), str(len(new)), sums(new), *map(str, [*otherwise, moved])]


def _of(entries: Iterable[Entry], deed: str) -> list[Entry]:
    return [entry for entry in entries if entry.deed == deed]


def sums(entries: Iterable[Entry]) -> str:
    """The amounts by currency, each invoice of a deed once: it is not collected twice."""
    once = {(entry.deed, entry.invoice_id): entry.amount for entry in entries}
    total: Counter[str] = Counter()
    for money in once.values():
        total[money.currency] += money.amount
    return ", ".join(f"{Money(amount, code).major} {code.upper()}" for code, amount in sorted(total.items()))


def crowds(found: Difference) -> str | None:
    """A sentence where more charges fall together than the circuit breaker admits in an hour."""
    crowded = found.crowded
    if crowded is None:
        return None
    hours, fullest, count = crowded
    most = f"{fullest:%Y-%m-%d %H:%M} UTC with {count} charges"
    return (
        f"in {hours} clock hours there are more charges than attempts_per_hour admits "
        f"({found.attempts_per_hour}), most from {most}: what is too much is made later than told here"
    )


COLUMNS: Final = ("", "now", "amount", "with the file", "amount", "added", "dropped", "moved")


def _print(found: Difference, days: int, console: Console) -> None:
    table = Table(title=f"The next {days} days, if every payment failed", title_justify="left")
    for number, name in enumerate(COLUMNS):
        table.add_column(name, justify="left" if number == 0 else "right")
    for name, cells in rows(found):
        table.add_row(name, *cells)
    console.print(table)
    console.print(f"{found.share:.0%} of what would be done is done otherwise", highlight=False)
    crowd = crowds(found)
    if crowd is not None:
        console.print(crowd, style="yellow", highlight=False, soft_wrap=True)


def _print_customers(found: Difference, console: Console) -> None:
    table = Table(title="What is otherwise (times are UTC)", title_justify="left")
    for name in ("customer", "invoice", "what", "now", "with the file"):
        table.add_column(name, overflow="fold")
    for old, new in changes(found):
        one = old or new
        if one is not None:
            table.add_row(one.customer_id, one.invoice_id, Text(told(one)), when(old), when(new))
    console.print(table)


def changes(found: Difference) -> list[tuple[Entry | None, Entry | None]]:
    """All that is otherwise, by customer and time: (before, after), None where there is nothing."""
    moved: list[tuple[Entry, Entry | None, Entry | None]] = [(new, old, new) for old, new in found.moved]
    dropped = [(entry, entry, None) for entry in found.dropped]
    added = [(entry, None, entry) for entry in found.added]
    listed = sorted(
        [*moved, *dropped, *added], key=lambda one: (one[0].customer_id, one[0].at, one[0].invoice_id)
    )
    return [(old, new) for _, old, new in listed]


def told(entry: Entry) -> str:
    return f"{entry.deed.replace('_', ' ')} {entry.what}".strip()


def when(entry: Entry | None) -> str:
    return f"{entry.at:%Y-%m-%d %H:%M}" if entry is not None else "-"


def _plain(found: Difference) -> Json:
    def plain(entry: Entry) -> Mapping[str, Any]:
        amount = {"amount": entry.amount.amount, "currency": entry.amount.currency}
        return {
            "at": entry.at.isoformat(),
            "deed": entry.deed,
            "customer_id": entry.customer_id,
            "invoice_id": entry.invoice_id,
            "what": entry.what,
            "amount": amount,
        }

    return {
        "share": round(found.share, 4),
        "before": list(map(plain, found.before)),
        "after": list(map(plain, found.after)),
        "added": list(map(plain, found.added)),
        "dropped": list(map(plain, found.dropped)),
        "moved": [{"before": plain(old), "after": plain(new)} for old, new in found.moved],
    }
