"""What a field of the settings may hold: each kind finds what is wrong, says what would be right, and writes
itself down as JSON Schema (draft 2020-12)."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final, Protocol

SHOWN_MAX: Final = 40
"""Characters of a wrong value that are repeated to whoever wrote it."""

Path = tuple[str | int, ...]
"""Where something stands in the document: names of fields, and places in lists (from 0)."""

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a settings document: where, and in one sentence what, and what would be right."""

    path: Path
    text: str

    def __str__(self) -> str:
        return f"{dotted(self.path)}: {self.text}" if self.path else self.text


def dotted(path: Path) -> str:
    """A path as people read it, who count from one: `automations[2].retry.retries`."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


class Kind(Protocol):
    """What a field may hold."""

    @property
    def right(self) -> str:
        """What would be right, to stand after "write"."""
        ...

    def problems(self, told: Any, path: Path) -> Iterator[Problem]: ...

    def schema(self) -> Schema: ...


@dataclass(frozen=True, slots=True)
class Flag:
    @property
    def right(self) -> str:
        return "true or false"

    def problems(self, told: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(told, bool):
            yield _wrong(path, told, "is neither true nor false", self)

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`; `what` says of what."""

    low: int
    high: int
    what: str = "a whole number"

    @property
    def right(self) -> str:
        return f"{self.what} from {self.low} to {self.high}"

    def problems(self, told: Any, path: Path) -> Iterator[Problem]:
        if type(told) is not int:
            yield _wrong(path, told, "is no whole number", self)
        elif not self.low <= told <= self.high:
            yield _wrong(path, told, "is too little" if told < self.low else "is too much", self)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    values: tuple[str, ...]

    @property
    def right(self) -> str:
        return f"one of {', '.join(self.values)}"

    def problems(self, told: Any, path: Path) -> Iterator[Problem]:
        if not (isinstance(told, str) and told in self.values):
            yield _wrong(path, told, f"is none of the choices{_nearest(told, self.values)}", self)

    def schema(self) -> Schema:
        return {"enum": list(self.values)}


