"""`dunwell bench`: measures, prints a table with goals, and writes the page on capacity."""

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sandbox.bench.measured import FULL, OPEN_BOOKS, QUICK, measure
from sandbox.bench.page import UNITS_GOAL, draw_agenda, page_of
from sandbox.files import write_whole

Json = dict[str, Any]


def run_bench(console: Console, *, full: bool, as_json: bool, page: Path | None) -> int:
    """Returns the exit code: 1 when a counted goal is missed; what is timed is only told. The page has its
    picture in a folder `pictures` beside it. Raises `OSError`."""
    told = measure(FULL if full else QUICK, lambda part: console.print(f"measuring {part} ...", style="dim"))
    if page is not None:
        write_whole(page, page_of(told))
        draw_agenda(page.parent / "pictures", OPEN_BOOKS[0])
    if as_json:
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    else:
        for table in (_lives(told), _starts(told), _rest(told)):
            console.print(table)
    return 1 if missed(told) else 0


def missed(told: Json) -> list[str]:
    """The counted goals that are not met."""
    counted = [(life["name"], life["total"]) for life in told["lives"]]
    counted += [(kind["name"], kind) for kind in told["kinds"]]
    found = [
        f"{name}: {what} {ratio:.2f} times the least"
        for name, cost in counted
        for what, ratio in ratios(cost).items()
        if ratio > UNITS_GOAL
    ]
    first, *others = told["growth"]
    for name in ("requests", "reads", "writes"):
        found += [f"{name} grow with the book" for one in others if one[name] > 1.05 * first[name]]
    if told["throughput"]["lost"]:
        found.append(f"{told['throughput']['lost']} webhooks were lost")
    return found


def ratios(cost: Json) -> dict[str, float]:
    """What was used, in times of the least."""
    return {
        name: cost[name] / cost[f"least_{name}"]
        for name in ("requests", "reads", "writes")
        if cost[f"least_{name}"]
    }


def _lives(told: Json) -> Table:
    table = Table(
        title=f"An invoice's life (goal: at most {UNITS_GOAL} times the least)", title_justify="left"
    )
    for heading in ("life", "AWS calls", "read units", "write units", "messages", "mails", "Stripe"):
        table.add_column(heading, justify="left" if heading == "life" else "right")
    for life in told["lives"]:
        cost, times = life["total"], ratios(life["total"])
        table.add_row(
            life["name"],
            *(f"{cost[name]:g} ({times.get(name, 1.0):.2f})" for name in ("requests", "reads", "writes")),
            str(cost["messages"]),
            str(cost["mails"]),
            str(life["processor"]),
        )
    return table


def _starts(told: Json) -> Table:
    cold = told["cold"]
    title = f"Cold starts, times the floor ({1000 * cold['floor_seconds']:.0f} ms of processor time here)"
    table = Table(title=title, title_justify="left")
    for heading in ("function", "ratio", "goal"):
        table.add_column(heading, justify="left" if heading == "function" else "right")
    for one in cold["starts"]:
        style = "red" if one["ratio"] > one["goal"] else None
        table.add_row(one["function"], f"{one['ratio']:.2f}", f"{one['goal']:.1f}", style=style)
    return table


def _rest(told: Json) -> Table:
    table = Table(title="The rest", title_justify="left")
    table.add_column("what")
    table.add_column("figure", justify="right")
    plans, drained = told["plans"], told["throughput"]
    table.add_row("a plan, median and 99th", f"{plans['median_us']:.0f}, {plans['p99_us']:.0f} us")
    table.add_row("a customer's history", f"{plans['bytes_per_customer']:.0f} bytes")
    table.add_row("webhooks a second of one worker, moto's time included", f"{drained['per_second']:.0f}")
    table.add_row(f"lost of {drained['webhooks']}", str(drained["lost"]))
    for one in told["warm"]:
        times = f"{one['own_ms']:.1f} ms ({one['ratio']:.2f} times its {one['calls']:.1f} calls made bare)"
        table.add_row(f"{one['name']}, warm", times)
    for one in told["growth"]:
        table.add_row(f"due work in a book of {one['invoices']:,}", f"{one['requests']} calls")
    for one in told["months"]:
        table.add_row(f"{one['invoices']:,} invoices a month", f"${sum(one['by_service'].values()):,.0f}")
    return table
