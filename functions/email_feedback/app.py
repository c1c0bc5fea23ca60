"""Wakes on its queue, which EventBridge fills with SES's own events: one report on a mail for each."""

from typing import Any

from dunwell.batches import each_message
from dunwell.bootstrap import Application

application = Application()


def lambda_handler(event: dict[str, Any], context: Any) -> object:
    """Answers the messages that failed, each to be redelivered alone."""
    use_case, telling = application.email_feedback, application.telling
    with telling.invocation(context):
        return each_message(event, context, telling, use_case.run)
