"""Wakes on GET /i/{token} and POST /i/{token}/{choice}: the customer's page, and what they choose on it."""

from typing import Any

from dunwell.bootstrap import Application

application = Application()


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers with a page; what opens none is a 404 like any other."""
    with application.telling.invocation(context):
        return application.page_door.answer(event)
