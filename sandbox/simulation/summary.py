"""What is told of a campaign: as a person reads it, and as JSON."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from sandbox.simulation.coverage import coverage_table, possible_of, table_width
from sandbox.simulation.stories import Story, command
from sandbox.simulation.tallies import Block, Found, Tally, met_as_json

FOUND_MAX: Final = 20
"""Violations that are printed as they are found; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Summary:
    """`played` are the histories of this run, in `seconds` of the wall's clock; the others lay in the folder.

    `never_hit` are call sites that no fault met, where that is asked: a failure, as a violation is.
    """

    block: Block
    commit: str | None
    total: Tally
    played: int
    seconds: float
    stories: list[Story]
    never_hit: list[str]

    @property
    def went_well(self) -> bool:
        return not (self.total.found or self.never_hit)

    @property
    def histories_per_second(self) -> float | None:
        """None where all lay in the folder."""
        return round(self.played / self.seconds, 1) if self.played else None


def summary_as_json(summary: Summary) -> dict[str, Any]:
    block, total = summary.block, summary.total
    return {
        "model": block.model,
        "from": block.first,
        "seeds": total.seeds,
        "faults": None if block.kinds is None else sorted(block.kinds),
        "commit": summary.commit,
        "steps": total.steps,
        "digest": total.digest,
        "played": summary.played,
        "seconds": round(summary.seconds, 1),
        "histories_per_second": summary.histories_per_second,
        "violations": [asdict(found) for found in total.found],
        "stories": [_story_as_json(story) for story in summary.stories],
        "coverage": met_as_json(total.met),
        "never_hit": summary.never_hit,
    }


def _story_as_json(story: Story) -> dict[str, Any]:
    return {
        "seed": story.case.found.seed,
        "invariant": story.case.found.invariant,
        "seen": story.seen,
        "choices": list(story.choices),
        "steps": story.steps,
        "lines": list(story.lines),
        "command": _again(story),
    }


def print_summary(summary: Summary, console: Console) -> None:
    """Stories first, then the table of faults, and at the end how it all went."""
    for story in summary.stories:
        _print_story(story, console)
    block, total = summary.block, summary.total
    possible = possible_of(block, total.met)
    wide = Console(file=console.file, width=max(console.width, table_width(total.met, possible)))
    wide.print(coverage_table(total.met, possible))
    for site in summary.never_hit:
        console.print(f"never hit by any of its faults: {site}", style="red", highlight=False)
    console.print(_last_line(summary), style="" if summary.went_well else "red", soft_wrap=True)


def print_found(found: Found, number: int, console: Console) -> None:
    """One violation at the moment at which it is found; `number` counts them from 1."""
    if number <= FOUND_MAX:
        told = f"seed {found.seed} violates {found.invariant}: {found.seen}"
        console.print(Text(told, "red"), soft_wrap=True)
    elif number == FOUND_MAX + 1:
        console.print("more violations are counted only", style="red")


def _print_story(story: Story, console: Console) -> None:
    found = story.case.found
    console.print(
        Text(f"\nseed {found.seed} violates {found.invariant}: {story.seen}", "bold red"), soft_wrap=True
    )
    told = (
        f"the shortest history found, in {story.runs} tries: {len(story.choices)} of {story.drawn} choices, "
    )
    console.print(f"{told}{story.steps} steps", highlight=False, soft_wrap=True)
    if len(story.lines) < story.steps:
        console.print(f"  ... {story.steps - len(story.lines)} steps before", style="dim", highlight=False)
    for line in story.lines:
        console.print(Text(f"  {line}"), soft_wrap=True)
    console.print(Text(f"again: {_again(story)}\n"), soft_wrap=True)


def _again(story: Story) -> str:
    return command(story.case.model, story.case.found.seed, story.case.kinds)


def _last_line(summary: Summary) -> str:
    total, speed = summary.total, summary.histories_per_second
    kept = total.seeds - summary.played
    parts = [
        f"{total.seeds} histories on the {summary.block.model} model",
        f"{total.steps} steps",
        f"{len(total.found)} violations",
        f"digest {total.digest}",
    ]
    parts += [f"{kept} of them kept from before"] if kept else []
    return ", ".join(parts + ([f"{speed} a second"] if speed else []))
