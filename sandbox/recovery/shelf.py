"""Runs kept in a file, a line for each, so that a long benchmark goes on where it was stopped."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sandbox.recovery.estimates import Estimated
from sandbox.recovery.tallies import Predicted, Run, Tally, Tenth

ROOT: Final = Path(__file__).resolve().parents[2]

DECIDING: Final = ("layers/core/dunwell/domain", "sandbox/recovery")
"""A run counts as long as no module in these folders changes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What tells a run from others: its world's file, seed, number of scored invoices and policy."""

    world: Path
    seed: int
    invoices: int
    policy: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """Runs of the code with this digest (`code_digest`). Those of other code may stand in the same file."""

    path: Path
    code: str

    def read(self) -> dict[str, Run]:
        """The runs that are there, by what was asked (`key`). A torn line is none."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except OSError:
            return {}
        return dict(found for found in map(self._read, lines) if found is not None)

    def keep(self, asked: Asked, run: Run) -> None:
        """Adds a run's line; processes may do so side by side. Raises `OSError`."""
        told = {"code": self.code, "key": self.key(asked), **asdict(run)}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(told, separators=(",", ":")).encode() + b"\n"
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(file, line)
        finally:
            os.close(file)

    def key(self, asked: Asked) -> str:
        """What was asked, in a word. Another file of the same name is another world."""
        world = hashlib.sha256(asked.world.read_bytes()).hexdigest()[:8]
        return f"{asked.world.stem} {world} {asked.seed} {asked.invoices} {asked.policy}"

    def _read(self, line: str) -> tuple[str, Run] | None:
        try:
            kept = json.loads(line)
            return (kept["key"], _run(kept)) if kept["code"] == self.code else None
        except (ValueError, KeyError, TypeError):
            return None


@lru_cache(maxsize=1)
def code_digest() -> str:
    """A hash of all that decides how a run goes."""
    paths = sorted(path for folder in DECIDING for path in (ROOT / folder).rglob("*.py"))
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _run(kept: dict[str, Any]) -> Run:
    tally, told = kept["tally"], kept["tally"]["estimated"]
    return Run(
        kept["world"],
        kept["seed"],
        kept["policy"],
        Tally(
            tally["ledger"],
            tuple(Tenth(*one) for one in tally["tenths"]),
            tuple(Predicted(*one) for one in tally["predicted"]),
            told and Estimated(told["truth"], {name: tuple(pair) for name, pair in told["told"].items()}),
        ),
    )
