"""Pieces of Stripe's JSON: an id, a number, an instant, a list, whatever stands in their place.

Nothing here trusts a field to be there, and nothing knows what an invoice is.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

Json = Mapping[str, Any]

INSTANT_MAX: Final = 32_503_680_000
"""The year 3000, as a Unix time: what lies further is a slip, and days could not be counted around it."""

WHOLE_MAX: Final = 2**63 - 1
"""Stripe's integers have 64 bits."""

_ID: Final = re.compile(r"[A-Za-z0-9_.:\-]{1,255}")


def id_of(value: object) -> str | None:
    """The id in an expandable field: an id, an object with one, or None. What no id looks like is none."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def child(value: object, *path: str) -> Json:
    """The object at a path of keys, {} where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def whole(value: object) -> int:
    """An integer, 0 for anything else (null, text, a fraction, what no 64 bits hold)."""
    return value if type(value) is int and abs(value) <= WHOLE_MAX else 0


def instant(value: object) -> datetime | None:
    """A Unix time in seconds as an aware UTC instant, None for anything that is none."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= INSTANT_MAX:
        return None
    return datetime.fromtimestamp(value, UTC)


def listed(value: object) -> Iterator[Json]:
    """The objects of a Stripe list, or of a bare array."""
    items = value.get("data") if isinstance(value, Mapping) else value
    yield from (item for item in items if isinstance(item, Mapping)) if isinstance(items, list) else ()
