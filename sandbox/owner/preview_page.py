"""A preview as one page to look at: what is done by day, now and with the file, and all that is otherwise."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from html import escape
from pathlib import Path
from typing import Final

from sandbox.files import write_whole
from sandbox.owner.preview import COLUMNS, DEEDS, Difference, Entry, changes, crowds, rows, told, when

CHANGES_MAX: Final = 2_000
"""Changes that a page lists; `--json` has all."""

_STYLE: Final = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; }
th, td { border-bottom: 1px solid #8886; padding: .25rem .5rem; text-align: left; }
td.number { font-variant-numeric: tabular-nums; text-align: right; }
svg { height: auto; width: 100%; }
.now { fill: #8888; } .new { fill: #2f6fed; } text { fill: currentColor; font-size: 11px; }
.wide { overflow-x: auto; }
@media print { body { max-width: none; } }
"""


def write_page(folder: Path, settings: Path, days: int, found: Difference) -> Path:
    """Writes `preview.html` into the folder and returns its path. It loads nothing."""
    path = folder / "preview.html"
    write_whole(path, "".join(_page(settings, days, found)))
    return path


def _page(settings: Path, days: int, found: Difference) -> Iterator[str]:
    title = escape(f"What {settings.name} would change in {days} days")
    yield (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>"
        "<p>As long as nobody else does anything, and every payment fails as the last one did. "
        f"{found.share:.0%} of what would be done is done otherwise.</p>"
    )
    crowd = crowds(found)
    if crowd is not None:
        yield f"<p><strong>{escape(crowd[0].upper() + crowd[1:])}.</strong></p>"
    yield '<div class="wide"><table><tr>' + "".join(f"<th>{escape(name)}</th>" for name in COLUMNS) + "</tr>"
    for name, cells in rows(found):
        yield (
            f"<tr><th>{escape(name)}</th>"
            + "".join(f'<td class="number">{escape(c)}</td>' for c in cells)
            + "</tr>"
        )
    yield "</table></div>"
    every = _days([*found.before, *found.after])
    for deed, name in DEEDS.items():
        yield from _plot(name, every, _by_day(found.before, deed), _by_day(found.after, deed))
    yield "<h2>What is otherwise</h2><p>Times are UTC.</p>"
    listed = changes(found)
    if len(listed) > CHANGES_MAX:
        yield f"<p>The first {CHANGES_MAX} of {len(listed)}.</p>"
    heads = ("customer", "invoice", "what", "now", "with the file")
    yield '<div class="wide"><table><tr>' + "".join(f"<th>{head}</th>" for head in heads) + "</tr>"
    for old, new in listed[:CHANGES_MAX]:
        one = old or new
        if one is not None:
            shown = (one.customer_id, one.invoice_id, told(one), when(old), when(new))
            yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in shown) + "</tr>"
    yield "</table></div></html>"


def _by_day(entries: list[Entry], deed: str) -> Counter[date]:
    return Counter(entry.at.date() for entry in entries if entry.deed == deed)


def _days(entries: list[Entry]) -> list[date]:
    """All days from the first entry's to the last one's (UTC): those of every plot."""
    found = [entry.at.date().toordinal() for entry in entries]
    return [date.fromordinal(n) for n in range(min(found), max(found) + 1)] if found else []


def _plot(name: str, days: list[date], now: Counter[date], new: Counter[date]) -> Iterator[str]:
    """Bars by day (UTC): grey as it is, blue with the file."""
    if not now and not new:
        return
    most, width = max([*now.values(), *new.values()]), 960 / len(days)
    yield f"<h2>{escape(name)} by day</h2><p>Grey: now. Blue: with the file.</p>"
    label = f"{escape(name, quote=True)} by day, now and with the file"
    yield f'<svg viewBox="0 0 960 150" role="img" aria-label="{label}">'
    for number, day in enumerate(days):
        for kind, count, shift in (("now", now[day], 0.1), ("new", new[day], 0.5)):
            tall = 110 * count / most
            yield (
                f'<rect class="{kind}" x="{(number + shift) * width:.1f}" y="{120 - tall:.1f}" '
                f'width="{width * 0.38:.1f}" height="{tall:.1f}"><title>{day}: {count}</title></rect>'
            )
    yield f'<text x="0" y="140">{days[0]}</text><text x="960" y="140" text-anchor="end">{days[-1]}</text>'
    yield f'<text x="0" y="10">{most}</text></svg>'
