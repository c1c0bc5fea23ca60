"""The report in the terminal."""

from rich.console import Console
from rich.table import Table

from sandbox.owner.amounts import written
from sandbox.owner.report import BY_WHOM, MAILS, RESULTS, SECTIONS, InCurrency, Report, lift_told


def print_report(report: Report, console: Console) -> None:
    console.print(f"Payments that failed from {report.since} to {report.until}, and what has become of them")
    if not report.currencies:
        console.print("None failed.")
    for part in report.currencies:
        _print_currency(part, console)
    if report.numbers:
        table = _table("retries", "made", "paid", "share")
        for one in report.numbers:
            table.add_row(f"attempt {one.name}", f"{one.tried}", f"{one.paid}", f"{one.share:.0%}")
        console.print(table)
    if report.mails:
        table = _table("mails", *MAILS)
        for kind, counts in sorted(report.mails.items()):
            table.add_row(kind.replace("_", " "), *(f"{counts.get(what, 0)}" for what in MAILS))
        console.print(table)


def _print_currency(part: InCurrency, console: Console) -> None:
    for name, lines in (("", (part.total,)), *((SECTIONS[s], found) for s, found in part.sections.items())):
        table = _table(name or "in all", "failed", *RESULTS.values(), "share")
        for line in lines:
            cells = [f"{written(line.amount(result))} ({line.count(result)})" for result in RESULTS]
            failed = f"{written(line.amount('failed'))} ({line.failed})"
            table.add_row(line.name or "no automation", failed, *cells, f"{line.share:.0%}")
        if lines:
            console.print(table)
    for name, count, money in part.by_whom:
        console.print(f"{written(money)} ({count}) recovered by: {BY_WHOM[name]}")
    console.print(lift_told(part))


def _table(name: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(name)
    for column in columns:
        table.add_column(column, justify="right")
    return table
