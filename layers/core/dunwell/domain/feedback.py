"""What the mail service's reports mean for a message's record and for an address."""

from dataclasses import dataclass, replace
from datetime import datetime

from dunwell.domain.customers import Feedback, MessageRecord, MessageState, Suppression

_STRENGTH = tuple(Feedback)


@dataclass(frozen=True, slots=True)
class MailReport:
    """One report about one mail. `feedback` is None when the service refused the mail after all;
    `permanent` tells a bounce that no later mail to the address can mend; `at` is the service's (UTC)."""

    customer_id: str
    key: str
    at: datetime
    feedback: Feedback | None
    permanent: bool = False
    ses_message_id: str | None = None


def reported(record: MessageRecord, report: MailReport) -> MessageRecord:
    """The record once the report is known, in whatever order reports come.

    A report proves that the mail left, or that it never will: what was unknown is resolved.
    """
    if report.feedback is None:
        refused = "the mail service rejected it"
        return replace(record, state=MessageState.SKIPPED, reason=refused, feedback=None)
    if record.state is MessageState.SKIPPED and report.feedback is Feedback.SENT:
        return record  # taken, and rejected after all: the reports came in the other order
    known = record.feedback or Feedback.SENT
    return replace(
        record,
        state=MessageState.SENT,
        reason=None,
        ses_message_id=report.ses_message_id or record.ses_message_id,
        feedback=max(known, report.feedback, key=_STRENGTH.index),
    )


def suppression(record: MessageRecord, report: MailReport) -> Suppression | None:
    """Whether the address is not to be written to any more: it complained, or bounced for good."""
    if record.sent_to is None or report.feedback not in (Feedback.BOUNCED, Feedback.COMPLAINED):
        return None
    if report.feedback is Feedback.BOUNCED and not report.permanent:
        return None
    return Suppression(record.sent_to, report.feedback, report.at)
