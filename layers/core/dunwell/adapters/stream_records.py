"""What the tables' streams tell of: an event to publish, or a mail whose record has changed."""

from collections.abc import Mapping
from typing import Any

from dunwell.adapters.codec import loads
from dunwell.adapters.customer_store import MESSAGE
from dunwell.adapters.invoice_rows import PUBLISHED
from dunwell.domain.customers import MessageRecord
from dunwell.records import PublishedEvent


def told_by(record: Mapping[str, Any]) -> PublishedEvent | MessageRecord | None:
    """What one record of a stream tells; None of a row that is no business of ours."""
    image = record["dynamodb"].get("NewImage") or {}
    part, body = image.get("part", {}).get("S", ""), image.get("body", {}).get("S")
    if body is not None and part.startswith(PUBLISHED):
        return loads(body, PublishedEvent)
    if body is not None and part.startswith(MESSAGE):
        return loads(body, MessageRecord)
    return None
