"""Wakes on POST /webhooks/stripe: the processor's webhooks."""

import base64
import json
from typing import Any

from dunwell.bootstrap import Application

application = Application()


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers 200 once the event is durably stored, 4xx with the reason when it is refused."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    with application.telling.invocation(context):
        answer = application.webhook_intake.run(_body(event), headers.get("stripe-signature"))
    return {
        "statusCode": answer.status,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": json.dumps({"message": answer.text}),
    }


def _body(event: dict[str, Any]) -> bytes:
    """The body's bytes; the HTTP API sends what is no text as base64."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode(errors="surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:  # not base64, or not even ASCII
        return b""
