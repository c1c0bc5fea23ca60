"""Wakes on its queue: one stored event, or one invoice to look at again."""

from collections.abc import Mapping
from typing import Any

from dunwell.batches import each_message
from dunwell.bootstrap import Application

application = Application()


def lambda_handler(event: dict[str, Any], context: Any) -> object:
    """Answers the messages that failed, each to be redelivered alone."""
    telling = application.telling
    with telling.invocation(context):
        return each_message(event, context, telling, _work)


def _work(body: Mapping[str, str]) -> None:
    use_case = application.event_processing
    if "event_id" in body:
        use_case.run(body["event_id"])
    else:
        use_case.look_again(body["invoice_id"])
