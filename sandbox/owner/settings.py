"""`dunwell settings`: the owner's settings in one file: looked at, checked, applied, taken back."""

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from dunwell.settings.document import DOCUMENT
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sandbox.owner.door import Door
from sandbox.owner.preview import difference
from sandbox.owner.settings_file import SettingsFile, read_file, settings_of
from sandbox.owner.slips import slips_in

DAYS_AHEAD: Final = 30
"""Days of the preview that is made before settings are applied."""

SHARE_ASKED: Final = 0.2
"""Settings that change more than this share of what would be done are applied with `--yes` only."""


def run_check(path: Path, console: Console) -> int:
    """Tells that a file is right, and what it comes to. Raises `SettingsFileError`."""
    file = read_file(path)
    settings = settings_of(file)
    begun = any(one.settings.active_since for one in settings.automations)
    if settings.active_since is not None:
        collects = f"collects from {settings.active_since:%Y-%m-%d %H:%M %Z} on"
    else:
        collects = "collects what its automations activate" if begun else "only observes"
    told = f"{path} is right: it {collects}; {len(settings.automations)} automations"
    console.print(told, highlight=False, soft_wrap=True)
    tell_slips(file, console)
    return 0


def tell_slips(file: SettingsFile, console: Console) -> None:
    """Tells of a right file what is surely a slip in it, with the lines."""
    for slip in sorted(slips_in(file.plain), key=file.line_of):
        console.print(f"a slip? {file.told(slip)}", style="yellow", highlight=False, soft_wrap=True)


def run_schema(console: Console) -> int:
    """Prints the JSON Schema that editors check a file by."""
    sys.stdout.write(schema_text())
    console.file.flush()
    return 0


def schema_text() -> str:
    """The JSON Schema of the settings (draft 2020-12)."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Dunwell's settings"}
    return json.dumps({**head, **DOCUMENT.schema()}, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class How:
    """How settings are changed: why; on which version (None: the newest); however much changes (`sure`)."""

    why: str = ""
    on_version: int | None = None
    sure: bool = False


def run_apply(door: Door, path: Path, how: How, console: Console) -> int:
    """Makes a file the newest version. Raises `ValueError`, which says what to do."""
    file = read_file(path)
    settings_of(file)
    tell_slips(file, console)
    on_version = _on_version(door, how)
    if not how.sure:
        _ask_about(difference(door, file.plain, DAYS_AHEAD, console).share, str(path))
    asked = {
        "document": file.plain,
        "text": file.text,
        "by": door.who,
        "why": how.why,
        "on_version": on_version,
    }
    made = door.ask("settings.apply", **asked)["settings"]
    if made["version"] == on_version:
        console.print(f"version {on_version} says the same: nothing to apply", highlight=False)
        return 0
    console.print(f"version {made['version']} applies; the whole book is decided again", highlight=False)
    return 0


def _ask_about(share: float, what: str) -> None:
    if share > SHARE_ASKED:
        told = f"{share:.0%} of what would be done in {DAYS_AHEAD} days is done otherwise with {what}"
        raise ValueError(f"{told}: look at it with `dunwell preview`, then do it with --yes")


def run_roll_back(door: Door, version: int, how: How, console: Console) -> int:
    """Makes an earlier version the newest one again. Raises `ValueError`, which says what to do."""
    on_version = _on_version(door, how)
    if version == _newest(door):
        console.print(f"version {version} is the newest one: nothing to do", highlight=False)
        return 0
    document = door.ask("settings.show", version=version)["settings"]["document"]
    if not how.sure:
        _ask_about(difference(door, document, DAYS_AHEAD, console).share, f"version {version}")
    asked = {"version": version, "by": door.who, "why": how.why, "on_version": on_version}
    made = door.ask("settings.roll_back", **asked)["settings"]
    console.print(f"version {made['version']} applies: it says what version {version} says", highlight=False)
    return 0


def run_show(door: Door, version: int | None, console: Console, *, as_json: bool) -> int:
    """Prints a version as its owner wrote it, the newest without a number."""
    asked = {} if version is None else {"version": version}
    told = door.ask("settings.show", **asked)["settings"]
    if as_json:
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        return 0
    head = f"# version {told['version']}{_by(told)}"
    console.print(head, style="dim", highlight=False, markup=False, soft_wrap=True)
    written = told["text"] or json.dumps(told["document"], indent=2, ensure_ascii=False)
    console.print(written.rstrip("\n"), highlight=False, markup=False, soft_wrap=True)
    return 0


def run_history(door: Door, console: Console, *, as_json: bool) -> int:
    """Lists the versions, the newest first."""
    versions = door.ask("settings.history")["versions"]
    if as_json:
        sys.stdout.write(json.dumps(versions, indent=2, ensure_ascii=False) + "\n")
        return 0
    table = Table("version", "when", "by", "why", title="Settings, the newest first", title_justify="left")
    for one in versions:
        at = f"{datetime.fromisoformat(one['at']):%Y-%m-%d %H:%M} UTC" if one["at"] else ""
        table.add_row(str(one["version"]), at, Text(one["by"] or "by hand"), Text(one["why"] or ""))
    console.print(table)
    return 0


def _newest(door: Door) -> int:
    versions = door.ask("settings.history")["versions"]
    return int(versions[0]["version"]) if versions else 0


def _on_version(door: Door, how: How) -> int:
    """The version that is changed. Raises `ValueError` where it is no longer the newest: the same change, as
    after an answer that was lost, says so with `--yes`."""
    newest = _newest(door)
    if how.on_version is None:
        return newest
    if how.on_version != newest and not how.sure:
        told = f"version {newest} was applied meanwhile"
        raise ValueError(f"{told}; look at it (`dunwell settings show`), then do it again")
    return how.on_version


def _by(told: dict[str, Any]) -> str:
    if told["by"] is None:
        return ", written by hand"
    return f", applied {told['at']} by {told['by']}" + (f": {told['why']}" if told["why"] else "")
