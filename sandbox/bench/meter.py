"""A meter on every call that a function makes to AWS: how many, of what, and what they cost in units.

Beside what was used stands the least: every row and every entry of an index within one unit, and nothing
read twice by one invocation without a write in between. What a warm function keeps (settings, lessons,
secrets) is counted apart, for it is read once for many.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Final

import boto3

from sandbox.bench.units import Item, Table, read_units, size_of
from sandbox.cloud.calls import CALLER, Call
from sandbox.cloud.deployment import Deployment
from sandbox.cloud.functions import Functions
from sandbox.cloud.translation import REGION

_WRITES: Final = ("PutItem", "UpdateItem", "DeleteItem")
KEPT: Final = ("SettingsTable", "LessonsTable")
"""Tables that a warm function reads once for many invocations."""


@dataclass(slots=True)
class Cost:
    """What was used: `calls` by service and operation (`repeated`: those that read the same again),
    DynamoDB's `reads` and `writes` in units with the least of them, messages, events and mails sent. `once`
    are the calls that a warm function spares; they are in none of the others."""

    calls: Counter[str] = field(default_factory=Counter)
    once: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    reads: float = 0.0
    least_reads: float = 0.0
    writes: int = 0
    least_writes: int = 0
    messages: int = 0
    events: int = 0
    mails: int = 0
    invocations: int = 0

    @property
    def requests(self) -> int:
        """Calls to AWS."""
        return self.calls.total()

    @property
    def least_requests(self) -> int:
        return self.requests - self.repeated

    def plus(self, other: "Cost") -> "Cost":
        return Cost(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(Cost)})


@dataclass(slots=True)
class Meter:
    """A `Guard` that measures what passes it, by the function that calls."""

    deployment: Deployment
    functions: Functions
    by_function: dict[str, Cost] = field(default_factory=dict)
    _tables: dict[str, Table] = field(default_factory=dict)
    _read: set[tuple[str, int, str]] = field(default_factory=set)

    def measure(self, call: Call, go: Callable[[], Any]) -> Any:
        """Makes the call and notes what it cost."""
        cost, name = self.by_function.setdefault(call.function, Cost()), f"{call.service}.{call.operation}"
        if call.service == "secretsmanager" or self._is_kept(call):
            cost.once[name] += 1
            return go()
        cost.calls[name] += 1
        if call.service == "dynamodb":
            return self._dynamodb(cost, call, go)
        if call.service == "sqs":
            cost.messages += len(call.params["Entries"])
        if call.service == "events":
            cost.events += len(call.params["Entries"])
        if call.service == "sesv2":
            cost.mails += 1
        return go()

    def _is_kept(self, call: Call) -> bool:
        kept = {self.deployment.physical_ids[name] for name in KEPT}
        return call.operation in ("Query", "GetItem") and call.params.get("TableName") in kept

    def _dynamodb(self, cost: Cost, call: Call, go: Callable[[], Any]) -> Any:
        if call.operation in _WRITES:
            return self._write(cost, [call.params], go, transaction=False)
        if call.operation == "TransactWriteItems":
            parts = [body for item in call.params["TransactItems"] for body in item.values()]
            return self._write(cost, parts, go, transaction=True)
        answer = go()
        units, least = _units_read(call, answer)
        again = (call.function, self.functions.invocations[call.function], repr(call.params))
        cost.reads += units
        if again in self._read:
            cost.repeated += 1
        else:
            cost.least_reads += least
        self._read.add(again)
        return answer

    def _write(self, cost: Cost, parts: list[Any], go: Callable[[], Any], *, transaction: bool) -> Any:
        """A write whose condition fails costs as much as one that leaves the item as it is."""
        self._read.clear()
        keys = [self._key(part) for part in parts]
        before = [self._item(part["TableName"], key) for part, key in zip(parts, keys, strict=True)]
        try:
            return go()
        finally:
            for part, key, old in zip(parts, keys, before, strict=True):
                new, table = self._item(part["TableName"], key), self._table(part["TableName"])
                written = table.written(old, new, transaction=transaction)
                cost.writes += written.units
                cost.least_writes += written.least

    def _key(self, part: Any) -> dict[str, Any]:
        """The key of what is written."""
        return dict(part["Key"]) if "Key" in part else self._table(part["TableName"]).key_of(part["Item"])

    def _item(self, table: str, key: dict[str, Any]) -> Item | None:
        """An item as it is now: the meter's own reading, which costs nothing."""
        token = CALLER.set(None)
        try:
            client = boto3.client("dynamodb", region_name=REGION)
            found: Item | None = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        finally:
            CALLER.reset(token)
        return found

    def _table(self, name: str) -> Table:
        if not self._tables:
            for logical, properties in self.deployment.of_type("AWS::DynamoDB::Table").items():
                self._tables[self.deployment.physical_ids[logical]] = Table.of(properties)
        return self._tables[name]


def _units_read(call: Call, answer: Any) -> tuple[float, float]:
    """Units of a read, and the least of one like it."""
    consistent = call.params.get("ConsistentRead", False)
    one = 1.0 if consistent else 0.5
    if call.operation == "GetItem":
        return read_units([size_of(answer.get("Item", {}))], consistent=consistent), one
    if call.operation == "Query":
        if answer["ScannedCount"] != answer["Count"]:
            raise NotImplementedError("a filter leaves out what was read: its size is not told")
        return read_units([size_of(item) for item in answer["Items"]], consistent=consistent), one
    if call.operation == "BatchGetItem":
        found = [item for items in answer["Responses"].values() for item in items]
        asked = sum(len(table["Keys"]) for table in call.params["RequestItems"].values())
        units = sum(read_units([size_of(item)], consistent=False) for item in found)
        return units + 0.5 * (asked - len(found)), 0.5 * asked
    raise NotImplementedError(f"no function calls {call.operation} so far: teach the meter its units")
