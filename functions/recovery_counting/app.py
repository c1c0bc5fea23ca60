"""Wakes on the tables' streams: invoices whose payment failed, and mails that were sent, to be counted."""

from typing import Any

from dunwell.bootstrap import Application
from dunwell.stream_batches import each_record

application = Application()


def lambda_handler(event: dict[str, Any], context: Any) -> object:
    """Answers the first record that failed; the stream comes again from there."""
    telling = application.telling
    with telling.invocation(context):
        return each_record(
            event, telling, application.counted_by, application.recovery_counting.run, "CountsUnreadable"
        )
