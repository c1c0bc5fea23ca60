"""One table for each world and a pooled one: as a person reads them, and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sandbox.recovery.catalogue import REFERENCE
from sandbox.recovery.estimates import Coverage
from sandbox.recovery.scores import ATTEMPT_COST, RESAMPLES, Score, score
from sandbox.recovery.tallies import BINS, Run

POOLED: Final = "all worlds, pooled"
WIDTH: Final = 136
"""What the columns need, in characters; a narrower terminal breaks the lines."""

_COLUMNS: Final = (
    "recovered",
    "capture",
    "95 % interval",
    "net value",
    "attempts",
    "mean days",
    "violations",
    "log-loss",
    "Brier",
    "ECE",
)


@dataclass(frozen=True, slots=True)
class Board:
    """One table: the worlds pooled in it, their scored invoices in all seeds, and a row for each policy."""

    name: str
    invoices: int
    scores: list[Score]


def boards(runs: Sequence[Run], policies: Sequence[str]) -> list[Board]:
    """A board for each world, in the order they were run, and the pooled one last."""
    worlds = list(dict.fromkeys(run.world for run in runs))
    found = [_board(name, [run for run in runs if run.world == name], policies) for name in worlds]
    return [*found, _board(POOLED, runs, policies)]


def print_boards(found: Sequence[Board], console: Console) -> None:
    wide = Console(file=console.file, width=max(console.width, WIDTH))
    for board in found:
        wide.print(_table(board))
    wide.print(
        f"Capture is the closed share of the gap between {REFERENCE} and an informed policy; its interval is "
        f"from {RESAMPLES} resamples of the seeds. Net value is less {ATTEMPT_COST} minor units "
        f"an attempt; attempts are for each recovered invoice. ECE: {BINS} bins of equal width.",
        style="dim",
        highlight=False,
    )


def print_coverages(found: Sequence[Coverage], console: Console) -> None:
    """How good off-policy estimates of the likeliest first retry were, where the worlds tell the truth."""
    if not found:
        return
    table = Table(title=f"off-policy estimates, {found[0].runs} runs", title_justify="left", box=SIMPLE_HEAD)
    for name in ("estimator", "interval holds the truth", "bias", "half its width"):
        table.add_column(name, justify="left" if name == "estimator" else "right")
    for one in found:
        table.add_row(one.estimator, _share(one.covered), f"{one.bias:+.4f}", f"{one.half_width:.4f}")
    console.print(table)


def boards_as_json(found: Sequence[Board]) -> list[dict[str, Any]]:
    return [asdict(board) for board in found]


def _board(name: str, runs: Sequence[Run], policies: Sequence[str]) -> Board:
    reference = [run for run in runs if run.policy == REFERENCE]
    invoices = sum(run.tally.ledger["invoices"] for run in reference)
    scores = [score(one, [run for run in runs if run.policy == one], reference) for one in policies]
    return Board(name, invoices, scores)


def _table(board: Board) -> Table:
    table = Table(
        title=f"{board.name}: {board.invoices} failed invoices", title_justify="left", box=SIMPLE_HEAD
    )
    table.add_column("policy", no_wrap=True)
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for one in board.scores:
        table.add_row(*_row(one))
    return table


def _row(one: Score) -> tuple[str, ...]:
    told = one.calibration
    return (
        one.policy,
        _share(one.recovered_share),
        _number(one.capture, 2),
        "-" if one.capture_low is None else f"{one.capture_low:.2f} to {one.capture_high:.2f}",
        _share(one.net_value),
        _number(one.attempts_per_recovered, 2),
        _number(one.mean_days, 1),
        str(one.violations),
        _number(told.log_loss if told else None, 3),
        _number(told.brier if told else None, 3),
        _number(told.calibration_error if told else None, 3),
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
