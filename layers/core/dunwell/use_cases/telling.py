"""What the log tells of a mail, on each invoice that it is about. Keys and states, never an address."""

from dunwell.domain.customers import MessageKind, MessageRecord
from dunwell.ports import Telling


def tell_of_mail(telling: Telling, text: str, record: MessageRecord) -> None:
    """Logs what became of a mail once for each invoice that it tells of."""
    for message in record.messages:
        with telling.about(message.invoice_id):
            telling.note(text, key=key_told(record), kind=message.kind, ses_message_id=record.ses_message_id)


def key_told(record: MessageRecord) -> str:
    """A mail's key as a log may hold it: without the card, whose fingerprint is nobody's business there."""
    return record.key.partition(f":{MessageKind.CARD_EXPIRING}:")[0]
