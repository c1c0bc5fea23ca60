"""SES's own events, as EventBridge delivers them, and the tags that tie a mail to its record.

The shapes are those of docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-eventbridge.html.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from dunwell.domain.customers import Feedback
from dunwell.domain.feedback import MailReport

CUSTOMER_TAG: Final = "customer"
MESSAGE_TAG: Final = "message"

_FEEDBACK: Final = {
    "Send": Feedback.SENT,
    "Delivery": Feedback.DELIVERED,
    "Bounce": Feedback.BOUNCED,
    "Complaint": Feedback.COMPLAINED,
    "Reject": None,
}
"""Event types that say something for certain; a `None` is that the mail was never sent."""


def to_tag(text: str) -> str:
    """Text as a tag's value, which holds ASCII letters, digits, `_` and `-` only; `from_tag` undoes it."""
    return re.sub(r"[^A-Za-z0-9_]", lambda found: "".join(f"-{byte:02X}" for byte in found[0].encode()), text)


def from_tag(tag: str) -> str:
    """The text that `to_tag` encoded. Raises ValueError for what it never gives."""
    return re.sub(r"(?:-[0-9A-F]{2})+", lambda found: bytes.fromhex(found[0].replace("-", "")).decode(), tag)


def report_from(event: Mapping[str, Any]) -> MailReport | None:
    """The report in one EventBridge event; None for what tells nothing certain, or is of no mail of ours."""
    detail = event.get("detail") or {}
    mail, kind = detail.get("mail") or {}, detail.get("eventType")
    tags = mail.get("tags") or {}
    customer_id, key = _tag(tags, CUSTOMER_TAG), _tag(tags, MESSAGE_TAG)
    if kind not in _FEEDBACK or customer_id is None or key is None:
        return None
    body = detail.get(str(kind).lower()) or {}
    return MailReport(
        customer_id,
        key,
        _instant(body.get("timestamp") or mail.get("timestamp")),
        _FEEDBACK[kind],
        permanent=body.get("bounceType") == "Permanent",
        ses_message_id=mail.get("messageId"),
    )


def _tag(tags: Mapping[str, Any], name: str) -> str | None:
    values = tags.get(name)
    try:
        return from_tag(values[0]) if isinstance(values, list) and values else None
    except ValueError:
        return None


def _instant(told: object) -> datetime:
    """ISO 8601 as SES writes it; the epoch where it says nothing: nothing rests on it."""
    try:
        return datetime.fromisoformat(str(told)).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
