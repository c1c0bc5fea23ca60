"""Wakes on its queue: one event for one endpoint."""

from typing import Any

from dunwell.batches import each_message
from dunwell.bootstrap import Application

application = Application()


def lambda_handler(event: dict[str, Any], context: Any) -> object:
    """Answers the messages that failed, each to be redelivered alone."""
    use_case, telling = application.webhook_delivery, application.telling
    with telling.invocation(context):
        return each_message(
            event, context, telling, lambda body: use_case.run(body["delivery"], body.get("due"))
        )
