"""`Queues` over SQS: ids in batches of ten, never bodies."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from dunwell.workers import Worker

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH_MAX: Final = 10
"""Messages in one SendMessageBatch."""


class NotEnqueuedError(RuntimeError):
    """SQS took only a part of a batch; what called is done again, and ids are harmless twice."""


@dataclass(frozen=True, slots=True)
class SqsQueues:
    client: "SQSClient"
    urls: Mapping[Worker, str]

    def send(self, worker: Worker, bodies: Iterable[Mapping[str, str]]) -> int:
        sent = 0
        for batch in _batches(bodies):
            entries = [{"Id": str(n), "MessageBody": json.dumps(body)} for n, body in enumerate(batch)]
            answer = self.client.send_message_batch(QueueUrl=self.urls[worker], Entries=entries)  # type: ignore[arg-type]
            if answer.get("Failed"):
                raise NotEnqueuedError(f"{len(answer['Failed'])} messages for {worker} were not taken")
            sent += len(batch)
        return sent


def _batches(bodies: Iterable[Mapping[str, str]]) -> Iterator[list[Mapping[str, str]]]:
    remaining = iter(bodies)
    while batch := list(islice(remaining, BATCH_MAX)):
        yield batch
