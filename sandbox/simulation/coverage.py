"""Which call site met which fault, as a table, and the sites that never met any."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.table import Table

from sandbox.simulation.faults import Fault
from sandbox.simulation.models import MODELS
from sandbox.simulation.tallies import Block, Met

Possible = Mapping[str, Sequence[Fault]]

IMPOSSIBLE: Final = "·"

COLUMN_WIDTH: Final = 10
"""The longest word of a fault's name, and a space."""


def possible_of(block: Block, met: Met) -> Possible:
    """What may go wrong at each site of a block's model when only the block's faults happen."""
    possible, kinds = MODELS[block.model].possible(sorted({site for site, _ in met})), block.kinds
    if kinds is None:
        return possible
    return {site: [fault for fault in faults if fault in kinds] for site, faults in possible.items()}


def never_hit(met: Met, possible: Possible) -> list[str]:
    """The sites that can fail and were never met by a fault."""
    return [
        site for site, faults in sorted(possible.items()) if faults and not any(met[site, f] for f in faults)
    ]


def coverage_table(met: Met, possible: Possible) -> Table:
    """A row for each site: its calls that went well, and how often it met each fault."""
    columns = [fault for fault in Fault if any(fault in faults for faults in possible.values())]
    table = Table(
        title="Faults met", title_justify="left", box=None, header_style="bold", padding=(0, 1, 0, 0)
    )
    table.add_column("call site", vertical="bottom")
    table.add_column("none", justify="right")
    for fault in columns:
        table.add_column(fault.replace("_", "\n"), justify="right")
    for site in sorted({*possible, *(site for site, _ in met)}):
        cells = [_cell(met[site, fault], fault in possible.get(site, ())) for fault in columns]
        table.add_row(site, str(met[site, ""]), *cells)
    return table


def table_width(met: Met, possible: Possible) -> int:
    """Columns of a terminal that the table needs, so that no name or number is cut."""
    return max(map(len, {*possible, *(site for site, _ in met)}), default=0) + (len(Fault) + 1) * COLUMN_WIDTH


def _cell(times: int, possible: bool) -> str:  # noqa: FBT001 - one cell's two facts
    if times:
        return str(times)
    return "[bold red]0[/]" if possible else f"[dim]{IMPOSSIBLE}[/]"
