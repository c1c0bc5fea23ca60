"""The report as one page that loads nothing: plots that are read without help, light, dark and printed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from sandbox.files import write_whole
from sandbox.owner.amounts import written
from sandbox.owner.report import BY_WHOM, MAILS, RESULTS, SECTIONS, InCurrency, Report, lift_told

WIDTH: Final = 960
TALL: Final = 160
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SOLID_FROM: Final = 10
"""Retries of an hour from which on its colour is told in full: of fewer a share says little."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of a plot, what it stands for, and the words for who points at it."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    says: str
    opacity: float = 1.0


def write_page(path: Path, report: Report) -> Path:
    """Writes the page and returns its path. Raises `OSError`."""
    templates = Environment(
        loader=PackageLoader("sandbox.owner.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = templates.get_template("console.css").render()
    write_whole(path, templates.get_template("report_page.html").render(style=style, **shown(report)))
    return path


def shown(report: Report) -> dict[str, Any]:
    """What the report's template shows."""
    return {
        "report": report,
        "results": RESULTS,
        "sections": SECTIONS,
        "whom": BY_WHOM,
        "mails": MAILS,
        "written": written,
        "lift_told": lift_told,
        "weeks": weeks,
        "days": days,
        "interval": interval,
        "hours": list(hours(report)),
        "numbers": list(numbers(report)),
        "weekdays": WEEKDAYS,
    }


def weeks(part: InCurrency) -> list[Bar]:
    """What failed in each week, stacked by what has become of it."""
    most = max(line.amount("failed").amount for line in part.weeks)
    step, found = WIDTH / len(part.weeks), list[Bar]()
    for number, line in enumerate(part.weeks):
        below = float(TALL)
        for result, name in RESULTS.items():
            tall = TALL * line.amount(result).amount / max(1, most)
            below -= tall
            says = f"week of {line.name}: {written(line.amount(result))} {name}"
            if tall:
                found.append(Bar(result, (number + 0.1) * step, below, 0.8 * step, tall, says))
    return found


def days(part: InCurrency) -> str:
    """How much of what was recovered was paid within so many days, as the points of a line."""
    whole, so_far = sum(money.amount for _, _, money in part.days), 0
    last = max(1, part.days[-1][0])
    points = [f"0,{TALL}"]
    for day, _, money in part.days:
        points.append(f"{WIDTH * day / last:.1f},{TALL - TALL * so_far / whole:.1f}")
        so_far += money.amount
        points.append(f"{WIDTH * day / last:.1f},{TALL - TALL * so_far / whole:.1f}")
    return " ".join(points)


def interval(part: InCurrency) -> dict[str, float] | None:
    """Where the lift and its interval lie on a line from -1 to +1 of what reaches furthest."""
    lift = part.lift
    if lift.low is None or lift.high is None:
        return None
    far = max(abs(lift.low), abs(lift.high), 0.01) * 1.2
    places = {"low": lift.low, "high": lift.high, "middle": lift.difference}
    return {name: WIDTH / 2 * (1 + value / far) for name, value in places.items()}


def hours(report: Report) -> Iterator[Bar]:
    """The heat map: how many retries of an hour and weekday were paid."""
    wide, tall = (WIDTH - 60) / 24, 22.0
    for (day, hour), one in sorted(report.hours.items()):
        says = f"{WEEKDAYS[day]} {hour}:00: {one.paid} of {one.tried} paid"
        opacity = (0.15 + 0.85 * one.share) * min(1.0, 0.4 + 0.6 * one.tried / SOLID_FROM)
        yield Bar("recovered", 60 + hour * wide, day * tall, wide - 2, tall - 2, says, round(opacity, 2))


def numbers(report: Report) -> Iterator[Bar]:
    """How many of the first, second, third retry were paid."""
    step = WIDTH / max(1, len(report.numbers))
    for place, one in enumerate(report.numbers):
        tall = TALL * one.share
        says = f"attempt {one.name}: {one.paid} of {one.tried} paid"
        yield Bar("recovered", (place + 0.2) * step, TALL - tall, 0.6 * step, tall, says)
