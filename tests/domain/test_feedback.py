from dataclasses import replace
from itertools import permutations

import pytest
from dunwell.domain.customers import Feedback, MessageKind, MessageRecord, MessageState, Suppression
from dunwell.domain.feedback import MailReport, reported, suppression

from tests.build import day

RECORD = MessageRecord(
    "in_1:reminder:+0", MessageKind.REMINDER, "in_1", MessageState.UNKNOWN, day(0), "no answer",
    sent_to="ada@customer.example.com",
)  # fmt: skip


def report(feedback, **fields):
    return replace(MailReport("cus_1", RECORD.key, day(1), feedback, ses_message_id="ses-1"), **fields)


@pytest.mark.parametrize("state", [MessageState.PLANNED, MessageState.CLAIMED, MessageState.UNKNOWN])
def test_a_report_proves_that_a_mail_left(state):
    """Whatever we knew of it; its instant stays, for the budgets."""
    found = reported(replace(RECORD, state=state), report(Feedback.SENT))
    assert (found.state, found.reason, found.ses_message_id) == (MessageState.SENT, None, "ses-1")
    assert found.at == RECORD.at


def test_reports_in_any_order_end_the_same():
    """The strongest one stays."""
    ends = set()
    for order in permutations([Feedback.SENT, Feedback.DELIVERED, Feedback.COMPLAINED]):
        found = RECORD
        for feedback in order:
            found = reported(found, report(feedback))
        ends.add(found.feedback)
    assert ends == {Feedback.COMPLAINED}


def test_a_rejected_mail_was_not_sent():
    """The service says so for certain."""
    found = reported(RECORD, report(None))
    assert (found.state, found.reason) == (MessageState.SKIPPED, "the mail service rejected it")


def test_an_address_that_complains_or_bounces_for_good_is_suppressed():
    """A full mailbox is not; neither is an address that is not known."""
    bad = Suppression("ada@customer.example.com", Feedback.BOUNCED, day(1))
    assert suppression(RECORD, report(Feedback.BOUNCED, permanent=True)) == bad
    assert suppression(RECORD, report(Feedback.BOUNCED)) is None
    assert suppression(RECORD, report(Feedback.COMPLAINED)) == replace(bad, feedback=Feedback.COMPLAINED)
    assert suppression(RECORD, report(Feedback.DELIVERED)) is None
    assert suppression(replace(RECORD, sent_to=None), report(Feedback.COMPLAINED)) is None


def test_a_mail_that_was_rejected_stays_so_whenever_its_taking_is_reported():
    """SES reports both, in any order; a delivery would prove that it left."""
    rejected = reported(RECORD, report(None))
    assert reported(rejected, report(Feedback.SENT)) == rejected
    assert reported(rejected, report(Feedback.DELIVERED)).state is MessageState.SENT
