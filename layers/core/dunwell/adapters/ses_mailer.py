"""`Mailer` over SES: raw MIME, sent with a single try, because SES has no idempotency token."""

from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from dunwell.adapters.ses_events import to_tag
from dunwell.errors import MailOutcomeUnknownError, MailRefusedError, MailUnavailableError
from dunwell.records import Mail

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_REFUSED: Final = frozenset(
    {"MessageRejected", "BadRequestException", "MailFromDomainNotVerifiedException", "NotFoundException"}
)
_NOT_NOW: Final = frozenset(
    {
        "TooManyRequestsException", "Throttling", "ThrottlingException", "LimitExceededException",
        "SendingPausedException", "AccountSuspendedException", "AccessDeniedException",
    }
)  # fmt: skip
"""Errors that say for certain that nothing was sent, and that a later try may do."""

_NEVER_CONNECTED: Final = (ConnectTimeoutError, EndpointConnectionError)
"""Nobody was there to take the mail: a later try may do."""


class _AsMailProgramsRead(EmailPolicy):
    """Encodes a subject as a whole where it is not ASCII: word by word Python runs some of them together. A
    link to unsubscribe it leaves whole: Python folds it into encoded words, which RFC 2369 forbids."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name == "List-Unsubscribe":
            return f"{name}: {value}\n".encode("ascii")
        if name != "Subject" or value.isascii():
            return super().fold_binary(name, value)
        return f"{name}: {Header(value, 'utf-8', header_name=name).encode()}\n".encode("ascii")


@dataclass(frozen=True, slots=True)
class SesMailer:
    """`sender` is the address that the template allows this function to send from; the configuration set
    is what has SES report on each mail."""

    client: "SESV2Client"
    sender: str
    configuration_set: str

    def send(self, mail: Mail) -> str:
        raw = self._raw(mail)
        try:
            answer = self.client.send_email(
                FromEmailAddress=self.sender,
                Destination={"ToAddresses": [mail.to]},
                ConfigurationSetName=self.configuration_set,
                Content={"Raw": {"Data": raw}},
                EmailTags=[{"Name": name, "Value": to_tag(value)} for name, value in mail.tags.items()],
            )
        except ClientError as error:
            raise _answer_to(error) from error
        except _NEVER_CONNECTED as error:
            raise MailUnavailableError(type(error).__name__) from error
        except BotoCoreError as error:
            raise MailOutcomeUnknownError(f"no answer from SES: {type(error).__name__}") from error
        return answer["MessageId"]

    def _raw(self, mail: Mail) -> bytes:
        message = EmailMessage(_AsMailProgramsRead())
        try:
            message["From"] = Address(mail.sender_name, addr_spec=self.sender)
            message["To"] = _address(mail.to)
            message["Subject"] = mail.subject
            message["Auto-Submitted"] = "auto-generated"  # no absence is answered (RFC 3834)
            if mail.reply_to:
                message["Reply-To"] = _address(mail.reply_to)
            if mail.unsubscribe_url:  # one click, as RFC 8058 has it
                message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
                message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            message.set_content(mail.text)
            message.add_alternative(mail.html, subtype="html")
            return _as_it_was_written(message)
        except (ValueError, IndexError, MessageError) as error:  # which one depends on the Python
            raise MailRefusedError("an address, a subject or a text that no mail can hold") from error


def _address(told: str) -> Address:
    """An address that is one as it stands: SES would be told it, and the header say what was read in it."""
    address = Address(addr_spec=told)
    if address.addr_spec != told:
        raise ValueError("not an address as it stands")
    return address


def _as_it_was_written(message: EmailMessage) -> bytes:
    """The message's bytes. Raises ValueError where an encoded word became a header of its own, as Pythons
    before 3.11.10 let it."""
    raw = message.as_bytes()
    if message_from_bytes(raw).keys() != message.keys():
        raise ValueError("a header that would be more than one")
    return raw


def _answer_to(error: ClientError) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    if code in _NOT_NOW:
        return MailUnavailableError(code)
    if code in _REFUSED:
        return MailRefusedError(code)
    return MailOutcomeUnknownError(f"SES answered {code or 'nothing'}")
