"""moto's transactions, made cheap: to take a failed one back it copies whole tables each time; here the items
that a transaction names are kept, and put back."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table


@dataclass(frozen=True, slots=True)
class Kept:
    """An item as it was before a transaction, None where there was none."""

    table: Table
    hash_key: DynamoType
    range_key: DynamoType | None
    item: Item | None

    def put_back(self) -> None:
        rows: Any = self.table.items if self.range_key is None else self.table.items[self.hash_key]
        key = self.hash_key if self.range_key is None else self.range_key
        if self.item is None:
            rows.pop(key, None)
        else:
            rows[key] = self.item


@contextmanager
def cheap_transactions() -> Iterator[None]:
    """Within it moto's transactions copy no table. It knows of the tables that Dunwell has."""
    original: Any = DynamoDBBackend.transact_write_items
    copied = vars(Table).get("__deepcopy__")

    def transact(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        kept = [_kept(backend, operation) for operation in transact_items]
        streams = {one.table.name: len(_stream(one.table)) for one in kept}
        try:
            original(backend, transact_items)
        except BaseException:
            for one in reversed(kept):
                one.put_back()
                del _stream(one.table)[streams[one.table.name] :]
            raise

    setattr(DynamoDBBackend, "transact_write_items", transact)  # noqa: B010 - moto's own method, for a while
    setattr(Table, "__deepcopy__", lambda table, _: table)  # noqa: B010 - its copy would be put in its place
    try:
        yield
    finally:
        setattr(DynamoDBBackend, "transact_write_items", original)  # noqa: B010 - as it was
        if copied is None:
            delattr(Table, "__deepcopy__")


def _kept(backend: DynamoDBBackend, operation: dict[str, Any]) -> Kept:
    ((kind, body),) = operation.items()
    table = backend.get_table(body["TableName"])
    told = body["Item"] if kind == "Put" else body["Key"]
    hash_key = DynamoType(told[table.hash_key_attr])
    range_key = DynamoType(told[table.range_key_attr]) if table.range_key_attr is not None else None
    return Kept(table, hash_key, range_key, copy.deepcopy(table.get_item(hash_key, range_key)))


def _stream(table: Table) -> list[Any]:
    """The records of a table's stream, none where it has no stream."""
    return table.stream_shard.items if table.stream_shard is not None else []
