"""What others are told of mails: reminders that were sent, and mails that came back."""

from dataclasses import replace

import pytest
from dunwell.domain.announcements import Announcement, EventType, news_of_mail
from dunwell.domain.customers import Feedback, MessageKind, MessageRecord, MessageState, WantedMessage

from tests.build import day


def mail(**fields):
    plain = MessageRecord(
        "in_1:reminder:+3", MessageKind.REMINDER, "in_1", MessageState.SENT, day(3), offset_days=3
    )
    return replace(plain, **fields)


def test_a_reminder_that_was_sent_is_told_on_each_invoice_of_its_mail():
    """Not one that waits or was skipped, and no mail of another kind."""
    other = WantedMessage("in_2:reminder:+7", MessageKind.REMINDER, "in_2", day(3), day(5), 7)
    failed = WantedMessage("in_3:payment_failed:x", MessageKind.PAYMENT_FAILED, "in_3", day(3), day(5))
    found = list(news_of_mail(mail(tells=(other, failed))))
    assert found == [
        (
            "sent reminder:+3",
            "in_1",
            Announcement(
                EventType.REMINDER_SENT,
                {"kind": "reminder", "offset_days": 3},
            ),
        ),
        (
            "sent reminder:+7",
            "in_2",
            Announcement(
                EventType.REMINDER_SENT,
                {"kind": "reminder", "offset_days": 7},
            ),
        ),
    ]
    for state in set(MessageState) - {MessageState.SENT}:
        assert list(news_of_mail(mail(state=state))) == []


@pytest.mark.parametrize("feedback", [Feedback.BOUNCED, Feedback.COMPLAINED])
def test_a_mail_that_came_back_is_told(feedback):
    """Of whatever kind; one that was delivered is not."""
    record = mail(kind=MessageKind.PAYMENT_FAILED, offset_days=None, feedback=feedback)
    ((occasion, invoice_id, told_of),) = news_of_mail(record)
    assert (occasion, invoice_id) == (f"{feedback} reminder:+3", "in_1")
    assert told_of.type is EventType.MESSAGE_BOUNCED
    assert told_of.details == {
        "kind": "payment_failed",
        "offset_days": None,
        "feedback": feedback.value,
    }
    both = [one.type for _, _, one in news_of_mail(mail(feedback=feedback))]
    assert both == [EventType.REMINDER_SENT, EventType.MESSAGE_BOUNCED]
    assert list(news_of_mail(replace(record, feedback=Feedback.DELIVERED))) == []
