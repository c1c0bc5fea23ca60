"""Wakes every night: the final actions that are due, one message each."""

from typing import Any

from dunwell.bootstrap import Application

application = Application()


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001
    """Answers how many entries were enqueued; what the schedule says does not matter."""
    with application.telling.invocation(context):
        return {"enqueued": application.past_due_sweep.run()}
