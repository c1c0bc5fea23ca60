"""Wakes every minute: what is due goes to its worker."""

from typing import Any

from dunwell.bootstrap import Application

application = Application()


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001
    """Answers how many entries were enqueued; what the schedule says does not matter."""
    with application.telling.invocation(context):
        return {"enqueued": application.due_dispatch.run()}
