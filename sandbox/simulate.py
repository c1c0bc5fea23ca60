"""`dunwell simulate`: histories from seeds, judged by the invariants; what was asked, done and told."""

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sandbox.simulation.campaign import Campaign
from sandbox.simulation.faults import Fault
from sandbox.simulation.models import MODELS
from sandbox.simulation.parallel import in_order
from sandbox.simulation.planting import BANK, Hunt, Hunted, bugs, hunt
from sandbox.simulation.progress import bar
from sandbox.simulation.replay import Played, play_twice
from sandbox.simulation.shards import Shelf, current_commit
from sandbox.simulation.shuffles import ORDERS, ends_of
from sandbox.simulation.stories import Story
from sandbox.simulation.summary import Summary, print_found, print_summary, summary_as_json
from sandbox.simulation.tallies import Block, Tally


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller wants. `seeds` None: one block of them, or what a planted bug is allowed."""

    model: str
    first: int
    seeds: int | None
    kinds: frozenset[Fault] | None
    jobs: int
    full_size: bool = False
    as_json: bool = False

    @property
    def block(self) -> Block:
        return Block(self.model, self.first, self.seeds or MODELS[self.model].block_seeds, self.kinds)


def run_simulate(asked: Asked, folder: Path | None, console: Console) -> int:
    """Plays the seeds and returns the exit code: 1 when an invariant was violated, or a site never hit."""
    summary = simulate(asked, folder, console)
    if asked.as_json:
        _write(summary_as_json(summary))
    else:
        print_summary(summary, console)
    return 0 if summary.went_well else 1


def simulate(asked: Asked, folder: Path | None, console: Console) -> Summary:
    """Plays what does not lie in the folder yet, and sums it all up. Raises `OSError`."""
    block, commit = asked.block, current_commit()
    campaign = Campaign(block, asked.jobs, Shelf(folder, commit) if folder else None)
    campaign.take_from_shelf()
    played, began = sum(missing.seeds for missing in campaign.missing()), time.monotonic()
    _play(campaign, played, console)
    seconds, total = time.monotonic() - began, campaign.total()
    full_size = asked.full_size or block.seeds >= MODELS[asked.model].full_size
    never_hit = campaign.never_hit(total) if full_size else []
    return Summary(block, commit, total, played, seconds, _stories(campaign, total, console), never_hit)


def run_replayed(asked: Asked, console: Console) -> int:
    """Plays each seed twice and returns the exit code: 1 when two plays of one seed differ."""
    different: list[Played] = []
    with bar("Playing twice", asked.block.seeds, console) as advance:
        for played in play_twice(asked.block, asked.jobs):
            advance(1)
            if played.first != played.second:
                different.append(played)
                told = f"seed {played.seed} differs: {played.first}, then {played.second}"
                console.print(told, style="red", highlight=False)
    if asked.as_json:
        seen = {"model": asked.model, "from": asked.first, "seeds": asked.block.seeds}
        _write({**seen, "different": [asdict(played) for played in different]})
    else:
        console.print(f"{asked.block.seeds} histories played twice, {len(different)} differ", highlight=False)
    return 1 if different else 0


def run_shuffled(asked: Asked, console: Console) -> int:
    """Delivers each history's events in many orders and returns the exit code: 1 when two end differently."""
    block, different = asked.block, list[int]()
    pieces = [(block.model, seed) for seed in range(block.first, block.first + block.seeds)]
    with bar("Shuffling", block.seeds, console) as advance:
        for (_, seed), ends in zip(pieces, in_order(ends_of, pieces, asked.jobs), strict=True):
            advance(1)
            if len(ends) != 1:
                different.append(seed)
                told = f"seed {seed}: its orders end in {len(ends)} states"
                console.print(told, style="red", highlight=False)
    if asked.as_json:
        seen = {"model": asked.model, "from": asked.first, "seeds": block.seeds, "orders": ORDERS}
        _write({**seen, "different": different})
    else:
        told = f"{block.seeds} histories in {ORDERS} orders each, {len(different)} end differently"
        console.print(told, highlight=False)
    return 1 if different else 0


def run_planted(asked: Asked, console: Console) -> int:
    """Looks for each planted bug and returns the exit code: 1 when one is not caught."""
    hunts = [Hunt(BANK, bug.name, asked.seeds, asked.kinds) for bug in bugs(BANK)]
    results: list[Hunted] = []
    with bar("Looking for planted bugs", len(hunts), console) as advance:
        for result in in_order(hunt, hunts, min(asked.jobs, len(hunts)) or 1):
            results.append(result)
            advance(1)
    if asked.as_json:
        _write({"planted": [{**asdict(result), "caught": result.caught} for result in results]})
    else:
        console.print(_planted_table(results))
    return 0 if all(result.caught for result in results) else 1


def _play(campaign: Campaign, seeds: int, console: Console) -> None:
    number = 0
    with bar("Playing", seeds, console) as advance:

        def told(part: Tally) -> None:
            nonlocal number
            advance(part.seeds)
            for found in part.found:
                number += 1
                print_found(found, number, console)

        campaign.play(told)


def _stories(campaign: Campaign, total: Tally, console: Console) -> list[Story]:
    if not total.found:
        return []
    with console.status("Looking for the shortest histories"):
        return campaign.stories(total.found)


def _planted_table(results: list[Hunted]) -> Table:
    caught = sum(result.caught for result in results)
    table = Table(title=f"{caught} of {len(results)} planted bugs caught", title_justify="left")
    for name in ("bug", "what", "model", "caught by"):
        table.add_column(name)
    table.add_column("seeds", justify="right")
    for result in results:
        by = Text(result.invariant or "nothing", "" if result.caught else "bold red")
        table.add_row(Text(result.name), Text(result.what), result.model, by, str(result.seeds))
    return table


def _write(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
