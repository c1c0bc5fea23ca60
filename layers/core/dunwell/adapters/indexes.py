"""The tables' indexes, and the names of their partitions: hashes that are the same on every machine."""

from datetime import date, datetime
from typing import Any, Final
from zlib import crc32

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from dunwell.workers import Lane

DUE_SHARDS: Final = 4
"""Partitions of each lane of the due index; one takes about 1,000 writes a second."""


class DueIndex(GlobalSecondaryIndex[Any]):
    """The agenda: sparse, one entry for each row that has something due."""

    class Meta:
        index_name = "due"
        projection = IncludeProjection(["worker"])

    due_lane = UnicodeAttribute(hash_key=True)
    due_at = UTCDateTimeAttribute(range_key=True)


class ByCustomerIndex(GlobalSecondaryIndex[Any]):
    """The open invoices of a customer; closed ones leave it."""

    class Meta:
        index_name = "by_customer"
        projection = KeysOnlyProjection()

    open_customer_id = UnicodeAttribute(hash_key=True)
    invoice_id = UnicodeAttribute(range_key=True)


class WaitingIndex(GlobalSecondaryIndex[Any]):
    """Events that are stored and not dealt with yet: sparse, and nearly always nearly empty."""

    class Meta:
        index_name = "waiting"
        projection = KeysOnlyProjection()

    waiting = UnicodeAttribute(hash_key=True)
    stored_at = UTCDateTimeAttribute(range_key=True)


class ByIssuerIndex(GlobalSecondaryIndex[Any]):
    """The attempts on an issuer's cards: sparse, only those whose issuer is told."""

    class Meta:
        index_name = "by_issuer"
        projection = IncludeProjection(["body"])

    issuer = UnicodeAttribute(hash_key=True)
    made = UnicodeAttribute(range_key=True)


class ByDayIndex(GlobalSecondaryIndex[Any]):
    """The attempts of a day, spread over shards."""

    class Meta:
        index_name = "by_day"
        projection = IncludeProjection(["body"])

    day_shard = UnicodeAttribute(hash_key=True)
    made = UnicodeAttribute(range_key=True)


def due_partition(lane: Lane, row_id: str) -> str:
    """The due index's partition for a row: spread by a hash that is the same on every machine."""
    return f"{lane}#{crc32(row_id.encode()) % DUE_SHARDS}"


def due_partitions(lane: Lane) -> list[str]:
    return [f"{lane}#{shard}" for shard in range(DUE_SHARDS)]


def day_partition(day: date, customer_id: str) -> str:
    """The by-day index's partition for a customer's attempts of a day (UTC)."""
    return f"{day}#{crc32(customer_id.encode()) % DUE_SHARDS}"


def day_partitions(day: date) -> list[str]:
    return [f"{day}#{shard}" for shard in range(DUE_SHARDS)]


def waiting_partition(event_id: str) -> str:
    return f"waiting#{crc32(event_id.encode()) % DUE_SHARDS}"


def waiting_partitions() -> list[str]:
    return [f"waiting#{shard}" for shard in range(DUE_SHARDS)]


def sortable(instant: datetime) -> str:
    """An instant as text of fixed width that sorts by time."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