@dataclass(frozen=True, slots=True)
class Text:
    """Text of up to `longest` characters that `fits`, where more is asked of it; `what` says what would be
    right. With `or_null` there may be none."""

    what: str
    longest: int = 300
    fits: Callable[[str], bool] = lambda _: True
    or_null: bool = False

    @property
    def right(self) -> str:
        return self.what

    def problems(self, told: Any, path: Path) -> Iterator[Problem]:
        if told is None and self.or_null:
            return
        if told is None:
            yield Problem(path, f"nothing stands there; write {self.right}, in quotes where it has a #")
        elif not isinstance(told, str):
            yield _wrong(path, told, "is no text", self)
        elif len(told) > self.longest:
            most = f", at most {self.longest} characters" if self.longest > SHOWN_MAX else ""
            yield Problem(path, f"{len(told)} characters are too many; write {self.what}{most}")
        elif not self.fits(told):
            yield _wrong(path, told, "cannot be used", self)

    def schema(self) -> Schema:
        return {"type": ["string", "null"] if self.or_null else "string", "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class Instant:
    """An instant with its offset, or null."""

    @property
    def right(self) -> str:
        return "an instant with its offset, like 2026-11-01T00:00:00+00:00"

    def problems(self, told: Any, path: Path) -> Iterator[Problem]:
        if told is not None and not (isinstance(told, str) and _is_instant(told)):
            yield _wrong(path, told, "is no instant with an offset", self)

    def schema(self) -> Schema:
        return {"type": ["string", "null"], "format": "date-time"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of up to `most` things of a kind, each once."""

    item: Kind
    most: int

    @property
    def right(self) -> str:
        return f"a list like [...] of up to {self.most}, each {self.item.right}"

    def problems(self, told: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(told, list):
            yield _wrong(path, told, "is no list", self)
            return
        if len(told) > self.most:
            yield Problem(path, f"{len(told)} are too many; write at most {self.most}")
            return
        for place, one in enumerate(told):
            yield from self.item.problems(one, (*path, place))

    def schema(self) -> Schema:
        return {"type": "array", "items": self.item.schema(), "maxItems": self.most}


@dataclass(frozen=True, slots=True)
class Keyed:
    """A table with names of the owner's own: each fits `is_name`, whose right form is `name`."""

    value: Kind
    name: str
    is_name: Callable[[str], bool]
    most: int = 200

    @property
    def right(self) -> str:
        return f"a table: {self.name}, a colon, {self.value.right}"

    def problems(self, told: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(told, dict):
            yield _wrong(path, told, "is no table", self)
            return
        if len(told) > self.most:
            yield Problem(path, f"{len(told)} are too many; write at most {self.most}")
            return
        for key, value in told.items():
            if not self.is_name(key):
                yield Problem((*path, key), f"{_shown(key)} cannot stand here; write {self.name}")
            else:
                yield from self.value.problems(value, (*path, key))

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": self.value.schema(), "maxProperties": self.most}


@dataclass(frozen=True, slots=True)
class Field:
    """A named field of a table: its kind, what it `says` to the owner, and the value that stands for none."""

    kind: Kind
    says: str
    default: Any = None


Rule = Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]
"""What fields must keep together: of a table whose fields are right each, (the field, what is wrong)."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of known fields; those of `needed` must be there."""

    fields: Mapping[str, Field]
    rules: tuple[Rule, ...] = ()
    needed: frozenset[str] = field(default_factory=frozenset)

    @property
    def right(self) -> str:
        return f"a table of {', '.join(self.fields)}"

    def problems(self, told: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(told, dict):
            yield _wrong(path, told, "is no table", self)
            return
        found = [*self._unknown(told, path), *self._missing(told, path)]
        for name, known in self.fields.items():
            if name in told:
                found += known.kind.problems(told[name], (*path, name))
        yield from found
        if not found:
            whole = {name: told.get(name, known.default) for name, known in self.fields.items()}
            for rule in self.rules:
                yield from (Problem((*path, name), text) for name, text in rule(whole))

    def schema(self) -> Schema:
        properties = {name: _described(known) for name, known in self.fields.items()}
        plain: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return {**plain, "required": sorted(self.needed)} if self.needed else plain

    def _unknown(self, told: Mapping[str, Any], path: Path) -> Iterator[Problem]:
        for name in told:
            if name not in self.fields:
                near = _nearest(name, self.fields) or f"; there are {', '.join(self.fields)}"
                yield Problem((*path, name), f"no such setting{near}")

    def _missing(self, told: Mapping[str, Any], path: Path) -> Iterator[Problem]:
        for name in sorted(self.needed - told.keys()):
            yield Problem(path, f"{name} is missing; write {self.fields[name].kind.right}")


def matches(pattern: str) -> Callable[[str], bool]:
    """Whether a text is one of a regular expression's, as a whole."""
    return lambda told: re.fullmatch(pattern, told) is not None


def _described(known: Field) -> Schema:
    described = {**known.kind.schema(), "description": known.says}
    return described if known.default is None else {**described, "default": known.default}


def _wrong(path: Path, told: Any, why: str, kind: Kind) -> Problem:
    return Problem(path, f"{_shown(told)} {why}; write {kind.right}")


def _shown(told: Any) -> str:
    """A value as it stands in a document, no longer than somebody needs to find it."""
    if told is None:
        return "nothing"
    try:
        shown = json.dumps(told, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        shown = str(type(told).__name__)
    return shown if len(shown) <= SHOWN_MAX else f"{shown[:SHOWN_MAX]}..."


def _nearest(told: Any, known: Any) -> str:
    near = get_close_matches(told, list(known), 1) if isinstance(told, str) else []
    return f" (did you mean {near[0]}?)" if near else ""


def _is_instant(told: str) -> bool:
    try:
        return datetime.fromisoformat(told).tzinfo is not None
    except ValueError:
        return False
