"""Wakes on the tables' streams: events to publish, and mails that were sent or came back."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from dunwell.adapters.stream_records import told_by
from dunwell.bootstrap import Application
from dunwell.records import PublishedEvent
from dunwell.stream_batches import each_record

application = Application()


def lambda_handler(event: dict[str, Any], context: Any) -> object:
    """Answers the first record that failed; the stream comes again from there."""
    telling = application.telling
    with telling.invocation(context):
        return each_record(event, telling, _work)


def _work(records: Sequence[Mapping[str, Any]]) -> int:
    """Publishes the events that come first, all at once, or does what the first record asks otherwise."""
    told = map(told_by, records)
    events = list(takewhile(lambda one: isinstance(one, PublishedEvent), told))
    if events:
        application.event_publication.publish(events)
        return len(events)
    record = told_by(records[0])
    if record is not None:
        application.event_publication.announce(record)
    return 1
