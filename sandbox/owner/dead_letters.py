"""A deployed stack's dead letters: where they lie, what they are, and how they get back to their queues.

Knows SQS and CloudFormation, and nothing of what a message means. It receives, sends and only then deletes,
and leaves SQS's own StartMessageMoveTask alone: that knows no limit of messages, goes on with those that come
back, and does not exist in moto.

A crash between sending and deleting leaves a message in both queues. That is safe: a body holds ids only, and
whoever works on it reads everything anew, so that a second message finds nothing left to do.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sandbox.owner.deployed import physical_ids

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

BATCH_MAX: Final = 10
"""Messages in one request to SQS."""

HELD_S: Final = 120
"""Seconds for which a received message is hidden from others. After a crash it is visible again then."""

WAIT_S: Final = 2
"""Seconds that a request waits for messages where nothing else is said, so that SQS asks all its servers."""

EMPTY_MAX: Final = 3
"""Empty answers in a row before the rest counts as out of reach."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A function's queue and its dead letters, by URL."""

    function: str
    url: str
    dead_letters_url: str


@dataclass(frozen=True, slots=True)
class Stack:
    """What a stack has of queues. `unqueued` are dead letters that came from no queue, by logical id."""

    queues: list[Queue]
    unqueued: dict[str, str]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message. `sent_at` is when it was first sent, `receive_count` counts in both queues."""

    id: str
    body: str
    sent_at: datetime
    receive_count: int


def read_stack(client: Any, name: str) -> Stack:
    """The queues of a stack, from its logical ids `...Queue` and `...DeadLetters`.

    `client` is CloudFormation's. Raises `ValueError` when there is no such stack, and what boto3 raises.
    """
    urls = _queue_urls(client, name)
    queues, unqueued = [], {}
    for logical in sorted(name for name in urls if name.endswith("DeadLetters")):
        feature = logical.removesuffix("DeadLetters")
        if f"{feature}Queue" in urls:
            queues.append(Queue(_snake(feature), urls[f"{feature}Queue"], urls[logical]))
        else:
            unqueued[logical] = urls[logical]
    return Stack(queues, unqueued)


def count(client: "SQSClient", url: str) -> int:
    """How many messages lie in a queue (SQS estimates it), those included that somebody holds just now."""
    told = client.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(int(number) for number in told.values())


def look(client: "SQSClient", queue: Queue, most: int) -> list[DeadLetter]:
    """Up to `most` dead letters as they lie there, oldest first; all are visible again when it returns."""
    batches = []
    try:
        for batch in _received(client, queue, most):
            batches.append(batch)  # noqa: PERF402 - known one by one, for the case that a request fails
    finally:
        for batch in batches:
            _release(client, queue, batch)
    found = {message["MessageId"]: _dead_letter(message) for batch in batches for message in batch}
    return sorted(found.values(), key=lambda letter: letter.sent_at)


def redrive(client: "SQSClient", queue: Queue, most: int, wait_s: int = WAIT_S) -> Iterator[bool]:
    """Takes up to `most` dead letters, and says for each whether it was moved.

    `most` is the number at the start, so that poison that comes back is not chased for ever. A message that
    was not moved is visible again after `HELD_S`. Each request waits for messages for `wait_s` seconds.
    """
    for batch in _received(client, queue, most, wait_s):
        moved = _move(client, queue, batch)
        yield from (n < moved for n in range(len(batch)))


def _move(client: "SQSClient", queue: Queue, batch: "list[MessageTypeDef]") -> int:
    """Deletes only what was sent, and returns how many were both."""
    entries: Any = [{"Id": str(n), "MessageBody": message["Body"]} for n, message in enumerate(batch)]
    sent = client.send_message_batch(QueueUrl=queue.url, Entries=entries)
    taken = {entry["Id"] for entry in sent.get("Successful", [])}
    handles = [handle for handle in _handles(batch) if handle["Id"] in taken]
    if not handles:
        return 0
    deleted = client.delete_message_batch(QueueUrl=queue.dead_letters_url, Entries=handles)
    return len(deleted.get("Successful", []))


def _received(
    client: "SQSClient", queue: Queue, most: int, wait_s: int = WAIT_S
) -> "Iterator[list[MessageTypeDef]]":
    """Dead letters in batches, hidden for `HELD_S`, until there were `most` or no more come."""
    left, empty = most, 0
    while left > 0 and empty < EMPTY_MAX:
        batch = client.receive_message(
            QueueUrl=queue.dead_letters_url,
            MaxNumberOfMessages=min(BATCH_MAX, left),
            VisibilityTimeout=HELD_S,
            WaitTimeSeconds=wait_s,
            MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
        ).get("Messages", [])
        left -= len(batch)
        empty = 0 if batch else empty + 1
        if batch:
            yield batch


def _release(client: "SQSClient", queue: Queue, batch: "list[MessageTypeDef]") -> None:
    entries: Any = [{**handle, "VisibilityTimeout": 0} for handle in _handles(batch)]
    client.change_message_visibility_batch(QueueUrl=queue.dead_letters_url, Entries=entries)


def _handles(batch: "list[MessageTypeDef]") -> list[Any]:
    return [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(batch)]


def _dead_letter(message: "MessageTypeDef") -> DeadLetter:
    told = message["Attributes"]
    sent_at = datetime.fromtimestamp(int(told["SentTimestamp"]) / 1000, UTC)
    return DeadLetter(message["MessageId"], message["Body"], sent_at, int(told["ApproximateReceiveCount"]))


def _queue_urls(client: Any, stack: str) -> dict[str, str]:
    """The URLs of all queues that a stack has now, by logical id."""
    return physical_ids(client, stack, "AWS::SQS::Queue")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
