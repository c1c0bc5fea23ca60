"""The mailer: three failures, three answers; and no header that a name could forge."""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from dunwell.adapters.ses_mailer import SesMailer
from dunwell.errors import MailOutcomeUnknownError, MailRefusedError, MailUnavailableError
from dunwell.records import Mail

MAIL = Mail(
    "ada@customer.example.com",
    "Invoice R-1",
    "<p>Hello</p>",
    "Hello",
    "Northwind",
    "desk@example.com",
    {"kind": "reminder"},
)


class Client:
    """An SES client that answers as told and keeps what it was given."""

    def __init__(self, error=None):
        self.error, self.sent = error, []

    def send_email(self, **request):
        self.sent.append(request)
        if self.error:
            raise self.error
        return {"MessageId": "ses-1"}


def sending(mail=MAIL, error=None):
    client = Client(error)
    return SesMailer(client, "billing@example.com", "mail-settings").send(mail), client.sent


def test_a_mail_has_both_parts_and_its_headers():
    """Raw MIME, tied to its record by tags."""
    sent_as, (request,) = sending()
    message = message_from_bytes(request["Content"]["Raw"]["Data"], policy=policy.default)
    assert sent_as == "ses-1"
    assert str(message["From"]) == "Northwind <billing@example.com>"
    assert (message["To"], message["Reply-To"]) == ("ada@customer.example.com", "desk@example.com")
    assert message.get_body(("plain",)).get_content().strip() == "Hello"
    assert message.get_body(("html",)).get_content().strip() == "<p>Hello</p>"
    assert request["EmailTags"] == [{"Name": "kind", "Value": "reminder"}]


def test_an_address_to_unsubscribe_at_is_written_whole():
    """As long as ours are: folded into encoded words no mail program would find it (RFC 2369, RFC 8058)."""
    url = f"https://{'a' * 10}.execute-api.eu-central-1.amazonaws.com/i/in_{'1' * 24}.{'s' * 32}/unsubscribe"
    _, (request,) = sending(replace(MAIL, unsubscribe_url=url))
    lines = request["Content"]["Raw"]["Data"].decode().splitlines()
    assert f"List-Unsubscribe: <{url}>" in lines
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ClientError({"Error": {"Code": "MessageRejected"}}, "SendEmail"), MailRefusedError),
        (ClientError({"Error": {"Code": "TooManyRequestsException"}}, "SendEmail"), MailUnavailableError),
        (ClientError({"Error": {"Code": "SendingPausedException"}}, "SendEmail"), MailUnavailableError),
        (ClientError({"Error": {"Code": "InternalFailure"}}, "SendEmail"), MailOutcomeUnknownError),
        (ClientError({}, "SendEmail"), MailOutcomeUnknownError),
        (ReadTimeoutError(endpoint_url="x"), MailOutcomeUnknownError),
    ],
)
def test_every_error_says_whether_the_mail_may_have_left(error, expected):
    """Refused for good, not now, or nobody knows."""
    with pytest.raises(expected):
        sending(error=error)


@pytest.mark.parametrize("address", ["ada@x.example\r\nBcc: all@example.com", "no address", "", "a@b@c"])
def test_an_address_that_no_header_can_hold_is_refused(address):
    """Before anything is sent."""
    with pytest.raises(MailRefusedError):
        sending(Mail(address, "s", "h", "t", "Northwind"))


def test_a_line_break_never_makes_a_header():
    """In a name or a subject."""
    for mail in (
        Mail("a@b.example", "x\r\nBcc: y", "h", "t", "N"),
        Mail("a@b.example", "s", "h", "t", "N\r\nBcc: y"),
    ):
        with pytest.raises(MailRefusedError):
            sending(mail)
