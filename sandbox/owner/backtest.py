"""`dunwell backtest`: what a settings file would have done with the failures of the past, and what would have
come of it: an estimate with its interval and its limits."""

import json
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from dunwell.adapters.payment_store import RECORDS_KEPT
from dunwell.domain.money import Money
from dunwell.domain.smart_retries.off_policy import Estimate
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from sandbox.owner.door import Door
from sandbox.owner.settings_file import read_file, settings_of

COUNTED: Final = {"charge": "retries", "mail": "mails", "mark_uncollectible": "given up"}

FEW: Final = 30
"""Of fewer customers no interval is told, and no difference called one."""

SHARED_MIN: Final = 0.5
"""Where the first retry of fewer could have been the one that was made, nothing is claimed: the rest is what
the model believes."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """What was found: each invoice as the operation tells it, of how many too little is known, the days."""

    invoices: Sequence[Json]
    untold: int
    since: date
    until: date

    @property
    def shared(self) -> float:
        """Of how many the first retry could have been the one that was made: from 0 to 1."""
        return sum(bool(one["shared"]) for one in self.invoices) / max(1, len(self.invoices))


def run_backtest(door: Door, path: Path, since: date, console: Console, *, as_json: bool) -> int:
    """Prints what a file would have done since a day (UTC). Raises `ValueError`, which says what to do."""
    past = told_again(door, path, since, console)
    if as_json:
        sys.stdout.write(json.dumps(_plain(past, path), indent=2) + "\n")
        return 0
    _print(past, path, console)
    return 0


def told_again(door: Door, path: Path, since: date, console: Console) -> Past:
    """All that failed since a day (UTC), and has come to its end, told again with a file."""
    file = read_file(path)
    settings_of(file)
    asked = {"document": file.plain}
    oldest = datetime.now(UTC).date() - RECORDS_KEPT
    if since < oldest:
        raise ValueError(
            f"attempts are kept for {RECORDS_KEPT.days} days; name a day from {oldest} on with --since"
        )
    until = date.fromisoformat(door.ask("backtest", day=f"{since}", **asked)["last_day"])
    if until < since:
        told = f"what failed after {until} may still be retried; name a day up to then with --since"
        raise ValueError(told)
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    found: list[Json] = []
    untold = 0
    for day in track(days, "Telling the past again", console=console, transient=True):
        for page in _pages(door, day, asked):
            found += page["invoices"]
            untold += page["untold"]
    return Past(found, untold, since, until)


def _pages(door: Door, day: date, asked: Mapping[str, Any]) -> Iterator[Json]:
    for part in door.ask("backtest", day=f"{day}", **asked)["parts"]:
        after: str | None = None
        while True:
            page = door.ask("backtest", part=part, after=after, **asked)
            yield page
            after = page["after"]
            if after is None:
                break


def estimated(invoices: Sequence[Json]) -> Estimate:
    """The share of some invoices that retries would have recovered."""
    return _by_customer(invoices, lambda one: one["estimate"])


def gained(invoices: Sequence[Json]) -> Estimate:
    """How much larger it would have been than it was."""
    return _by_customer(invoices, lambda one: one["estimate"] - one["recovered"])


def _by_customer(invoices: Sequence[Json], of: Callable[[Json], float]) -> Estimate:
    """A mean over invoices, with the error of one whose customers each stand for themselves: invoices of one
    customer are alike (the linearised variance of a mean of clusters)."""
    mean = sum(map(of, invoices)) / max(1, len(invoices))
    off: dict[str, float] = defaultdict(float)
    for one in invoices:
        off[one["customer_id"]] += of(one) - mean
    count = len(off)
    if count < FEW:
        return Estimate(mean, math.inf, len(invoices))
    spread = math.fsum(each * each for each in off.values()) * count / (count - 1)
    return Estimate(mean, math.sqrt(spread) / len(invoices), len(invoices))


def amounts(invoices: Sequence[Json]) -> dict[str, tuple[Money, Estimate]]:
    """By currency: what retries recovered, and what they would have, in minor units."""
    by_currency: dict[str, list[Json]] = defaultdict(list)
    for one in invoices:
        by_currency[one["amount"]["currency"]].append(one)
    return {
        code: (
            Money(sum(one["amount"]["amount"] for one in found if one["recovered"]), code),
            _summed(_by_customer(found, lambda one: one["amount"]["amount"] * one["estimate"])),
        )
        for code, found in sorted(by_currency.items())
    }


def _summed(mean: Estimate) -> Estimate:
    return Estimate(mean.value * mean.choices, mean.error * mean.choices, mean.choices)


def verdict(past: Past) -> str:
    """What may be said of the difference."""
    gain = gained(past.invoices)
    told = f"{gain.value:+.1%} of the invoices"
    if past.shared < SHARED_MIN:
        return (
            f"{told}, which is mostly what was learnt and hardly what was seen: no difference can be claimed"
        )
    if not math.isfinite(gain.error):
        return f"{told}: too few customers to tell (fewer than {FEW})"
    within = f"{told} (95 %: {gain.low:+.1%} to {gain.high:+.1%})"
    if gain.low > 0:
        return f"{within}: more"
    return f"{within}: fewer" if gain.high < 0 else f"{within}: too close to tell"


def _print(past: Past, path: Path, console: Console) -> None:
    if not past.invoices:
        told = f"no payment failed from {past.since} to {past.until}; what failed later may still be retried"
        console.print(told, highlight=False, soft_wrap=True)
        return
    title = f"{len(past.invoices)} invoices whose payment failed from {past.since} to {past.until}"
    table = Table("", title=title, title_justify="left")
    for name in ("as it was", f"with {path.name}"):
        table.add_column(Text(name), justify="right")
    for name, was, would in rows(past.invoices):
        table.add_row(name, was, would)
    console.print(table)
    console.print(f"recovered by retries: {verdict(past)}", highlight=False, soft_wrap=True)
    _print_automations(past.invoices, path, console)
    for limit in limits(past, path):
        console.print(f"- {limit}", highlight=False, soft_wrap=True)


def rows(invoices: Sequence[Json]) -> Iterator[tuple[str, str, str]]:
    """What is told of some invoices: its name, as it was, and as it would have been."""
    recovered = sum(one["recovered"] for one in invoices)
    yield "recovered by retries", f"{recovered / len(invoices):.1%}", _share(estimated(invoices))
    for code, (was, would) in amounts(invoices).items():
        yield f"in {code.upper()}", str(was.major), _amount(would, code)
    for deed, name in COUNTED.items():
        done, told = (sum(one[which].get(deed, 0) for one in invoices) for which in ("done", "would"))
        yield name, str(done), str(told)


def _share(estimate: Estimate) -> str:
    value = _within(estimate.value)
    if not math.isfinite(estimate.error):
        return f"{value:.1%}"
    return f"{value:.1%} ({_within(estimate.low):.1%} to {_within(estimate.high):.1%})"


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))


def _amount(estimate: Estimate, code: str) -> str:
    def major(minor: float) -> str:
        return str(Money(max(0, round(minor)), code).major)

    if not math.isfinite(estimate.error):
        return major(estimate.value)
    return f"{major(estimate.value)} ({major(estimate.low)} to {major(estimate.high)})"


def _print_automations(invoices: Sequence[Json], path: Path, console: Console) -> None:
    """Each automation's invoices, where any applies."""
    found: dict[str, list[Json]] = defaultdict(list)
    for one in invoices:
        found[one["automation"] or "-"].append(one)
    if set(found) == {"-"}:
        return
    table = Table("automation", title="By automation", title_justify="left")
    for name in ("invoices", "recovered", f"with {path.name}"):
        table.add_column(Text(name), justify="right")
    for name, theirs in sorted(found.items()):
        share = sum(one["recovered"] for one in theirs) / len(theirs)
        table.add_row(Text(name), str(len(theirs)), f"{share:.1%}", _share(estimated(theirs)))
    console.print(table)


