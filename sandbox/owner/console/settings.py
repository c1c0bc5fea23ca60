"""A settings file that was pasted into the console: what is wrong in it, or what it would change."""

import io
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from sandbox.owner.door import Door
from sandbox.owner.preview import crowds, previewed, rows
from sandbox.owner.settings_file import SettingsFileError, read_file
from sandbox.owner.slips import slips_in

DAYS: int = 30


@dataclass(frozen=True, slots=True)
class Looked:
    """What is told of a settings text: its `problems`, a line each; of a right one the preview's `rows`, and
    in `notes` what is surely a slip, and where more falls together than is admitted."""

    problems: list[str] = field(default_factory=list)
    rows: list[tuple[str, list[str]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def looked_at(door: Door, text: str) -> Looked:
    """What is wrong in a settings text, or what it would change."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            found = previewed(door, path, DAYS, Console(file=io.StringIO()))
        except SettingsFileError as wrong:
            return Looked(str(wrong).replace(f"{path}, ", "").replace(f"{path}: ", "").splitlines())
        file, crowd = read_file(path), crowds(found)
        slips = sorted(slips_in(file.plain), key=file.line_of)
        notes = [f"A slip? {file.told(slip).removeprefix(f'{path}, ')}" for slip in slips]
    return Looked(rows=list(rows(found)), notes=[*notes, *([crowd] if crowd is not None else [])])
