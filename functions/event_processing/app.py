"""Wakes on its queue: one stored event, one invoice to look at again, or a part of the agenda."""

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
    if "plan_again" in body:
        application.planning_again.run(body["plan_again"], body["settings_version"], body.get("after"))
    elif "event_id" in body:
        application.event_processing.run(body["event_id"])
    else:
        version = int(body.get("settings_version", "0"))
        application.event_processing.look_again(body["invoice_id"], version)
