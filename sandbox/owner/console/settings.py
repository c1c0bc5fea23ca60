"""A settings file that was pasted into the console: what is wrong in it, or what it would change."""

import io
import tempfile
from pathlib import Path

from rich.console import Console

from sandbox.owner.door import Door
from sandbox.owner.preview import previewed, rows
from sandbox.owner.settings_file import SettingsFileError

DAYS: int = 30


def previewed_text(door: Door, text: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The problems of a settings text, a line each; or, of a right one, the preview's rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            found = previewed(door, path, DAYS, Console(file=io.StringIO()))
        except SettingsFileError as wrong:
            return str(wrong).replace(f"{path}, ", "").replace(f"{path}: ", "").splitlines(), []
    return [], list(rows(found))
