"""Domain values to JSON and back. The only place that knows how they lie in a row."""

import hashlib
import json
from typing import Any, TypeVar

from cattrs.preconf.json import make_converter

_converter = make_converter(omit_if_default=True)

T = TypeVar("T")


def to_plain(value: object) -> Any:
    """A value as dicts, lists, strings and numbers; fields at their defaults are left out."""
    return _converter.unstructure(value)


def from_plain(plain: object, kind: type[T]) -> T:
    """The value of type `kind` that `to_plain` took apart. Unknown fields (newer code's) are ignored."""
    return _converter.structure(plain, kind)


def dumps(value: object) -> str:
    """Compact JSON with sorted keys: equal values give equal text."""
    return json.dumps(to_plain(value), separators=(",", ":"), sort_keys=True)


def loads(text: str, kind: type[T]) -> T:
    return from_plain(json.loads(text), kind)


def digest(value: object) -> str:
    """A short fingerprint of a value, to see whether it changed."""
    return hashlib.sha256(dumps(value).encode()).hexdigest()[:16]