def limits(past: Past, path: Path) -> Iterator[str]:
    """What an owner must know to read the figures."""
    yield (
        f"an estimate, no promise: for {past.shared:.0%} of the invoices the retry that was really made "
        "first is one that the file could have made, so that its outcome is known; what other retries would "
        "have come to is what was learnt so far, partly from these same "
        "invoices, and an interval does not know how wrong that is"
    )
    yield (
        f"{path.name} is tried as if it had always been live; what failed after {past.until} may still be "
        "retried under it, and is left out: a longer window ends earlier"
    )
    yield (
        "what was learnt does not know that customers also pay by themselves: where retries would have come "
        "late, less would have been left for them than the estimate says"
    )
    yield (
        "retries, mails and invoices given up are counted until each was paid or closed as it was; "
        "customers and metadata are taken as they are now; exceptions, and what payers said on their pages, "
        "are left out"
    )
    yield (
        "invoices whose payment never failed, or whose first one the payer had to confirm, are not in it, "
        "and neither are reminders of what is sent"
    )
    if past.untold:
        yield f"of {past.untold} more too little is known: their card or their invoice was not kept"


def _plain(past: Past, path: Path) -> Json:
    def plain(estimate: Estimate) -> Json:
        known = math.isfinite(estimate.error)
        ends = {"low": estimate.low, "high": estimate.high} if known else {"low": None, "high": None}
        return {"value": estimate.value, **ends}

    found = past.invoices
    return {
        "since": past.since.isoformat(),
        "until": past.until.isoformat(),
        "untold": past.untold,
        "shared": round(past.shared, 4),
        "recovered": sum(one["recovered"] for one in found),
        "estimated": plain(estimated(found)),
        "gained": plain(gained(found)),
        "amounts": {
            code: {"recovered": was.amount, "estimated": plain(would)}
            for code, (was, would) in amounts(found).items()
        },
        "limits": list(limits(past, path)),
        "invoices": list(found),
    }
