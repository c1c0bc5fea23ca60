"""Wakes every night: what the attempts taught whose invoices have come to rest."""

from typing import Any

from dunwell.bootstrap import Application

application = Application()


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001
    """Answers how many days were learnt; what the schedule says does not matter."""
    with application.telling.invocation(context):
        return {"days": application.retry_learning.run()}
