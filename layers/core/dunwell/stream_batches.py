"""The batch boundary of a stream: one record after the other; from the first that fails on all come again.

A record that cannot be read would hold up all that follow for good: it is passed over, and told of; its row
stays in its table.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from dunwell.ports import Telling

Answer = dict[str, list[dict[str, str]]]

Told = TypeVar("Told")


def each_record(
    event: Mapping[str, Any],
    telling: Telling,
    read: Callable[[Mapping[str, Any]], Told | None],
    work: Callable[[Told], object],
    unreadable: str = "RecordsUnreadable",
) -> Answer:
    """Calls `work` with what `read` makes of each record, None of which is passed over. Answers the first one
    that failed, from which on Lambda brings them again. What cannot be read is counted as `unreadable`."""
    for record in event["Records"]:
        number = record["dynamodb"]["SequenceNumber"]
        try:
            told = read(record)
        except Exception as error:
            telling.count(unreadable)
            telling.warn("a record cannot be read; its row stays", error=_named(error), sequence=number)
            continue
        if told is None:
            continue
        try:
            work(told)
        except Exception as error:
            telling.count("RecordsFailed")
            telling.warn("a record failed; the stream waits for it", error=_named(error), sequence=number)
            return {"batchItemFailures": [{"itemIdentifier": number}]}
    return {"batchItemFailures": []}


def _named(error: Exception) -> str:
    """An error's type, with AWS's own code where there is one."""
    code = getattr(error, "response", {}).get("Error", {}).get("Code")
    return f"{type(error).__name__} {code}" if code else type(error).__name__
