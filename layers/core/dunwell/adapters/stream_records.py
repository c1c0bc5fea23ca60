"""What the tables' streams tell of: an event to publish, a mail whose record changed, what is counted."""

from collections.abc import Mapping
from typing import Any

from dunwell.adapters.codec import loads
from dunwell.adapters.customer_store import MESSAGE
from dunwell.adapters.invoice_rows import PUBLISHED
from dunwell.domain.customers import MessageRecord
from dunwell.domain.recovery import Recovery
from dunwell.records import PublishedEvent


def counted_by(record: Mapping[str, Any]) -> tuple[str, Recovery | MessageRecord] | None:
    """What one record of a stream tells to be counted, under a key of its own; None where it is nothing."""
    image = record["dynamodb"].get("NewImage") or {}
    part, recovery = image.get("part", {}).get("S", ""), image.get("recovery", {}).get("S")
    if recovery is not None:
        return f"invoice#{image['invoice_id']['S']}", loads(recovery, Recovery)
    if part.startswith(MESSAGE) and "body" in image:
        return f"mail#{image['customer_id']['S']}#{part}", loads(image["body"]["S"], MessageRecord)
    return None


def told_by(record: Mapping[str, Any]) -> PublishedEvent | MessageRecord | None:
    """What one record of a stream tells; None of a row that is no business of ours."""
    image = record["dynamodb"].get("NewImage") or {}
    part, body = image.get("part", {}).get("S", ""), image.get("body", {}).get("S")
    if body is not None and part.startswith(PUBLISHED):
        return loads(body, PublishedEvent)
    if body is not None and part.startswith(MESSAGE):
        return loads(body, MessageRecord)
    return None
