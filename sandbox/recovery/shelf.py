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

DECIDING: Final = (
    "layers/core/dunwell/domain/**/*.py",
    "sandbox/recovery/worlds/*.py",
    *(f"sandbox/recovery/{name}.py" for name in ("baselines", "counts", "driver", "smart")),
    *(f"sandbox/recovery/{name}.py" for name in ("estimates", "tallies")),
)
"""A run counts as long as none of these modules changes: what is decided, and what is kept of it."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Runs of the code with this digest (`code_digest`). Those of other code may stand in the same file."""

    path: Path
    code: str

    def open(self) -> None:
        """Makes the file, so that one that cannot be written is told of before hours of work. Raises
        `OSError`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab"):
            pass

    def read(self) -> dict[str, Run]:
        """The runs that are there, by their keys (`key_of`). A torn line is none. Raises `OSError`."""
        return dict(found for found in map(self._read, self.path.read_bytes().splitlines()) if found)

    def keep(self, key: str, run: Run) -> None:
        """Adds a run's line; processes may do so side by side. Raises `OSError`."""
        told = {"code": self.code, "key": key, **asdict(run)}
        line = b"\n" + json.dumps(told, separators=(",", ":")).encode() + b"\n"  # what is before may be torn
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        try:
            if os.write(file, line) < len(line):
                raise OSError(f"{self.path}: the run's line could not be written whole")
        finally:
            os.close(file)

    def _read(self, line: bytes) -> tuple[str, Run] | None:
        try:
            kept = json.loads(line)
            return (kept["key"], _run(kept)) if kept["code"] == self.code else None
        except (ValueError, KeyError, TypeError):
            return None


def key_of(world: Path, seed: int, invoices: int, policy: str) -> str:
    """What tells a run from others, in a word. Another file of the same name is another world."""
    return f"{world.stem} {_digest([world])[:8]} {seed} {invoices} {policy}"


@lru_cache(maxsize=1)
def code_digest() -> str:
    """A hash of all modules that decide how a run goes. Python's version is none of it: what differs between
    versions is the last bit of a sum."""
    paths = sorted(path for pattern in DECIDING for path in ROOT.glob(pattern))
    return _digest(paths)[:12]


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


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
