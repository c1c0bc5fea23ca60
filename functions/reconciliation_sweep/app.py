"""Wakes twice an hour and every night: what never arrived, or reads otherwise, is looked at again."""

from typing import Any

from dunwell.bootstrap import Application

application = Application()


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Answers how many were enqueued, by what was found; the nightly schedule asks for `everything`."""
    with application.telling.invocation(context):
        return application.reconciliation_sweep.run(everything=event.get("everything") is True)
