"""moto's queries, made cheap: it sorts a whole table for each of them; here it is shown the rows of the
partition that is asked for alone."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table


@contextmanager
def cheap_queries() -> Iterator[None]:
    """Within it a query of a table of thousands of items costs little more than one of a few."""
    original: Any = Table.query
    signature = inspect.signature(original)

    def query(table: Table, *given: Any, **named: Any) -> Any:
        asked = signature.bind(table, *given, **named).arguments
        partition = _untracked(table)
        if asked.get("index_name") is None:
            partition.items = _partition(table, asked["hash_key"])
        elif asked.get("hash_key_conditions"):
            partition.items = _index_partition(table, *asked["hash_key_conditions"][0])
        return original(partition, *given, **named)

    setattr(Table, "query", query)  # noqa: B010 - moto's own method, for a while
    try:
        yield
    finally:
        setattr(Table, "query", original)  # noqa: B010 - as it was


def _untracked(table: Table) -> Table:
    """A copy beside moto's own way, which would keep it for ever."""
    copied = object.__new__(Table)
    vars(copied).update(vars(table))
    return copied


def _partition(table: Table, hash_key: DynamoType) -> Any:
    return {hash_key: table.items[hash_key]} if hash_key in table.items else {}


def _index_partition(table: Table, name: str, wanted: DynamoType) -> Any:
    """The rows whose attribute has a value. Numbers can be written in several ways, so that moto compares
    them; all rows are shown to it then."""
    if wanted.type != "S":
        return table.items
    if table.range_key_attr is None:
        return {key: item for key, item in table.items.items() if _has(item, name, wanted)}
    found: dict[DynamoType, dict[DynamoType, Item]] = {}
    for hash_key, rows in table.items.items():
        own = {key: item for key, item in rows.items() if _has(item, name, wanted)}
        if own:
            found[hash_key] = own
    return found


def _has(item: Any, name: str, wanted: DynamoType) -> bool:
    told = item.attrs.get(name)
    return told is not None and bool(told.value == wanted.value) and told.type == wanted.type
