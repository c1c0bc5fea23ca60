"""`TallyStore` over DynamoDB: what each thing was counted for, and the sums by day and section, written in
one transaction, so that a thing that is told of twice is counted once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from botocore.exceptions import ClientError

from dunwell.adapters.codec import dumps, loads
from dunwell.domain.recovery import Tally, changes
from dunwell.errors import StaleFactsError

COUNTED: Final = "tally"
"""The sort key of what a thing was counted for."""

LOST: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
"""Why a transaction is cancelled where somebody else was faster."""

_SUM: Final = "n."
"""What the name of a number's attribute begins with."""


@dataclass(frozen=True, slots=True)
class DynamoTallyStore:
    """`client` is boto3's for DynamoDB: the numbers' attributes have names of any kind."""

    client: Any
    table: str

    def of(self, key: str) -> Tally | None:
        found = self.client.get_item(TableName=self.table, Key=_counted(key), ConsistentRead=True)
        return loads(found["Item"]["body"]["S"], Tally) if "Item" in found else None

    def replace(self, key: str, before: Tally | None, after: Tally) -> None:
        added = changes(before, after)
        as_read: dict[str, Any] = {
            "ConditionExpression": "attribute_not_exists(#part)",
            "ExpressionAttributeNames": {"#part": "part"},
        }
        if before is not None:
            as_read = {
                "ConditionExpression": "#body = :before",
                "ExpressionAttributeNames": {"#body": "body"},
                "ExpressionAttributeValues": {":before": {"S": dumps(before)}},
            }
        kept = {"TableName": self.table, "Item": {**_counted(key), "body": {"S": dumps(after)}}, **as_read}
        items = [{"Put": kept}, *({"Update": self._added(*one)} for one in added.items())]
        try:
            self.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            reasons: Any = error.response.get("CancellationReasons", ())
            if not {one.get("Code") for one in reasons} & LOST:
                raise
            raise StaleFactsError(key) from error

    def sums(self, since: date, until: date) -> Iterator[tuple[date, str, Mapping[str, int]]]:
        for month in _months(since, until):
            pages = self.client.get_paginator("query").paginate(
                TableName=self.table,
                KeyConditionExpression="#part = :month AND #name BETWEEN :since AND :until",
                ExpressionAttributeNames={"#part": "part", "#name": "name"},
                ExpressionAttributeValues={
                    ":month": {"S": month},
                    ":since": {"S": f"{since}#"},
                    ":until": {"S": f"{until}$"},
                },
            )
            for page in pages:
                yield from (found for found in map(_sum, page["Items"]) if found[2])

    def _added(self, where: tuple[date, str], counts: Mapping[str, int]) -> dict[str, Any]:
        """What is added to one sum; a name's place among them stands for it in the expression."""
        day, section = where
        told = list(counts.items())
        return {
            "TableName": self.table,
            "Key": {"part": {"S": _month(day)}, "name": {"S": f"{day}#{section}"}},
            "UpdateExpression": "ADD " + ", ".join(f"#{n} :{n}" for n in range(len(told))),
            "ExpressionAttributeNames": {f"#{n}": f"{_SUM}{name}" for n, (name, _) in enumerate(told)},
            "ExpressionAttributeValues": {f":{n}": {"N": str(number)} for n, (_, number) in enumerate(told)},
        }


def _counted(key: str) -> dict[str, Any]:
    return {"part": {"S": f"counted#{key}"}, "name": {"S": COUNTED}}


def _month(day: date) -> str:
    return f"sums#{day:%Y-%m}"


def _months(since: date, until: date) -> Iterator[str]:
    year, month = since.year, since.month
    while (year, month) <= (until.year, until.month):
        yield _month(date(year, month, 1))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _sum(item: Mapping[str, Any]) -> tuple[date, str, Mapping[str, int]]:
    day, _, section = item["name"]["S"].partition("#")
    counts = {name.removeprefix(_SUM): int(told["N"]) for name, told in item.items() if name.startswith(_SUM)}
    return date.fromisoformat(day), section, {name: number for name, number in counts.items() if number}
