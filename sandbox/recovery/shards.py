"""Runs kept in a folder, a file for each, so that a long benchmark goes on where it was stopped."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.files import write_whole
from sandbox.recovery.driver import FirstChoice, Outcome, Record
from sandbox.recovery.scores import Run


@dataclass(frozen=True, slots=True)
class Shelf:
    """Runs made at one commit. Those of others may lie in the same folder."""

    folder: Path
    commit: str | None

    def read(self, path: Path, seed: int, invoices: int, policy: str) -> Run | None:
        """One run, None where it was not made yet or its file cannot be read."""
        made = self._made(path, seed, invoices, policy)
        try:
            kept = json.loads(self._path(made).read_text(encoding="utf-8"))
            return _run(kept, seed, policy) if kept["made"] == made else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, run: Run, path: Path, invoices: int) -> None:
        """Writes a run's file, whole or not at all. Raises `OSError`."""
        made, record = self._made(path, run.seed, invoices, run.policy), run.record
        told = {
            "made": made,
            "world": run.world,
            "ledger": record.ledger,
            "outcomes": [
                [one.opened_at.isoformat(), *list(asdict(one).values())[1:]] for one in record.outcomes
            ],
            "predictions": record.predictions,
            "choices": [list(asdict(one).values()) for one in record.choices],
        }
        write_whole(self._path(made), json.dumps(told) + "\n")

    def _made(self, path: Path, seed: int, invoices: int, policy: str) -> dict[str, Any]:
        world = hashlib.sha256(path.read_bytes()).hexdigest()
        return {
            "world": world,
            "name": path.stem,
            "seed": seed,
            "invoices": invoices,
            "policy": policy,
            "commit": self.commit,
        }

    def _path(self, made: dict[str, Any]) -> Path:
        key = hashlib.sha256(
            json.dumps([made["world"], made["policy"], made["commit"]]).encode()
        ).hexdigest()[:8]
        return self.folder / f"{made['name']}-{made['seed']}-{made['invoices']}-{key}.json"


def _run(kept: dict[str, Any], seed: int, policy: str) -> Run:
    outcomes = [Outcome(datetime.fromisoformat(at), *rest) for at, *rest in kept["outcomes"]]
    predictions = [(float(told), bool(passed)) for told, passed in kept["predictions"]]
    choices = [FirstChoice(*(tuple(part) for part in one)) for one in kept["choices"]]
    return Run(kept["world"], seed, policy, Record(kept["ledger"], outcomes, predictions, choices))
