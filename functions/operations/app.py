"""Wakes when its owner invokes it under IAM: reads and changes settings, tells why."""

from typing import Any

from dunwell.bootstrap import Application

application = Application()


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers with what was asked for, or with an `error` that says what to do."""
    with application.telling.invocation(context):
        return application.operations_door.answer(event)
