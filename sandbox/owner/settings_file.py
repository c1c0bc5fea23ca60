"""A settings file as its owner writes it, YAML 1.2 (or JSON, which is YAML too): what it says, and in which
line each thing stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dunwell.domain.policies import Settings
from dunwell.settings import Path as Place
from dunwell.settings import Problem, SettingsError, problems_in, read_plain
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

FILE_MAX: Final = 300_000
"""Characters of a settings file; with texts in eight languages of its owner's it is far smaller."""

_TAG: Final = "tag:yaml.org,2002:"


class SettingsFileError(ValueError):
    """A settings file that cannot be used: a line for each problem, where, what is wrong, what is right."""


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """What a file says (`plain`, of JSON's types), as its owner wrote it (`text`), and the lines (from 1)."""

    path: Path
    text: str
    plain: Any
    lines: Mapping[Place, int]

    def line_of(self, problem: Problem) -> int:
        """The line of a problem: the nearest that is written down."""
        place = problem.path
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)

    def told(self, problem: Problem) -> str:
        """A problem with its line."""
        return f"{self.path}, line {self.line_of(problem)}: {problem}"


def read_file(path: Path) -> SettingsFile:
    """A file as YAML, be it right or not. Raises `SettingsFileError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsFileError(f"{path}: {str(error.strerror).lower()}") from error
    except UnicodeDecodeError as error:
        raise SettingsFileError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    if len(text) > FILE_MAX:
        raise SettingsFileError(f"{path}: {len(text)} characters are too many; write at most {FILE_MAX}")
    try:
        node = YAML(typ="safe", pure=True).compose(text)
        lines: dict[Place, int] = {}
        plain = {} if node is None else _plain(node, (), lines, path)
    except MarkedYAMLError as error:
        raise SettingsFileError(f"{path}, line {_line_of(error)}: {_in_short(error)}") from error
    except (YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, SettingsFileError):
            raise
        raise SettingsFileError(f"{path}: no YAML of any use: {error}") from error
    return SettingsFile(path, text, plain, lines)


def settings_of(file: SettingsFile) -> Settings:
    """The settings that a file makes, as version 0. Raises `SettingsFileError` with all that is wrong."""
    problems = problems_in(file.plain)
    if problems:
        lines = sorted(problems, key=file.line_of)
        raise SettingsFileError("\n".join(file.told(problem) for problem in lines))
    try:
        return read_plain(file.plain, 0)
    except SettingsError as error:
        raise SettingsFileError(f"{file.path}: {error}") from error


def _plain(node: Node, place: Place, lines: dict[Place, int], path: Path) -> Any:
    """What a node says, in JSON's types."""
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    if node.anchor is not None:
        raise SettingsFileError(
            f"{path}, line {line}: anchors and aliases (& and *) are not read here; write it out"
        )
    if isinstance(node, ScalarNode):
        return _scalar(node, path, line)
    if isinstance(node, SequenceNode):
        return [_plain(one, (*place, number), lines, path) for number, one in enumerate(node.value)]
    if not isinstance(node, MappingNode):
        raise SettingsFileError(f"{path}, line {line}: neither a value, a list nor a table")
    found: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, ScalarNode) else ""
        at = (*place, name)
        if not name:
            raise SettingsFileError(f"{path}, line {key.start_mark.line + 1}: a field's name is a word")
        if name in found:
            twice = f"{name} stands there twice, first in line {lines[at]}; keep one"
            raise SettingsFileError(f"{path}, line {key.start_mark.line + 1}: {twice}")
        lines[at] = key.start_mark.line + 1
        found[name] = _plain(value, at, lines, path)
    return found


def _scalar(node: ScalarNode, path: Path, line: int) -> Any:
    """null, true or false, a number, or text; an instant stays as it was written."""
    tag, told = str(node.tag).removeprefix(_TAG), str(node.value)
    if tag == "null":
        return None
    if tag == "bool":
        return told.lower() == "true"
    if tag in ("int", "float"):
        try:
            return int(told.replace("_", ""), 0) if tag == "int" else float(told.replace("_", ""))
        except ValueError:
            return told
    if tag in ("str", "timestamp"):
        return told
    raise SettingsFileError(
        f"{path}, line {line}: {node.tag} is not read here; write the value without a tag"
    )


def _line_of(error: MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark is not None else 1


def _in_short(error: MarkedYAMLError) -> str:
    """YAML's own words, of which people need the first ones, and the slips that are made most."""
    told = str(error.problem or error.context or "not YAML")
    hints = {
        "mapping values are not allowed": (
            "a colon where none can stand: put text with a colon into quotes; or a line that is indented "
            "deeper than its neighbours: align them"
        ),
        "found character '\\t'": "a tab; indent with spaces",
        "expected <block end>": "a line that is indented otherwise than those before it; align them",
        "could not find expected ':'": "a field without a colon; write name: value",
        "expected ',' or": "a list or table that is not closed; write ] or }",
        "found unexpected end of stream": "text that is not closed; write the quote at its end",
    }
    return next((hint for found, hint in hints.items() if found in told), f"not YAML: {told}")
