"""`dunwell recovery`: what was asked is run with a bar, told in tables or as JSON, and drawn."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from sandbox.recovery.catalogue import (
    EVEN,
    POLICIES,
    REFERENCE,
    REGIME_CHANGE,
    load_world,
    policy_factory,
    world_path,
)
from sandbox.recovery.estimates import Coverage, coverages, coverages_as_json
from sandbox.recovery.runs import Plan, run_all
from sandbox.recovery.shelf import Shelf, code_digest
from sandbox.recovery.tables import Board, boards, boards_as_json, print_boards, print_coverages
from sandbox.recovery.tallies import Run
from sandbox.simulation.progress import bar


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller wants. `policies` None: all of `POLICIES`; `pictures` None: none are drawn; `runs`
    None: no run is kept."""

    worlds: tuple[str, ...]
    seeds: range
    invoices: int
    policies: tuple[str, ...] | None
    jobs: int
    pictures: Path | None = None
    runs: Path | None = None
    as_json: bool = False


def run_recovery(asked: Asked, console: Console) -> int:
    """Runs it all and returns the exit code. Raises `ValueError` and `OSError` before anything is run."""
    plan = _plan(asked)
    errors = Console(stderr=True)
    runs = _run(plan, asked.jobs, errors)
    found, covered = boards(runs, plan.policies), coverages(run.tally.estimated for run in runs)
    if asked.pictures:
        _draw(asked.pictures, found, errors)
    if asked.as_json:
        sys.stdout.write(json.dumps(_as_json(asked, found, covered), indent=2) + "\n")
    else:
        print_boards(found, console)
        print_coverages(covered, console)
    return 0


def _plan(asked: Asked) -> Plan:
    paths = tuple(dict.fromkeys(world_path(name) for name in asked.worlds))
    for path in paths:
        load_world(path)
    policies = list(dict.fromkeys(asked.policies or POLICIES))
    if REFERENCE not in policies:
        policies.insert(0, REFERENCE)
    for name in policies:
        policy_factory(name)
    shelf = Shelf(asked.runs, code_digest()) if asked.runs else None
    if shelf is not None:
        shelf.open()
    return Plan(paths, asked.seeds, asked.invoices, tuple(policies), shelf)


def _run(plan: Plan, jobs: int, errors: Console) -> list[Run]:
    found: list[Run] = []
    with bar("Running", plan.count, errors) as advance:
        for runs in run_all(plan, jobs):
            found += runs
            advance(len(runs))
    return found


def _draw(folder: Path, found: list[Board], errors: Console) -> None:
    from sandbox.recovery.pictures import draw_pictures

    changed = next((board.scores for board in found if board.name == REGIME_CHANGE), [])
    for path in draw_pictures(folder, found[-1].scores, changed, EVEN):
        errors.print(f"drawn: {path}", highlight=False)


def _as_json(asked: Asked, found: list[Board], covered: list[Coverage]) -> dict[str, Any]:
    *worlds, pooled = boards_as_json(found)
    return {
        "seeds": list(asked.seeds),
        "invoices": asked.invoices,
        "reference": REFERENCE,
        "worlds": worlds,
        "pooled": pooled,
        "off_policy": coverages_as_json(covered),
    }
