"""`dunwell report`: what failed, what was recovered of it, and what Smart Retries add over even retries."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from dunwell.domain.lift import BUCKETS_MIN, FAILED_MIN, Arm, Compared, Lift, lift_of
from dunwell.domain.money import Money
from dunwell.domain.recovery import HOLDOUT_ARM, SMART_ARM
from rich.console import Console

from sandbox.owner.door import Door

RESULTS: Final = {
    "recovered": "recovered",
    "open": "open",
    "uncollectible": "uncollectible",
    "credited": "credited",
}
"""What becomes of what failed, in the words of the report."""

BY_WHOM: Final = {
    "dunwell": "a retry of Dunwell's",
    "processor": "a retry of Stripe's",
    "payer": "the customer, on the page",
    "elsewhere": "paid elsewhere",
}

SECTIONS: Final = {
    "code": "by decline code",
    "automation": "by automation",
    "policy": "by retry policy",
}

MAILS: Final = ("sent", "delivered", "bounced", "complained")

Counts = Mapping[str, int]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """What failed under a name, in one currency, and what has become of it."""

    name: str
    currency: str
    counts: Counts

    @property
    def failed(self) -> int:
        return self.counts.get("failed", 0)

    @property
    def share(self) -> float:
        """Recovered of the amount that failed: from 0 to 1."""
        return self.counts.get("recovered_amount", 0) / max(1, self.counts.get("failed_amount", 0))

    def count(self, result: str) -> int:
        return self.counts.get(result, 0)

    def amount(self, result: str) -> Money:
        return Money(self.counts.get(f"{result}_amount", 0), self.currency)


@dataclass(frozen=True, slots=True)
class Retried:
    """Retries under a name: how many were made, and how many of them were paid."""

    name: str
    tried: int
    paid: int

    @property
    def share(self) -> float:
        return self.paid / max(1, self.tried)


@dataclass(frozen=True, slots=True)
class InCurrency:
    """The report's part of one currency. `weeks` begin on Mondays; `days` are those until what was recovered
    was paid, with how many invoices and how much."""

    total: Line
    weeks: tuple[Line, ...]
    sections: Mapping[str, tuple[Line, ...]]
    by_whom: tuple[tuple[str, int, Money], ...]
    days: tuple[tuple[int, int, Money], ...]
    compared: tuple[Compared, ...]
    compared_amounts: tuple[Compared, ...]

    @property
    def lift(self) -> Lift:
        """By invoices, of which each counts alike."""
        return lift_of(self.compared)

    @property
    def lift_of_amounts(self) -> Lift:
        """By amounts: what it is worth, and later certain, for a few large invoices weigh much."""
        return lift_of(self.compared_amounts)

    @property
    def invoices(self) -> tuple[int, int]:
        """How many invoices are compared: with Smart Retries, and held out."""
        return (
            sum(one.smart.invoices for one in self.compared),
            sum(one.holdout.invoices for one in self.compared),
        )


@dataclass(frozen=True, slots=True)
class Report:
    """What failed from `since` to `until` (the owner's days) and what has become of it by now. `hours` are
    the retries by weekday (Monday is 0) and hour, the customers' time."""

    since: date
    until: date
    currencies: tuple[InCurrency, ...]
    numbers: tuple[Retried, ...]
    hours: Mapping[tuple[int, int], Retried]
    mails: Mapping[str, Counts]


def run_report(
    door: Door, days: Mapping[str, str], page: Path | None, console: Console, *, as_json: bool
) -> int:
    """Prints the report of some `days` (`since`, `until`), or writes it as a page. Raises `ValueError`, which
    says what to do, and `OSError`."""
    report = report_of(door.ask("report", **days))
    if as_json:
        sys.stdout.write(json.dumps(plain(report), indent=2) + "\n")
        return 0
    if page is not None:
        from sandbox.owner.report_page import write_page

        console.print(f"{write_page(page, report)}")
        return 0
    from sandbox.owner.report_text import print_report

    print_report(report, console)
    return 0


def report_of(told: Json) -> Report:
    """The report that the operation's answer tells."""
    sections: Mapping[str, Counts] = told["sections"]
    codes = sorted(
        (name.removesuffix("#total") for name in sections if name.endswith("#total")),
        key=lambda code: -sections[f"{code}#total"].get("failed", 0),
    )
    hours = {
        (int(day), int(hour)): one
        for one in _retried(sections.get("retries#hour", {}))
        for day, hour in [one.name.split(".")]
    }
    numbers = sorted(_retried(sections.get("retries#number", {})), key=lambda one: int(one.name))
    return Report(
        date.fromisoformat(told["since"]),
        date.fromisoformat(told["until"]),
        tuple(_in_currency(code, sections, told["days"]) for code in codes),
        tuple(numbers),
        hours,
        _by_name(sections.get("mails#kind", {})),
    )


def lift_told(part: InCurrency) -> str:
    """What the comparison with even retries says, in one sentence."""
    if not all(part.invoices):
        return "Nothing is compared with even retries: nobody is held out, or retries are not smart."
    lift = part.lift
    shares = f"Smart Retries recovered {lift.smart:.1%} of the invoices, even retries {lift.even:.1%}"
    if lift.low is None:
        needed = f"{FAILED_MIN} failed invoices of customers in {BUCKETS_MIN} groups, in each of the two"
        return f"{shares}. It is too early to tell the difference from chance: that takes {needed}."
    return f"{shares}: {_points(lift)} By amounts: {_points(part.lift_of_amounts)}"


def _points(lift: Lift) -> str:
    low, high = lift.low or 0.0, lift.high or 0.0
    verdict = "" if lift.is_certain else ", which may be chance"
    return f"{100 * lift.difference:+.1f} points (95 %: {100 * low:+.1f} to {100 * high:+.1f}){verdict}."


def plain(report: Report) -> Json:
    """The report as JSON: amounts in minor units."""
    return {
        "since": f"{report.since}",
        "until": f"{report.until}",
        "currencies": {
            one.total.currency: {
                "total": dict(one.total.counts),
                "weeks": {line.name: dict(line.counts) for line in one.weeks},
                **{name: {x.name: dict(x.counts) for x in lines} for name, lines in one.sections.items()},
                "recovered_by": {name: [count, money.amount] for name, count, money in one.by_whom},
                "days_to_recovery": {str(day): [count, money.amount] for day, count, money in one.days},
                "lift": _plain_lift(one),
            }
            for one in report.currencies
        },
        "retries": {one.name: [one.tried, one.paid] for one in report.numbers},
        "retries_by_hour": {f"{d}.{h}": [one.tried, one.paid] for (d, h), one in report.hours.items()},
        "mails": {kind: dict(counts) for kind, counts in report.mails.items()},
    }


def _plain_lift(part: InCurrency) -> Json:
    smart, even = part.invoices

    def told(lift: Lift) -> Json:
        return {
            SMART_ARM: {"invoices": smart, "share": lift.smart},
            HOLDOUT_ARM: {"invoices": even, "share": lift.even},
            **{"difference": lift.difference, "low": lift.low, "high": lift.high},
        }

    return {
        "of_invoices": told(part.lift),
        "of_amounts": told(part.lift_of_amounts),
    }


def _in_currency(code: str, sections: Mapping[str, Counts], days: Mapping[str, Any]) -> InCurrency:
    def lines(section: str) -> tuple[Line, ...]:
        found = _by_name(sections.get(f"{code}#{section}", {}))
        made = (Line(name, code, counts) for name, counts in found.items())
        return tuple(sorted(made, key=lambda line: (-line.amount("failed").amount, line.name)))

    weeks: dict[date, Counter[str]] = {}
    for told, by_currency in days.items():
        day = date.fromisoformat(told)
        if code in by_currency:
            weeks.setdefault(day - timedelta(days=day.weekday()), Counter()).update(by_currency[code])
    whom = _by_name(sections.get(f"{code}#by", {}))
    paid = _by_name(sections.get(f"{code}#days", {}))
    return InCurrency(
        Line(code.upper(), code, sections[f"{code}#total"]),
        tuple(Line(f"{monday}", code, counts) for monday, counts in sorted(weeks.items())),
        {section: lines(section) for section in SECTIONS},
        tuple(
            (name, one.get("recovered", 0), Money(one.get("recovered_amount", 0), code))
            for name, one in sorted(whom.items())
        ),
        tuple(
            (int(day), one.get("recovered", 0), Money(one.get("recovered_amount", 0), code))
            for day, one in sorted(paid.items(), key=lambda item: int(item[0]))
        ),
        _compared(code, sections, ""),
        _compared(code, sections, "_amount"),
    )


def _compared(code: str, sections: Mapping[str, Counts], of: str) -> tuple[Compared, ...]:
    """Both arms, by how many customers were held out."""
    arms, names = f"{code}#arm.", (SMART_ARM, HOLDOUT_ARM)
    held_out = {name.rpartition(".")[2] for name in sections if name.startswith(arms)}
    return tuple(
        Compared(*(_arm(sections.get(f"{arms}{name}.{share}", {}), of) for name in names))
        for share in sorted(held_out)
    )


def _arm(counts: Counts, of: str) -> Arm:
    """An arm by invoices, or `_amount`: in minor units."""
    found = {int(bucket): one for bucket, one in _by_name(counts).items()}
    return Arm(
        {bucket: one.get(f"failed{of}", 0) for bucket, one in found.items()},
        {bucket: one.get(f"recovered{of}", 0) for bucket, one in found.items()},
        sum(one.get("failed", 0) for one in found.values()),
    )


def _retried(counts: Counts) -> Iterator[Retried]:
    for name, one in _by_name(counts).items():
        yield Retried(name, one.get("tried", 0), one.get("paid", 0))


def _by_name(counts: Counts) -> dict[str, dict[str, int]]:
    """Numbers named `<name>|<what>`, by name. A name may have bars of its own."""
    found: dict[str, dict[str, int]] = {}
    for key, number in counts.items():
        name, _, what = key.rpartition("|")
        found.setdefault(name, {})[what] = number
    return found
