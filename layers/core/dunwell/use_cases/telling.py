"""What the log tells of a mail, on each invoice that it is about. Keys and states, never an address."""

from dunwell.domain.customers import MessageRecord
from dunwell.ports import Telling


def tell_of_mail(telling: Telling, text: str, record: MessageRecord) -> None:
    """Logs what became of a mail once for each invoice that it tells of."""
    for message in record.messages:
        with telling.about(message.invoice_id):
            telling.note(text, key=record.key, kind=message.kind, ses_message_id=record.ses_message_id)
