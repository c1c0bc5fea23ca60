"""docs/capacity.md, written from the figures of `dunwell bench`, and the picture in it."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.bench.agenda import Limits, day, of_a_book
from sandbox.bench.costs import ALARMS, METRICS, MS_OF_A_CALL, MS_OF_THE_PROCESSOR, PROCESSOR_MS, SHARES

Json = dict[str, Any]

UNITS_GOAL: Final = 1.25
"""Calls and units of a life, and of each kind of event, at most so many times the least."""

PICTURE: Final = "agenda.svg"


def page_of(told: Json) -> str:
    """The page, in Markdown."""
    environment = Environment(  # nosec B701 # Markdown from our own figures
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701
    )
    environment.filters |= {"of_least": _of_least, "each": _each, "dollars": _dollars, "plain": _plain}
    return environment.get_template("capacity.md").render(
        **told,
        goal=UNITS_GOAL,
        longest=max(told["lives"], key=lambda one: one["total"]["requests"]),
        layers=sum(one["size"] for one in told["packages"]),
        limits=told["agenda"][0]["limits"],
        shares=SHARES,
        ms_of_a_call=MS_OF_A_CALL,
        ms_on_the_processor=PROCESSOR_MS,
        ms_of_the_processor=MS_OF_THE_PROCESSOR,
        metrics=METRICS,
        alarms=ALARMS,
    )


def draw_agenda(folder: Path, open_invoices: int) -> Path:
    """Draws a day of due work and what is left. Raises `ValueError` without matplotlib, and `OSError`."""
    from sandbox.recovery.pictures import ACCENT, GREY, drawn

    minutes = list(day(of_a_book(open_invoices), Limits()))
    hours = [one.minute / 60 for one in minutes]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.plot(hours, [one.arrived for one in minutes], color=GREY, label="due in a minute")
        axes.plot(hours, [one.worked for one in minutes], color=ACCENT, label="worked on")
        axes.axhline(Limits().least, color=GREY, linestyle=":", label=f"bound: {Limits().first_to_break}")
        axes.set_xlabel("hour of the day")
        axes.set_xlim(0, 24)
        axes.set_ylim(0)
        axes.set_title(f"{open_invoices:,} open invoices", loc="left")
        axes.legend(frameon=False)

    folder.mkdir(parents=True, exist_ok=True)
    return drawn(folder / PICTURE, (8, 3.6), draw)


def _of_least(cost: Json, name: str) -> str:
    least = cost[f"least_{name}"]
    return f"{cost[name]:g} ({cost[name] / least:.2f})" if least else f"{cost[name]:g}"


def _each(kind: Json, name: str) -> str:
    """What one of a kind used, on average."""
    least = kind[f"least_{name}"]
    mean = f"{kind[name] / kind['heard']:.3g}"
    return f"{mean} ({kind[name] / least:.2f})" if least else mean


def _dollars(amount: float) -> str:
    return f"${amount:,.2f}" if amount < 100 else f"${amount:,.0f}"


def _plain(price: float) -> str:
    return f"{price:.10f}".rstrip("0")
