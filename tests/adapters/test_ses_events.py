import pytest
from dunwell.adapters.ses_events import from_tag, report_from, to_tag
from dunwell.domain.customers import Feedback
from hypothesis import given
from hypothesis import strategies as st

KEY = "in_1:reminder:+0"


def event(kind, **body):
    tags = {"customer": ["cus_1"], "message": [to_tag(KEY)], "ses:configuration-set": ["x-mail"]}
    mail = {"messageId": "ses-1", "timestamp": "2026-03-02T09:00:00.000Z", "tags": tags}
    return {"source": "aws.ses", "detail": {"eventType": kind, "mail": mail, kind.lower(): body}}


@given(st.text())
def test_a_tag_holds_any_text_in_what_ses_allows(text):
    """And gives it back."""
    assert set(to_tag(text)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert from_tag(to_tag(text)) == text


@pytest.mark.parametrize(
    ("kind", "feedback"),
    [
        ("Send", Feedback.SENT),
        ("Delivery", Feedback.DELIVERED),
        ("Bounce", Feedback.BOUNCED),
        ("Complaint", Feedback.COMPLAINED),
        ("Reject", None),
    ],
)
def test_ses_events_are_read(kind, feedback):
    """Whose mail it is stands in its tags."""
    found = report_from(event(kind))
    assert (found.customer_id, found.key, found.feedback) == ("cus_1", KEY, feedback)
    assert (found.ses_message_id, found.permanent, found.at.isoformat()) == (
        "ses-1", False, "2026-03-02T09:00:00+00:00",
    )  # fmt: skip


def test_a_permanent_bounce_is_told_from_a_passing_one():
    """By SES's own word."""
    assert report_from(event("Bounce", bounceType="Permanent")).permanent
    assert not report_from(event("Bounce", bounceType="Transient", timestamp="soon")).permanent


@pytest.mark.parametrize(
    "told",
    [{}, {"detail": None}, event("Open"), {"detail": {"eventType": "Send", "mail": {"tags": {}}}},
     {"detail": {"eventType": "Send", "mail": {"tags": {"customer": "x", "message": ["-FF"]}}}},
     {"detail": {"eventType": "Send", "mail": {"tags": {"customer": ["x"], "message": ["-FF"]}}}}],
)  # fmt: skip
def test_what_is_of_no_mail_of_ours_is_left_alone(told):
    """Other types, other senders, tags that we never wrote."""
    assert report_from(told) is None
