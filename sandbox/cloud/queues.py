"""Queues as Lambda's poller reads them: a batch is received, its function invoked, what succeeded deleted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from sandbox.cloud.cheap_queues import messages_of
from sandbox.cloud.functions import Functions
from sandbox.cloud.translation import REGION
from sandbox.cloud.wiring import QueueMapping


@dataclass(slots=True)
class QueuePoller:
    """One mapping's poller. What failed comes back when its visibility time-out is over; what `is_doubled`
    says of is handed out to another poller as well, as SQS may do it."""

    mapping: QueueMapping
    functions: Functions
    failures: list[str]
    sqs: Any
    is_doubled: Callable[[], bool] = lambda: False

    def next_at(self, now: datetime) -> datetime | None:
        """When a message can be received, None when the queue is empty."""
        return next_visible_at(self.mapping.queue_url, now)

    def advance(self, now: datetime) -> int:
        """Invokes the function with one batch; returns how many messages were received.

        A queue with nothing to receive is seen without a call: polling it would take most of the sandbox's
        time.
        """
        received = self._receive() if self.next_at(now) == now else []
        for message in received:
            if self.is_doubled():
                _show(self.mapping.queue_url, message["MessageId"], now)
        if received:
            kept = self._invoke(received)
            self._delete([message for message in received if message["MessageId"] not in kept])
        return len(received)

    def _receive(self) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(
            QueueUrl=self.mapping.queue_url,
            MaxNumberOfMessages=min(self.mapping.batch_size, 10),
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def _invoke(self, messages: list[dict[str, Any]]) -> set[str]:
        """The ids of the messages that stay in the queue."""
        everything = {message["MessageId"] for message in messages}
        event = {"Records": [_record(message, self.mapping) for message in messages]}
        try:
            answer = self.functions.invoke(self.mapping.function, event)
        except Exception as error:
            self.failures.append(f"{self.mapping.function}: {type(error).__name__}: {error}")
            return everything
        if not self.mapping.partial:
            return set()
        told = {item.get("itemIdentifier") for item in (answer or {}).get("batchItemFailures", [])}
        return everything if told - everything else {str(one) for one in told}

    def _delete(self, messages: list[dict[str, Any]]) -> None:
        entries = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
        if entries:
            self.sqs.delete_message_batch(QueueUrl=self.mapping.queue_url, Entries=entries)


def next_visible_at(queue_url: str, now: datetime) -> datetime | None:
    """When a queue's next message can be received, looked up in moto itself: a millisecond after the time
    that it keeps, and never before `now`. None when there is none."""
    first = min((message.visible_at for message in _messages(queue_url)), default=None)
    return None if first is None else max(now, datetime.fromtimestamp((first + 1) / 1000, UTC))


def _show(queue_url: str, message_id: str, now: datetime) -> None:
    """Makes a message visible at this instant, whoever holds it."""
    (message,) = [one for one in _messages(queue_url) if one.id == message_id]
    message.visible_at = now.timestamp() * 1000 - 1


def _messages(queue_url: str) -> Sequence[Any]:
    return messages_of(sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues[queue_url.rsplit("/", 1)[1]])


def _record(message: dict[str, Any], mapping: QueueMapping) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": message.get("MessageAttributes", {}),
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{DEFAULT_ACCOUNT_ID}:{mapping.queue_url.rsplit('/', 1)[1]}",
        "awsRegion": REGION,
    }
