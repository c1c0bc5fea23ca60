"""Results kept in a folder, a file for each block of seeds, so that a long run goes on where it stopped."""

import hashlib
import json
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.files import write_whole
from sandbox.simulation.tallies import Block, Found, Tally, met_as_json, met_from_json

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Blocks played at one commit. Those of other commits and other faults may lie in the same folder."""

    folder: Path
    commit: str | None

    def read(self, block: Block) -> Tally | None:
        """What a block came to, None where it was not played yet or its file cannot be read."""
        try:
            kept = json.loads(self._path(block).read_text(encoding="utf-8"))
            return _tally(kept) if kept["played"] == self._played(block) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, block: Block, tally: Tally) -> None:
        """Writes a block's file, whole or not at all; its tally is sealed. Raises `OSError`."""
        told = {"played": self._played(block), **_as_json(tally)}
        write_whole(self._path(block), json.dumps(told, indent=1) + "\n")

    def _path(self, block: Block) -> Path:
        played = self._played(block)
        key = hashlib.sha256(json.dumps([played["commit"], played["faults"]]).encode()).hexdigest()[:8]
        return self.folder / f"{block.model}-{block.first:09}-{block.seeds}-{key}.json"

    def _played(self, block: Block) -> dict[str, Any]:
        return {
            "model": block.model,
            "from": block.first,
            "seeds": block.seeds,
            "faults": None if block.kinds is None else sorted(block.kinds),
            "commit": self.commit,
        }


def current_commit(root: Path = ROOT) -> str | None:
    """The checkout's commit, and a hash of what was changed in tracked files since; None outside of git."""
    commit = _git(root, "rev-parse", "HEAD").decode().strip()
    if not commit:
        return None
    changes = _git(root, "diff", "HEAD")
    return f"{commit}+{hashlib.sha256(changes).hexdigest()[:8]}" if changes else commit


def _git(root: Path, *arguments: str) -> bytes:
    """What git answers, nothing where it fails or is not installed."""
    git = shutil.which("git")
    if git is None:
        return b""
    try:
        done = subprocess.run([git, *arguments], cwd=root, capture_output=True, check=False, timeout=30)  # noqa: S603 - found on the PATH
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""


def _as_json(tally: Tally) -> dict[str, Any]:
    return {
        "histories": tally.seeds,
        "steps": tally.steps,
        "digest": tally.digests[0],
        "violations": [asdict(found) for found in tally.found],
        "met": met_as_json(tally.met),
    }


def _tally(kept: dict[str, Any]) -> Tally:
    return Tally(
        kept["histories"],
        kept["steps"],
        [kept["digest"]],
        [Found(**found) for found in kept["violations"]],
        met_from_json(kept["met"]),
    )
