"""The batch boundary: one SQS message after the other, each failing alone.

Here any exception is caught, and at the boundary of a stream (stream_batches.py), nowhere else: a
message that fails is reported and redelivered, the others of its batch are done. In an outage a
message that stands in the agenda (it says since when it is `due`) is let go: its lease ends, and it is
dispatched again, for as long as the outage lasts. So the dead-letter queues hold what is broken, not
what had to wait.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from dunwell.errors import MailUnavailableError, ObjectMissingError, ProcessorUnavailableError
from dunwell.ports import Telling


class TellingBatchProcessor(BatchProcessor):
    """Powertools' processor, which also tells of each failure: its type and the message's id."""

    def __init__(self, telling: Telling) -> None:
        super().__init__(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        self._telling = telling

    def failure_handler(self, record: Any, exception: Any) -> Any:
        kind = exception[0].__name__ if exception and exception[0] else "unknown"
        self._telling.count("MessagesFailed")
        with self._telling.about(_invoice_in(record)):
            self._telling.warn(
                "a message failed; the queue redelivers it", error=kind, message_id=record.message_id
            )
        return super().failure_handler(record, exception)


def _invoice_in(record: Any) -> str | None:
    """The invoice that a message names, None where it names none or cannot be read."""
    try:
        body = record.json_body
    except (KeyError, TypeError, ValueError, RecursionError):  # whatever made it fail
        return None
    named = body.get("invoice_id") if isinstance(body, Mapping) else None
    return named if isinstance(named, str) else None


def each_message(
    event: dict[str, Any], context: Any, telling: Telling, work: Callable[[Mapping[str, str]], object]
) -> PartialItemFailureResponse:
    """Calls `work` with the JSON body of each message; answers which ones failed."""

    def handle(record: SQSRecord) -> None:
        one_message(record.json_body, telling, work)

    return process_partial_response(
        event=event, record_handler=handle, processor=TellingBatchProcessor(telling), context=context
    )


def one_message(
    body: Mapping[str, str], telling: Telling, work: Callable[[Mapping[str, str]], object]
) -> None:
    """Calls `work` with one message. What it raises is a failure, but for what a redelivery cannot mend,
    and for what the agenda brings back by itself."""
    try:
        with telling.about(body.get("invoice_id")):
            work(body)
    except (ProcessorUnavailableError, MailUnavailableError):
        if "due" not in body:
            raise
        telling.count("WaitsForAnOutage")
    except ObjectMissingError:
        telling.count("ObjectsMissing")  # nothing to do, now or at a redelivery: the book has closed it
