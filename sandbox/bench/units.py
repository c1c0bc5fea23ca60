"""DynamoDB's units by AWS's own rules, from the sizes of items and index entries.

Item sizes: docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html. Reads and
writes: the pages on read and write request units of the same guide. moto counts 1.0 for whatever it is asked.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Item = Mapping[str, Mapping[str, Any]]
"""An item as DynamoDB's API writes it: by attribute, its type and value."""

READ_BYTES: Final = 4_096
WRITE_BYTES: Final = 1_024

TRANSACTION: Final = 2
"""A transaction reads or writes each of its items twice: to prepare, and to commit."""


def size_of(item: Item) -> int:
    """Bytes of an item: its attributes' names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, told),) = value.items()
    if kind == "S":
        return len(told.encode())
    if kind == "N":
        return math.ceil(len(told.lstrip("-").replace(".", "").strip("0") or "0") / 2) + 1
    if kind == "B":
        return len(told)
    if kind in ("BOOL", "NULL"):
        return 1
    raise NotImplementedError(f"no row of Dunwell's has an attribute of type {kind}")


def read_units(sizes: Iterable[int], *, consistent: bool) -> float:
    """Units of one read of some items together (a query): one at least, half of it when eventual."""
    units = max(1, math.ceil(sum(sizes) / READ_BYTES))
    return float(units) if consistent else units / 2


def write_units(before: Item | None, after: Item | None) -> int:
    """Units of writing or deleting one item: those of the larger of both, one at least."""
    largest = max(size_of(one) if one else 0 for one in (before, after))
    return max(1, math.ceil(largest / WRITE_BYTES))


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index: its key's attributes, and what else it holds of an item; None: all of it."""

    key: tuple[str, ...]
    held: frozenset[str] | None

    def entry(self, item: Item | None) -> Item | None:
        """What the index holds of an item, None where the item is not in it."""
        if item is None or any(name not in item for name in self.key):
            return None
        return item if self.held is None else {name: told for name, told in item.items() if name in self.held}

    def written(self, before: Item | None, after: Item | None) -> list[int]:
        """Units of each entry that a write of the item changes: a new key is a deletion and an insertion,
        what is as before costs nothing."""
        old, new = self.entry(before), self.entry(after)
        if old == new:
            return []
        if old is None or new is None or any(old[name] != new[name] for name in self.key):
            return [write_units(one, None) for one in (old, new) if one is not None]
        return [write_units(old, new)]


@dataclass(frozen=True, slots=True)
class Written:
    """Units of a write, and those of one whose rows and entries were as small as they can be."""

    units: int
    least: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table's key and its indexes, as the template has them."""

    key: tuple[str, ...]
    indexes: Mapping[str, Index]

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> "Table":
        key = _names(properties["KeySchema"])
        indexes = {}
        for one in properties.get("GlobalSecondaryIndexes", []):
            projection, own = one["Projection"], _names(one["KeySchema"])
            held = frozenset({*key, *own, *projection.get("NonKeyAttributes", ())})
            indexes[one["IndexName"]] = Index(own, None if projection["ProjectionType"] == "ALL" else held)
        return cls(key, indexes)

    def key_of(self, item: Item) -> dict[str, Mapping[str, Any]]:
        return {name: item[name] for name in self.key}

    def written(self, before: Item | None, after: Item | None, *, transaction: bool) -> "Written":
        """Units of one write with what it changes in the indexes, which no transaction writes twice."""
        times = TRANSACTION if transaction else 1
        entries = [units for index in self.indexes.values() for units in index.written(before, after)]
        return Written(write_units(before, after) * times + sum(entries), times + len(entries))


def _names(schema: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(one["AttributeName"] for one in schema)
