"""The batch boundary of a stream: records in their order, and from the first that fails on all come again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dunwell.ports import Telling

Answer = dict[str, list[dict[str, str]]]


def each_record(
    event: Mapping[str, Any], telling: Telling, work: Callable[[Sequence[Mapping[str, Any]]], int]
) -> Answer:
    """Calls `work` with the records that are left, until none is or one fails: it does some from the first on
    and returns how many. Answers the first one not done, from which on Lambda brings them again."""
    left = list(event["Records"])
    while left:
        try:
            done = work(left)
        except Exception as error:
            telling.count("RecordsFailed")
            telling.warn("a record failed; the stream waits for it", error=type(error).__name__)
            return {"batchItemFailures": [{"itemIdentifier": left[0]["dynamodb"]["SequenceNumber"]}]}
        left = left[done:]
    return {"batchItemFailures": []}
