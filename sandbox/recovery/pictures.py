"""Pictures of a benchmark's runs and of one customer, as SVG: the same numbers give the same bytes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from sandbox.recovery.posterior_picture import draw_posterior
from sandbox.recovery.scores import Score
from sandbox.recovery.tallies import TENTHS

_SMART: Final = "smart"
INK: Final = "#30343b"
GREY: Final = "#8b929c"
ACCENT: Final = "#0b6e4f"
_SETTINGS: Final[dict[Any, Any]] = {
    "svg.hashsalt": "dunwell",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": "#c9cdd3",
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.grid": True,
    "grid.color": "#eceef1",
    "axes.axisbelow": True,
}


def draw_pictures(folder: Path, pooled: Sequence[Score], changed: Sequence[Score], beside: str) -> list[Path]:
    """Writes them and returns their paths. Raises `ValueError` when matplotlib is missing, `OSError`.

    `beside` is the policy that is drawn beside `smart` over time; `changed` are the scores of the world whose
    regime changes half way, empty where it was not run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawings: dict[str, tuple[tuple[float, float], Callable[[Any], None]]] = {
        "recovered_by_attempts": ((8, 4.6), lambda figure: _recovered_by_attempts(figure.subplots(), pooled)),
        "learning_over_time": (
            (8, 4),
            lambda figure: _learning_over_time(figure.subplots(), pooled, changed, beside),
        ),
        "posterior": ((8, 5), lambda figure: draw_posterior(figure, INK, ACCENT)),
    }
    return [drawn(folder / f"{name}.svg", size, draw) for name, (size, draw) in drawings.items()]


def drawn(path: Path, size: tuple[float, float], draw: Callable[[Any], None]) -> Path:
    """Has `draw` fill a figure of that size (inches), and writes it as SVG. Raises `ValueError` when
    matplotlib is missing, `OSError`."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ValueError("pictures need matplotlib: pip install 'dunwell[pictures]'") from error
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        figure.savefig(path, format="svg", metadata={"Date": None})
    return path


def _recovered_by_attempts(axes: Any, pooled: Sequence[Score]) -> None:
    points = [
        (one.attempts_per_invoice, 100 * one.recovered_share, one.policy)
        for one in pooled
        if one.attempts_per_invoice is not None and one.recovered_share is not None
    ]
    for attempts, share, name in points:
        ours = name.startswith(_SMART)
        axes.scatter(attempts, share, s=64 if ours else 44, color=ACCENT if ours else GREY, zorder=3)
    for attempts, share, name, height, side in labels_apart(points):
        ours = name.startswith(_SMART)
        axes.annotate(
            name,
            (attempts, share),
            xytext=(attempts + side * 0.018 * max(point[0] for point in points), height),
            ha="left" if side == 1 else "right",
            va="center",
            color=ACCENT if ours else INK,
            weight="bold" if ours else "normal",
        )
    axes.margins(x=0.18, y=0.12)
    axes.set_title("Recovered share and what it takes, all worlds pooled", loc="left", weight="bold")
    axes.set_xlabel("retries per failed invoice")
    axes.set_ylabel("recovered share of the amount due, %")


def labels_apart(points: Sequence[tuple[float, float, str]]) -> list[tuple[float, float, str, float, int]]:
    """Each point with its label's height and side: 1 is right of it, -1 left, where a neighbour is right.

    From the top down a label gives way to the one above it.
    """
    wide = max((attempts for attempts, _, _ in points), default=0.0)
    high = max((share for _, share, _ in points), default=0.0)
    placed: list[tuple[float, float, str, float, int]] = []
    for attempts, share, name in sorted(points, key=lambda point: (-point[1], point[2])):
        crowded = any(
            0 < other - attempts < 0.2 * wide and abs(level - share) < 0.12 * high
            for other, level, _ in points
        )
        side = -1 if crowded else 1
        near = [
            height
            for other, _, _, height, at in placed
            if at == side and abs(other - attempts) < 0.25 * wide and height - share < 0.055 * high
        ]
        placed.append(
            (attempts, share, name, min([share, *(height - 0.055 * high for height in near)]), side)
        )
    return placed


def _learning_over_time(axes: Any, pooled: Sequence[Score], changed: Sequence[Score], beside: str) -> None:
    lines = [(one, one.policy, ACCENT if one.policy == _SMART else GREY, "-") for one in pooled]
    lines += [(one, f"{_SMART}, regime changes", ACCENT, ":") for one in changed if one.policy == _SMART]
    for one, name, color, style in lines:
        told = enumerate(one.captures_by_tenth, 1)
        drawn = [(tenth, 100 * capture) for tenth, capture in told if capture is not None]
        if one.policy not in (_SMART, beside) or not drawn:
            continue
        axes.plot(*zip(*drawn, strict=True), color=color, ls=style, marker="o", markersize=4, linewidth=2)
        axes.annotate(
            name,
            drawn[-1],
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            color=color,
            weight="bold",
        )
    axes.set_xticks(range(1, TENTHS + 1))
    axes.margins(x=0.24, y=0.2)
    axes.set_title("Capture as experience grows", loc="left", weight="bold")
    axes.set_xlabel("tenths of the scored invoices, in time order")
    axes.set_ylabel("capture, %")
